//! The lease loop against a scheduler and file routes that do what a test tells them to.

mod answers;
mod files;
mod models;
mod scheduler;
mod service;
mod stopping;

use std::{io::Cursor, sync::Arc, time::Duration};

use domain::{Fence, FileId, LeaseId, SourceLanguage, TaskId, TaskKind};
use process::{Stop, health::Readiness};
use proto::{convert, pb::scheduler_message as said};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use super::{
    Leaves, Options, Worker,
    assignment::{Assignment, Claim, Door},
};
use crate::{
    engine::{Capabilities, Engine},
    pipeline::TranscriptionOptions,
};
use files::FakeFiles;
use scheduler::{FakeScheduler, LIMIT};

/// An assignment with every name made of `n`.
pub(super) fn assignment(n: u128) -> Assignment {
    let door = Door { url: "http://127.0.0.1:1/".parse().unwrap(), ticket: String::new() };
    Assignment {
        claim: Claim { task: TaskId::from_random(n), lease: LeaseId::from_random(n), fence: Fence(1) },
        kind: TaskKind::Transcription,
        source: SourceLanguage::Auto,
        target: None,
        options: domain::TaskOptions::default(),
        input: door.clone(),
        input_size: 1,
        output: door,
        output_file: FileId::from_random(n),
        run: Duration::from_secs(1),
        traceparent: None,
    }
}

/// A miner between its scheduler and its file routes.
struct Stage {
    scheduler: FakeScheduler,
    files: FakeFiles,
    capabilities: watch::Sender<Capabilities>,
    readiness: Readiness,
    stop: Stop,
    miner: JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn with(engine: Arc<dyn Engine>) -> Self {
        Self::with_options(engine, |_| {}).await
    }

    async fn with_options(engine: Arc<dyn Engine>, change: impl FnOnce(&mut Options)) -> Self {
        let (scheduler, files) = (FakeScheduler::start().await, FakeFiles::start().await);
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options {
            miner: Some("tester".parse().unwrap()),
            key: None,
            data_dir: folder.path().join("data"),
            max_leases: None,
            drain: LIMIT,
            model_patience: LIMIT,
            max_media: Duration::from_secs(600),
            transcription: TranscriptionOptions::default(),
        };
        change(&mut options);
        let (changes, capabilities) = watch::channel(engine.capabilities());
        let leaves = Leaves { engine, capabilities, ffmpeg: None };
        let wire = process::grpc::wire(&format!("http://{}", scheduler.address)).unwrap();
        let readiness = Readiness::new();
        let worker = Worker::new(options, leaves, wire, readiness.clone()).unwrap();
        let stop = Stop::new();
        let miner = tokio::spawn(worker.run(stop.clone()));
        Self { scheduler, files, capabilities: changes, readiness, stop, miner, folder }
    }

    /// A lease of the input `name`, as the scheduler says it. `n` names task, lease and result.
    fn lease(&self, n: u128, name: &str, size: usize) -> said::Lease {
        let files = self.files.address;
        said::Lease {
            task: TaskId::from_random(n).to_string(),
            lease: LeaseId::from_random(n).to_string(),
            fence: 5,
            kind: convert::kind_to_pb(TaskKind::Transcription),
            source_language: "auto".into(),
            target_language: String::new(),
            input_url: format!("http://{files}/in/{name}"),
            input_ticket: format!("ticket-{name}"),
            input_size: size as u64,
            output_url: format!("http://{files}/out/{n}"),
            output_ticket: format!("ticket-{n}"),
            output_file: FileId::from_random(n).to_string(),
            run_ms: 60_000,
            traceparent: String::new(),
            options: None,
        }
    }

    /// The same, of a recording of so many seconds that lies ready.
    fn recording(&self, n: u128, seconds: usize) -> said::Message {
        let (name, wav) = (format!("wav{n}"), loud(seconds, n));
        let lease = self.lease(n, &name, wav.len());
        self.files.put_input(&name, wav);
        said::Message::Lease(lease)
    }

    /// Files for inputs that exist now.
    fn inputs(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("data/inputs")).unwrap().count()
    }

    async fn ended(self) {
        timeout(LIMIT, self.miner).await.expect("the miner ends").unwrap();
    }
}

/// Name of lease `n` on the wire.
fn name(n: u128) -> String {
    LeaseId::from_random(n).to_string()
}

/// A wav file of loud sound, different for each `n`.
fn loud(seconds: usize, n: u128) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for at in 0..seconds * 16_000 {
        let loud = i16::try_from((at * (n as usize + 3)) % 9_000).unwrap();
        writer.write_sample(loud - 4_500).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}
