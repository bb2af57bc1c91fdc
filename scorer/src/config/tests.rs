use super::*;

fn load(env: &[(&str, &str)]) -> Result<Config, process::config::ConfigError> {
    let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    process::config::load("scorer", DEFAULT, None, env)
}

#[test]
fn the_default_file_names_exactly_the_settings() {
    // E26
    let written = toml::to_string(&load(&[]).unwrap()).unwrap();
    assert_eq!(process::config::keys(DEFAULT), process::config::keys(&written));
}

#[test]
fn a_scorer_without_a_gateway_does_not_start() {
    let said = load(&[]).unwrap().check().unwrap_err().to_string();
    assert!(said.contains("--proxy_server_url"), "{said}");
    assert!(load(&[("SCORER__PROXY__URL", "http://127.0.0.1:8000")]).unwrap().check().is_ok());
}

#[test]
fn every_fault_between_fields_is_told_at_once() {
    let env = [("SCORER__ROUND__BLOCKS", "0"), ("SCORER__CHALLENGES__KINDS", "[\"summarization\"]")];
    let said = load(&env).unwrap().check().unwrap_err().to_string();
    for part in ["proxy.url", "round.blocks", "challenges.kinds"] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
}

#[test]
fn the_secret_of_challenges_is_never_printed() {
    // S11
    let secret = "ab".repeat(32);
    let config = load(&[("SCORER__CHALLENGES__SECRET", &secret)]).unwrap();
    assert_eq!(config.challenges.secret, secret);
    assert!(!format!("{config:?}").contains("abab"));
}

#[test]
fn phrases_of_ones_own_are_read_and_their_faults_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.tsv");
    let read =
        || load(&[("SCORER__CHALLENGES__MATERIAL", file.to_str().unwrap())]).unwrap().challenges.material();
    let said = read().unwrap_err().to_string();
    assert!(said.contains("challenges.material") && said.contains("own.tsv"), "{said}");
    std::fs::write(&file, "who\ta\tb\n").unwrap();
    assert!(read().unwrap_err().to_string().contains("line 1"));
    let columns = ["x"; 10].join("\t");
    let lines = ["who", "do", "where", "when"].map(|slot| format!("{slot}\t{columns}\n").repeat(2)).concat();
    std::fs::write(&file, lines).unwrap();
    assert_eq!(read().unwrap().sentences(), 16);
}

#[test]
fn a_subnet_may_be_named_or_left_open() {
    assert_eq!(load(&[]).unwrap().chain.netuid, None);
    assert_eq!(load(&[("SCORER__CHAIN__NETUID", "49")]).unwrap().chain.netuid, Some(49));
    assert!(load(&[("SCORER__CHAIN__NETUID", "70000")]).is_err());
}
