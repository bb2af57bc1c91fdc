//! What the oracles said of a number of cases.

use std::{
    fmt, fs,
    hash::{BuildHasher as _, RandomState},
    path::{Path, PathBuf},
    process::Command,
    sync::Once,
};

/// Cases with the answers to them, a line each.
pub(super) struct Answers {
    rows: Vec<Vec<String>>,
    /// `None`: those that are committed.
    seed: Option<u64>,
}

impl Answers {
    /// Those of the committed file. Under `REGEN=1` the oracles are asked for it again first.
    pub(super) fn recorded(what: &str) -> Self {
        static ASK: Once = Once::new();
        if std::env::var_os("REGEN").is_some_and(|v| v == "1") {
            let python = python().expect("METRIC_ORACLE_PYTHON: see oracles/record.py");
            ASK.call_once(|| ask(&python, &[]));
        }
        Self { rows: read(&folder(), what), seed: None }
    }

    /// Those of today's cases, from a new seed or that of `METRIC_ORACLE_SEED`. `None` without a Python
    /// that can be asked.
    pub(super) fn fresh(what: &str, cases: usize) -> Option<Self> {
        let Some(python) = python() else {
            eprintln!(
                "skipped: METRIC_ORACLE_PYTHON names no Python with jiwer, sacrebleu, rouge-score and pystoi"
            );
            return None;
        };
        let seed = std::env::var("METRIC_ORACLE_SEED").map_or_else(|_| any(), |seed| seed.parse().unwrap());
        let out = tempfile::tempdir().unwrap();
        let to = out.path().to_str().unwrap();
        ask(&python, &[what, "--seed", &seed.to_string(), "--cases", &cases.to_string(), "--out", to]);
        let rows = read(out.path(), what);
        // short texts may be the same by chance
        let known = rows.iter().zip(read(&folder(), what)).filter(|(new, old)| *new == old).count();
        assert!(known < cases / 10, "{known} of the cases of seed {seed} are those that are committed");
        Some(Self { rows, seed: Some(seed) })
    }

    /// Each case, by a name that says how to have it again.
    pub(super) fn cases(&self) -> impl Iterator<Item = (String, &[String])> {
        self.rows.iter().enumerate().map(move |(case, row)| (format!("case {case} of {self}"), &row[..]))
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seed {
            Some(seed) => write!(f, "METRIC_ORACLE_SEED={seed}"),
            None => f.write_str("the committed file"),
        }
    }
}

/// Where the committed answers lie, and the program that asks for them.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("oracles")
}

fn python() -> Option<String> {
    std::env::var("METRIC_ORACLE_PYTHON").ok()
}

/// By chance, and as good as never one of the committed cases, which begin at 0. Half of the range is room to count up from it.
fn any() -> u64 {
    RandomState::new().hash_one(0) >> 1
}

fn ask(python: &str, args: &[&str]) {
    // its arithmetic is small: more threads would only take the place of other tests
    let run = Command::new(python)
        .arg(folder().join("record.py"))
        .args(args)
        .env("OPENBLAS_NUM_THREADS", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "the oracles did not answer to {args:?}: {told}");
}

fn read(folder: &Path, what: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join(format!("{what}.tsv"))).unwrap();
    text.lines().map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}
