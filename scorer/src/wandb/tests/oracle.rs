//! Runs in the hands of the real client, by `oracles/wandb/record.py`, and the same runs sent by us: the committed one, whose
//! answers are recorded, and one of today, where `WANDB_CLIENT_PYTHON` names a Python that has the client.

mod said;
mod same;

use std::process::Command;

use sha2::{Digest as _, Sha256};

use said::Said;

use super::{double::Double, upload::upload, *};

/// A run that was given to clients, and what they said.
struct Shown {
    written: Written,
    folder: PathBuf,
    said: Vec<Said>,
}

impl Shown {
    /// The committed one. Under `REGEN=1` the client of `WANDB_CLIENT_PYTHON` is asked again first.
    fn recorded() -> Self {
        static ASK: std::sync::Once = std::sync::Once::new();
        if let (Some("1"), Some(python)) = (std::env::var("REGEN").ok().as_deref(), python()) {
            ASK.call_once(|| ask(&python, &[]));
        }
        let file = |version: &str| oracles().join(format!("said-{version}.json"));
        // the newest, and the last with a reader in Python
        let said = ["0.31.0", "0.26.1"].map(|version| Said::read(&file(version), version)).into();
        Self { written: Written::committed(), folder: golden_run(), said }
    }

    /// One that nobody has seen, from a new seed or that of `WANDB_CLIENT_SEED`, written into `dir`. `None` without a client.
    fn today(dir: &Path) -> Option<Self> {
        let Some(python) = python() else {
            eprintln!("skipped: WANDB_CLIENT_PYTHON names no Python with wandb 0.31.0");
            return None;
        };
        let seed = std::env::var("WANDB_CLIENT_SEED").map_or_else(|_| rand::random(), |s| s.parse().unwrap());
        eprintln!("WANDB_CLIENT_SEED={seed}");
        let written = Written::today(seed);
        let (folder, answer) = (written.write(dir, Mode::Offline), dir.join("said.json"));
        ask(&python, &["--run", folder.to_str().unwrap(), "--out", answer.to_str().unwrap()]);
        Some(Self { written, folder, said: vec![Said::read(&answer, "0.31.0")] })
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.folder.join(format!("run-{}.wandb", self.written.id))).unwrap()
    }

    fn each(&self, check: impl Fn(&Said)) {
        let ours = hex(&Sha256::digest(self.bytes()));
        for said in &self.said {
            assert_eq!(said.answer["sha256"], ours, "{} was asked about another run", said.client);
            check(said);
        }
    }

    async fn sent(&self) -> Double {
        let double = Double::start().await;
        upload(&double.base, &self.folder).run().await.unwrap();
        double
    }
}

fn oracles() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/wandb")
}

fn python() -> Option<String> {
    std::env::var("WANDB_CLIENT_PYTHON").ok()
}

fn ask(python: &str, args: &[&str]) {
    let run = Command::new(python).arg("-B").arg(oracles().join("record.py")).args(args).output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "the client did not answer, see oracles/wandb/record.py: {told}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn the_client_reads_every_record_and_every_value_of_the_run() {
    let shown = Shown::recorded();
    shown.each(|said| said.reads(&shown.written));
}

#[test]
fn wandb_sync_sends_every_row_measurement_and_name_of_the_run() {
    let shown = Shown::recorded();
    shown.each(|said| said.syncs(&shown.written, &shown.folder));
}

#[test]
fn of_a_file_that_was_cut_the_client_sends_all_whole_rows() {
    let shown = Shown::recorded();
    shown.each(|said| said.syncs_what_is_whole(&shown.written, &shown.bytes()));
}

#[tokio::test]
async fn we_send_what_the_client_sends() {
    let shown = Shown::recorded();
    let sent = shown.sent().await;
    shown.each(|said| said.sends_the_same(&shown.written, &sent));
}

#[tokio::test]
async fn a_run_of_today_is_read_and_synced_by_the_client_as_it_is_sent_by_us() {
    let dir = tempfile::tempdir().unwrap();
    let Some(shown) = Shown::today(dir.path()) else { return };
    let sent = shown.sent().await;
    shown.each(|said| {
        said.reads(&shown.written);
        said.syncs(&shown.written, &shown.folder);
        said.syncs_what_is_whole(&shown.written, &shown.bytes());
        said.sends_the_same(&shown.written, &sent);
    });
}
