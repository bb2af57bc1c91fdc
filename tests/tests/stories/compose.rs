//! The compose files name programs and settings that exist.

use std::path::Path;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../compose").join(name)).unwrap()
}

#[test]
fn every_setting_in_a_compose_file_is_a_setting_of_its_service() {
    // E26
    let services = [
        ("GATEWAY__", gateway::DEFAULT),
        ("SCHEDULER__", scheduler::DEFAULT),
        ("STORAGE_SVC__", storage_svc::DEFAULT),
        ("INFERENCE__", inference::DEFAULT),
    ];
    let mut seen = 0;
    for file in ["proxy.yaml", "miner.yaml"] {
        for line in read(file).lines() {
            let Some((name, _)) = line.trim().split_once(':') else {
                continue;
            };
            let Some((prefix, defaults)) = services.iter().find(|(p, _)| name.starts_with(p)) else {
                continue;
            };
            let key = name[prefix.len()..].to_lowercase().replace("__", ".");
            assert!(process::config::keys(defaults).contains(&key), "{file}: {name} is no setting");
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} settings were found: has the form of the files changed?");
}

#[test]
fn every_command_in_a_compose_file_is_a_program_of_the_image() {
    let image = read("Dockerfile");
    for file in ["proxy.yaml", "miner.yaml"] {
        for line in read(file).lines().filter_map(|l| l.trim().strip_prefix("command: [\"")) {
            let program = line.split('"').next().unwrap();
            assert!(
                image.contains(&format!("target/release/{program}")),
                "{file}: {program} is not in the image"
            );
        }
    }
}
