//! The Python packages of all models as a list for pip, so that a container with its own Triton can install the same set.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::manifest::{CORE, Manifest};
use super::wheel::Wheel;

/// Machines and minor versions of Python 3 that the product is offered for.
const MACHINES: [&str; 2] = ["x86_64", "aarch64"];
const MINORS: std::ops::RangeInclusive<u32> = 9..=12;
/// Carries the server, which a container has of its own.
const SERVER: &str = "nvidia-pytriton";

const HEAD: &str = "\
# The Python packages that the models import, for a Triton that somebody else runs: the same bytes as Violet's own runtime.
#     pip install --no-deps --require-hashes -r requirements.lock
# Written from manifest.toml; do not edit. REGEN=1 cargo test -p inference requirements writes it anew.
";

/// Where one version of a package is the one to take.
#[derive(Default)]
struct Place {
    minors: BTreeMap<&'static str, BTreeSet<u32>>,
    hashes: BTreeSet<String>,
}

impl Manifest {
    /// The list in the format of pip, with the hash of every wheel that may be chosen; markers say for which Python.
    #[must_use]
    pub fn requirements(&self) -> String {
        let named = self.artifacts.iter().flat_map(|a| &a.libraries).map(String::as_str);
        let libraries: BTreeSet<&str> = named.chain([CORE]).collect();
        let mut places: BTreeMap<(String, String), Place> = BTreeMap::new();
        for (machine, minor) in MACHINES.into_iter().flat_map(|m| MINORS.map(move |minor| (m, minor))) {
            for library in &libraries {
                for wheel in self.library(library, machine, (3, minor)).unwrap_or_default() {
                    let place = places.entry((wheel.package(), wheel.version().to_owned())).or_default();
                    place.minors.entry(machine).or_default().insert(minor);
                    place.hashes.insert(wheel.sha256.clone());
                }
            }
        }
        let mut text = HEAD.to_owned();
        for ((package, version), place) in places.iter().filter(|((package, _), _)| package != SERVER) {
            let _ = write!(text, "{package}=={version}{}", place.marker());
            for hash in &place.hashes {
                let _ = write!(text, " \\\n    --hash=sha256:{hash}");
            }
            text.push('\n');
        }
        text
    }

    /// Bytes that a set of wheels takes unpacked.
    pub(super) fn unpacked(wheels: &[&Wheel]) -> u64 {
        wheels.iter().map(|w| w.unpacked).sum()
    }
}

impl Place {
    /// ` ; python_version == "3.9"` and the like; empty when it is taken everywhere.
    fn marker(&self) -> String {
        let everywhere: BTreeSet<u32> = MINORS.collect();
        let sets: Vec<_> = MACHINES.iter().map(|m| self.minors.get(m)).collect();
        let same = sets.iter().all(|set| *set == sets[0]);
        let pythons = |minors: &BTreeSet<u32>| {
            let all: Vec<_> = minors.iter().map(|m| format!("python_version == \"3.{m}\"")).collect();
            all.join(" or ")
        };
        match sets[0] {
            Some(minors) if same && *minors == everywhere => String::new(),
            Some(minors) if same => format!(" ; {}", pythons(minors)),
            _ => {
                let of_machine = |(machine, minors): (&&str, &BTreeSet<u32>)| {
                    let machine = format!("platform_machine == \"{machine}\"");
                    if *minors == everywhere {
                        format!("({machine})")
                    } else {
                        format!("({machine} and ({}))", pythons(minors))
                    }
                };
                let all: Vec<_> = self.minors.iter().map(of_machine).collect();
                format!(" ; {}", all.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_committed_requirements_are_those_of_the_manifest() {
        let text = Manifest::shipped().unwrap().requirements();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../triton-models/requirements.lock");
        testkit::golden::compare(&path, &text);
    }

    #[test]
    fn every_requirement_is_pinned_by_hash_and_the_server_is_not_among_them() {
        let text = Manifest::shipped().unwrap().requirements();
        assert!(!text.contains(SERVER));
        let numpy = text.lines().position(|l| l.starts_with("numpy==1.26.4 \\")).unwrap();
        let hashes = text.lines().skip(numpy + 1).take_while(|l| l.starts_with("    --hash=sha256:")).count();
        assert_eq!(hashes, 8, "four Pythons on two machines");
        let old = text.lines().find(|l| l.starts_with("onnxruntime==1.19.2")).unwrap();
        assert_eq!(old, "onnxruntime==1.19.2 ; python_version == \"3.9\" \\");
    }

    #[test]
    fn a_marker_names_the_machines_and_pythons_that_take_it() {
        let mut place = Place::default();
        place.minors.insert("x86_64", [10, 11].into());
        let pythons = "python_version == \"3.10\" or python_version == \"3.11\"";
        assert_eq!(place.marker(), format!(" ; (platform_machine == \"x86_64\" and ({pythons}))"));
        place.minors.insert("aarch64", [10, 11].into());
        assert_eq!(place.marker(), format!(" ; {pythons}"));
        for minors in place.minors.values_mut() {
            *minors = MINORS.collect();
        }
        assert_eq!(place.marker(), "");
    }
}
