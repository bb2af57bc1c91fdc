use std::io::BufReader;

use prost::Message as _;

use super::*;
use crate::wandb::{
    log::Reader,
    wire::{Body, Record},
};

pub(super) fn records(file: &Path) -> Vec<Record> {
    let mut reader = Reader::open(BufReader::new(std::fs::File::open(file).unwrap())).unwrap();
    std::iter::from_fn(|| reader.next().unwrap())
        .map(|bytes| {
            let record = Record::decode(&bytes[..]).unwrap();
            assert_eq!(record.encode_to_vec(), bytes, "nothing of a record is unknown");
            record
        })
        .collect()
}

#[test]
fn a_run_is_the_committed_one_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let folder = whole(dir.path(), Mode::Offline);
    assert_eq!(
        folder.strip_prefix(dir.path()).unwrap(),
        Path::new("wandb").join(golden_run().file_name().unwrap())
    );
    let file = format!("run-{ID}.wandb");
    let bytes = std::fs::read(folder.join(&file)).unwrap();
    assert!(bytes.len() > 3 * 32 * 1024, "{} bytes are too few to pass a block's end", bytes.len());
    let committed = golden_run().join(&file);
    if std::env::var_os("REGEN").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(golden_run().join("files")).unwrap();
        std::fs::write(&committed, &bytes).unwrap();
        for name in ["config.yaml", "wandb-metadata.json", "wandb-summary.json"] {
            std::fs::copy(folder.join("files").join(name), golden_run().join("files").join(name)).unwrap();
        }
    }
    assert!(bytes == std::fs::read(&committed).unwrap(), "{} differs; REGEN=1 accepts", committed.display());
    for name in ["config.yaml", "wandb-metadata.json", "wandb-summary.json"] {
        let read = |folder: &Path| std::fs::read_to_string(folder.join("files").join(name)).unwrap();
        let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
        let (ours, committed) = (read(&folder), read(&golden_run()));
        assert!(
            ours == committed || parsed(&ours).is_some_and(|o| Some(o) == parsed(&committed)),
            "{name}: {ours}"
        );
    }
}

#[test]
fn records_are_numbered_steps_grow_by_one_and_the_exit_is_last() {
    let dir = tempfile::tempdir().unwrap();
    let records = records(&whole(dir.path(), Mode::Offline).join(format!("run-{ID}.wandb")));
    let numbers: Vec<i64> = records.iter().map(|r| r.num).collect();
    assert_eq!(numbers, (1..=i64::try_from(records.len()).unwrap()).collect::<Vec<_>>());
    let step = |r: &Record| match &r.body {
        Some(Body::History(history)) => Some(history.step.as_ref().unwrap().num),
        _ => None,
    };
    let steps: Vec<i64> = records.iter().filter_map(step).collect();
    assert_eq!(steps, (0..i64::try_from(ROWS).unwrap()).collect::<Vec<_>>());
    assert!(matches!(records[0].body, Some(Body::Header(_))));
    assert!(matches!(records[1].body, Some(Body::Run(_))));
    assert!(matches!(&records.last().unwrap().body, Some(Body::Exit(exit)) if exit.exit_code == 0));
}

#[test]
fn an_online_run_has_the_folder_that_the_client_would_give_it() {
    let dir = tempfile::tempdir().unwrap();
    let folder = whole(dir.path(), Mode::Online(ApiKey::parse(KEY.to_owned()).unwrap()));
    assert_eq!(folder.file_name().unwrap().to_str().unwrap(), format!("run-20260102_030405-{ID}"));
    for file in walk(dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(KEY.len()).any(|w| w == KEY.as_bytes()), "the key is in {}", file.display());
    }
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn ids_are_eight_letters_and_digits_and_differ() {
    use rand::SeedableRng as _;
    let mut chance = rand::rngs::StdRng::seed_from_u64(4);
    let ids: std::collections::BTreeSet<String> = (0..1_000).map(|_| run_id(&mut chance)).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(
        ids.iter()
            .all(|id| id.len() == 8 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
    );
}
