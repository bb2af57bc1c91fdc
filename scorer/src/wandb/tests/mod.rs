//! A run with fixed times, and what everybody makes of it.

mod chance;
mod double;
mod file;
mod oracle;
mod reporter;
mod settings;
mod upload;
mod written;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use domain::{Score, TaskKind};
use serde_json::{Map, Value, json};

use super::{opening::Beginning, run::Run, system::Machine, *};
use crate::accuracy::Basis;
use written::Written;

/// 2026-01-02 03:04:05 UTC.
const BEGAN: i64 = 1_767_323_045_250_000;
const ID: &str = "v10let42";
const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
const ROUNDS: u64 = 3;
const TASKS: u64 = 120;
/// Rows that the run has.
const ROWS: u64 = ROUNDS + TASKS;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/wandb")
}

/// The committed run.
fn golden_run() -> PathBuf {
    golden().join(format!("offline-run-20260102_030405-{ID}"))
}

fn settings(dir: &Path) -> Settings {
    Settings {
        mode: Mode::Offline,
        keyless: false,
        project: "violet".to_owned(),
        entity: Some("tests".to_owned()),
        name: Some("validator 3".to_owned()),
        dir: dir.to_owned(),
        base_url: "http://127.0.0.1:1".to_owned(),
    }
}

fn config() -> Map<String, Value> {
    // the long one is a record of more than a block
    let config = json!({
        "netuid": 49, "hotkey": "5Grwva", "profile": {"name": "standard", "right": 0.9}, "on": "yes: no",
        "notes": "wörter ".repeat(6_000),
    });
    config.as_object().unwrap().clone()
}

fn machine() -> Machine {
    Machine {
        host: "rack-1".to_owned(),
        os: "Linux-6.1.0-x86_64".to_owned(),
        cpus: 2,
        memory: 8 << 30,
        disk: Some((1 << 40, 1 << 39)),
    }
}

fn round(number: u64) -> RoundReport {
    let scores = |count: u16, step: u32| -> BTreeMap<u16, Score> {
        (0..count).map(|uid| (uid, Score::percent(step * u32::from(uid) % 101))).collect()
    };
    let means = Means { accuracy: 0.875, speed: 1.0 / 3.0, reward: 0.5, answers: 40 + number };
    let silent = Means { accuracy: f64::NAN, speed: f64::NAN, reward: 0.0, answers: 0 };
    RoundReport {
        round: number,
        block: 7_000_000 + 360 * number,
        tasks: 40,
        approved: 39,
        challenges: 4,
        weights_set: number != 2,
        kinds: [(TaskKind::Tts, means), (TaskKind::Transcription, silent)].into(),
        standings: scores(64, 7),
        weights: scores(5, 11),
        trust: [("v1".parse().unwrap(), Score::percent(97)), ("v2".parse().unwrap(), Score::ONE)].into(),
    }
}

fn task(number: u64) -> TaskReport {
    let kind = TaskKind::ALL[usize::try_from(number).unwrap() % TaskKind::ALL.len()];
    let basis = Basis::ALL[usize::try_from(number).unwrap() % Basis::ALL.len()];
    let accuracy = Score::percent(u32::try_from(number).unwrap() % 100);
    TaskReport::of(kind, basis, &[(accuracy, 900 + number), (Score::ONE, 2_000)]).unwrap()
}

fn sample(number: u64) -> Row {
    let mut row = Row::default();
    row.number("cpu", 12.5);
    row.count("proc.cpu.threads", 7 + number);
    row.number("proc.memory.rssMB", 123.25);
    row
}

/// Writes the whole run into `dir`.
fn whole(dir: &Path, mode: Mode) -> PathBuf {
    Written::committed().write(dir, mode)
}
