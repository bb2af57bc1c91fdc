//! The compose files name programs and settings that exist.

use std::path::Path;

/// Every compose file.
const FILES: [&str; 3] = ["proxy.yaml", "miner.yaml", "validator.yaml"];

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
        ("CHAIN_SVC__", chain_svc::DEFAULT),
        ("SCORER__", scorer::DEFAULT),
    ];
    let mut seen = 0;
    for file in FILES {
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
fn every_name_of_the_official_tools_in_a_compose_file_is_a_name_of_chain_svc() {
    let mut seen = 0;
    for file in FILES {
        let text = read(file);
        let names = text.lines().filter_map(|l| l.trim().split_once(':')).map(|(name, _)| name);
        for name in names.filter(|name| name.starts_with("BT_")) {
            let known = std::process::Command::new(tests::program::path("chain-svc"))
                .arg("--help")
                .output()
                .unwrap()
                .stdout;
            assert!(String::from_utf8_lossy(&known).contains(&format!("[env: {name}=")), "{file}: {name}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} names were found: has the form of the files changed?");
}

#[test]
fn every_command_in_a_compose_file_is_a_program_of_the_image() {
    let image = read("Dockerfile");
    for file in FILES {
        for line in read(file).lines().filter_map(|l| l.trim().strip_prefix("command: [\"")) {
            let program = line.split('"').next().unwrap();
            assert!(
                image.contains(&format!("target/release/{program}")),
                "{file}: {program} is not in the image"
            );
        }
    }
}
