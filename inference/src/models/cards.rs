//! What the models of a profile can do, for the declaration to the scheduler and for receipts.

use domain::{Language, ModelCard};
use sha2::{Digest, Sha256};

use super::entries::Artifact;
use super::manifest::Manifest;
use super::profile::Profile;
use crate::sidecar::repository;

impl Manifest {
    /// The cards of a profile: one for each artifact that does a kind of task, that `have` has, and whose needs it has.
    /// Artifacts whose licence forbids commercial use are offered only when `have` has them.
    pub fn cards(&self, machine: &str, profile: Profile, have: impl Fn(&Artifact) -> bool) -> Vec<ModelCard> {
        let offered = self.profile(machine, profile).filter(|a| !a.kinds.is_empty());
        let whole = |a: &Artifact| have(a) && self.needs(machine, a).iter().all(|need| have(need));
        offered.filter(|a| whole(a)).map(|a| self.card(machine, a, &pins)).collect()
    }

    /// The artifacts that this one needs, directly or not.
    pub(super) fn needs<'a>(&'a self, machine: &str, artifact: &'a Artifact) -> Vec<&'a Artifact> {
        let mut all: Vec<&Artifact> = vec![artifact];
        let mut next = 0;
        while let Some(known) = all.get(next) {
            for id in &known.needs {
                let here = |a: &&Artifact| a.id == *id && a.machine.as_deref().is_none_or(|m| m == machine);
                let of_machine = self.artifacts.iter().find(here);
                if let Some(need) = of_machine.filter(|n| all.iter().all(|a| a.id != n.id)) {
                    all.push(need);
                }
            }
            next += 1;
        }
        all.split_off(1)
    }

    /// The card of one artifact; `hashes` tells the hashes of an artifact's files as they are here.
    pub(super) fn card(
        &self,
        machine: &str,
        artifact: &Artifact,
        hashes: &dyn Fn(&Artifact) -> Vec<String>,
    ) -> ModelCard {
        let weights = std::iter::once(artifact).chain(self.needs(machine, artifact));
        let weights = weights.flat_map(|a| {
            let lines: Vec<String> = hashes(a).into_iter().map(|hash| format!("{} {hash}", a.id)).collect();
            lines
        });
        let code = repository::FILES.iter().filter(|(path, _)| {
            artifact.model.as_deref().is_some_and(|model| path.split('/').next() == Some(model))
        });
        ModelCard {
            id: artifact.id.clone(),
            version: version(code.copied(), weights),
            kinds: artifact.kinds.clone(),
            languages: artifact.languages.clone(),
            stopgap: artifact.stopgap.clone(),
            directions: artifact.pairs().unwrap_or_default(),
            voices: artifact.voices(),
            quality: artifact.quality,
            licence: artifact.licence.clone(),
        }
    }
}

impl Artifact {
    /// The directions that it translates, `all` written out.
    pub(super) fn pairs(&self) -> Result<Vec<(Language, Language)>, String> {
        let mut pairs = Vec::new();
        for text in &self.directions {
            if text == "all" {
                let of = |from: Language| self.languages.iter().map(move |to| (from, *to));
                pairs.extend(self.languages.iter().flat_map(|from| of(*from)).filter(|(a, b)| a != b));
                continue;
            }
            let ends = text.split_once('-').and_then(|(a, b)| a.parse().ok().zip(b.parse().ok()));
            let inside =
                |(a, b): &(Language, Language)| self.languages.contains(a) && self.languages.contains(b);
            let bad = || format!("{}: {text:?} is no direction between its languages", self.id);
            pairs.push(ends.filter(inside).ok_or_else(bad)?);
        }
        Ok(pairs)
    }

    /// The names of its voices, each with its language; the default of a language comes first.
    fn voices(&self) -> Vec<(String, Language)> {
        let of = |(language, names): (&Language, &Vec<String>)| {
            names.iter().map(|name| (name.clone(), *language)).collect::<Vec<_>>()
        };
        self.voices.iter().flat_map(of).collect()
    }
}

/// The hashes that the manifest pins for the files of an artifact.
pub(super) fn pins(artifact: &Artifact) -> Vec<String> {
    artifact.files.iter().map(|f| f.sha256.clone()).collect()
}

/// sha256 over the files of a model's folder (in the order of their paths) and the hashes of its weights.
fn version<'a>(
    code: impl Iterator<Item = (&'a str, &'a str)>,
    weights: impl Iterator<Item = String>,
) -> String {
    let mut code: Vec<_> = code.collect();
    code.sort_unstable();
    let mut hash = Sha256::new();
    for (path, text) in code {
        hash.update(format!("{path} {}\n", hex::encode(Sha256::digest(text))));
    }
    for line in weights {
        hash.update(format!("{line}\n"));
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_changes_with_code_with_weights_and_with_nothing_else() {
        let of = |code: &[(&'static str, &'static str)], weights: &[&str]| {
            version(code.iter().copied(), weights.iter().map(|w| (*w).to_owned()))
        };
        let code = [("m/1/model.py", "a"), ("m/config.pbtxt", "b")];
        let version = of(&code, &["w 00"]);
        assert_eq!(version.len(), 64);
        assert_eq!(version, of(&[code[1], code[0]], &["w 00"]), "the order of files does not matter");
        assert_ne!(version, of(&[code[0], ("m/config.pbtxt", "c")], &["w 00"]));
        assert_ne!(version, of(&code, &["w 01"]));
    }

    #[test]
    fn a_card_needs_its_artifact_and_all_that_it_needs() {
        let manifest = Manifest::shipped().unwrap();
        let ids = |have: &dyn Fn(&Artifact) -> bool| -> Vec<String> {
            manifest.cards("x86_64", Profile::Small, have).into_iter().map(|c| c.id).collect()
        };
        assert!(ids(&|_| true).contains(&"whisper-base".to_owned()));
        assert!(!ids(&|a| a.id != "silero-vad").contains(&"whisper-base".to_owned()));
        assert!(!ids(&|_| true).contains(&"silero-vad".to_owned()), "a part of others has no card");
        assert!(ids(&|_| false).is_empty());
    }

    #[test]
    fn all_is_every_direction_between_two_languages() {
        let manifest = Manifest::shipped().unwrap();
        let mut artifact = manifest.artifacts("x86_64").find(|a| a.id == "whisper-base").unwrap().clone();
        artifact.directions = vec!["all".to_owned()];
        assert_eq!(artifact.pairs().unwrap().len(), 90);
        artifact.directions = vec!["en-pt".to_owned(), "pt-en".to_owned()];
        assert_eq!(artifact.pairs().unwrap(), [(Language::En, Language::Pt), (Language::Pt, Language::En)]);
        artifact.directions = vec!["en-xx".to_owned()];
        assert!(artifact.pairs().unwrap_err().contains("en-xx"));
    }
}
