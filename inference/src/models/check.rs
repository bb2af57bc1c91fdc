//! What a manifest has to keep to, beside its shape.

use std::path::{Component, Path};

use super::entries::{Artifact, FileEntry, Source, Transform};
use super::manifest::{CORE, Manifest};

impl Manifest {
    /// The first thing that is wrong, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.format != 3 {
            return Err(format!("format {} is not known, only 3", self.format));
        }
        for wheel in &self.wheels {
            check_sha256(&wheel.file, &wheel.sha256)?;
        }
        for archive in &self.archives {
            check_path(&archive.path)?;
            check_sha256(&archive.path, &archive.sha256)?;
        }
        for file in self.libraries.iter().flat_map(|l| &l.wheels) {
            self.wheel(file).ok_or_else(|| format!("wheel {file} is not listed"))?;
        }
        self.check_library("the sidecar", CORE)?;
        self.artifacts.iter().try_for_each(|artifact| self.check_artifact(artifact))
    }

    fn check_library(&self, of: &str, id: &str) -> Result<(), String> {
        let known = self.libraries.iter().any(|l| l.id == id);
        if known { Ok(()) } else { Err(format!("{of}: library {id} is not listed")) }
    }

    fn check_artifact(&self, artifact: &Artifact) -> Result<(), String> {
        let id = &artifact.id;
        check_path(id)?;
        artifact.libraries.iter().try_for_each(|library| self.check_library(id, library))?;
        for need in &artifact.needs {
            let listed = self.artifacts.iter().find(|a| a.id == *need);
            let listed = listed.ok_or_else(|| format!("{id} needs {need}, which is not listed"))?;
            if let Some(profile) = artifact.profiles.iter().find(|p| !listed.profiles.contains(p)) {
                return Err(format!("{id} needs {need}, which is not in profile {profile}"));
            }
        }
        for language in artifact.stopgap.iter().chain(artifact.voices.keys()) {
            if !artifact.languages.contains(language) {
                return Err(format!("{id} is not offered for {language}"));
            }
        }
        artifact.pairs()?;
        let made = artifact.transform == Transform::Gguf2ct2;
        if made != artifact.origin.is_some() {
            return Err(format!("{id}: only what is converted has an origin"));
        }
        for file in &artifact.files {
            check_path(&file.path)?;
            check_sha256(&file.path, &file.sha256)?;
            if file.sources.is_empty() != made {
                let what = if made { "is made and has a source" } else { "has no source" };
                return Err(format!("{id}/{} {what}", file.path));
            }
        }
        artifact.files.iter().chain(&artifact.origin).try_for_each(|file| self.check_sources(artifact, file))
    }

    fn check_sources(&self, artifact: &Artifact, file: &FileEntry) -> Result<(), String> {
        check_sha256(&file.path, &file.sha256)?;
        for source in &file.sources {
            match source {
                Source::Hub(_) => {}
                Source::Pypi(members) => {
                    if members.is_empty() || (members.len() > 1 && artifact.transform == Transform::None) {
                        return Err(format!("{}: {} parts with transform none", artifact.id, members.len()));
                    }
                    for part in members {
                        check_sha256(&part.member, &part.sha256)?;
                        self.wheel(&part.wheel)
                            .ok_or_else(|| format!("wheel {} is not listed", part.wheel))?;
                    }
                }
                Source::Archive(member) => {
                    check_sha256(&member.member, &member.sha256)?;
                    self.archive(&member.file)
                        .ok_or_else(|| format!("archive {} is not listed", member.file))?;
                }
            }
        }
        Ok(())
    }
}

fn check_sha256(of: &str, hash: &str) -> Result<(), String> {
    let lower_hex = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if lower_hex { Ok(()) } else { Err(format!("{of}: {hash:?} is no sha256")) }
}

fn check_path(path: &str) -> Result<(), String> {
    let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
    if inside && !path.is_empty() { Ok(()) } else { Err(format!("{path:?} would leave its folder")) }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::SHIPPED;
    use super::*;

    fn refused(from: &str, to: &str) -> String {
        assert!(SHIPPED.contains(from), "{from}");
        Manifest::parse(&SHIPPED.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn a_path_that_leaves_its_folder_is_refused() {
        let said = refused("path = \"config.json\"", "path = \"../config.json\"");
        assert!(said.contains("../config.json"), "{said}");
    }

    #[test]
    fn parts_without_join_are_refused() {
        assert!(refused("transform = \"join\"", "transform = \"none\"").contains("2 parts"));
    }

    #[test]
    fn what_is_named_and_not_listed_is_refused() {
        assert!(refused("file = \"silero_vad", "file = \"other_vad").contains("wheel silero_vad-6.2.3"));
        assert!(
            refused("id = \"silero-vad\"", "id = \"other-vad\"").contains("whisper-base needs silero-vad")
        );
        assert!(refused("id = \"core\"", "id = \"other\"").contains("library core"));
    }

    #[test]
    fn a_profile_without_what_its_models_need_is_refused() {
        let at = SHIPPED.find("id = \"silero-vad\"").unwrap();
        let text = [&SHIPPED[..at], &SHIPPED[at..].replacen("\"full\", ", "", 1)].concat();
        let said = Manifest::parse(&text).unwrap_err().to_string();
        assert!(said.contains("silero-vad, which is not in profile full"), "{said}");
    }
}
