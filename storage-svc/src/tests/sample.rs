//! Sample values, told apart by one number.

use std::time::Duration;

use domain::{
    DocumentFacts, DocumentFormat, Event, Facts, Fence, FileId, FileMeta, FilePurpose, Language, LeaseId,
    MinerRecord, NewTask, Output, Priority, Proof, Response, Score, Sha256, SourceLanguage, Tally, TaskId,
    TaskKind, TaskOptions, Timestamp, receipt::Signature,
};

use crate::files::FileStore;

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// Seconds after the start of all tests.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

pub(crate) fn task_id(n: u128) -> TaskId {
    TaskId::from_random(n)
}

/// The input of task `n`.
pub(crate) fn input(n: u128) -> FileId {
    FileId::from_random(n << 32)
}

/// The file for the answer of lease `n`.
pub(crate) fn output(n: u128) -> FileId {
    FileId::from_random(n << 64)
}

/// A transcription of English, submitted `n` seconds after the start, due an hour later.
pub(crate) fn new_task(n: u128) -> NewTask {
    let submitted_at = at(n as i64);
    NewTask {
        id: task_id(n),
        kind: TaskKind::Transcription,
        source: SourceLanguage::Given(Language::En),
        target: None,
        options: TaskOptions::default(),
        priority: Priority::Normal,
        wanted: 1,
        window: Duration::from_secs(60),
        input: input(n),
        input_size: 1_000,
        submitted_at,
        deadline: submitted_at + HOUR,
        traceparent: None,
    }
}

/// The record of a miner without a key that answered once and was last seen then.
pub(crate) fn record(miner: &str, kind: TaskKind, seen: i64) -> MinerRecord {
    let tally = Tally { answered: 1, last_seen: at(seen), ..Tally::default() };
    MinerRecord { miner: miner.parse().unwrap(), kind, hotkey: None, tally }
}

/// Lets the answer of a lease be served.
pub(crate) fn choose(lease: u128, percent: u32) -> Event {
    Event::Choose { lease: LeaseId::from_random(lease), agreement: Some(Score::percent(percent)) }
}

/// A file with the digest of `byte`, made at the start, that lives a day.
pub(crate) fn file(id: FileId, byte: u8) -> FileMeta {
    FileMeta {
        id,
        sha256: Sha256([byte; 32]),
        size: 5,
        content_type: "audio/wav".into(),
        file_name: Some("clip.wav".into()),
        purpose: FilePurpose::UserAudio,
        created_at: at(0),
        expires_at: at(24 * 3_600),
    }
}

/// Stores the input of task `n`.
pub(crate) async fn with_input(files: &dyn FileStore, n: u128) {
    files.insert(file(input(n), 1)).await.unwrap();
}

pub(crate) fn grant(lease: u128, miner: &str, now: Timestamp) -> Event {
    Event::Grant {
        lease: LeaseId::from_random(lease),
        miner: miner.parse().unwrap(),
        session: u64::MAX - 1,
        output: output(lease),
        expires_at: now + Duration::from_secs(10),
        run_until: now + Duration::from_secs(100),
    }
}

pub(crate) fn renew(lease: u128, fence: u64, expires_at: Timestamp, percent: Option<u8>) -> Event {
    Event::Renew { lease: LeaseId::from_random(lease), fence: Fence(fence), expires_at, percent }
}

/// The answer of a lease, with the digest and size of [`file`], signed by the hotkey "hot".
pub(crate) fn respond(lease: u128, fence: u64, byte: u8) -> Event {
    respond_by("hot", lease, fence, byte)
}

/// The same, signed by this hotkey.
pub(crate) fn respond_by(signer: &str, lease: u128, fence: u64, byte: u8) -> Event {
    let output = Output { file: output(lease), sha256: Sha256([byte; 32]), size: 5 };
    let (format, texts, source_words, doubtful) = (DocumentFormat::Docx, 3, 40, 1);
    let facts = Some(Facts::Document(DocumentFacts { format, texts, source_words, doubtful }));
    let proof = Some(Box::new(Proof {
        signer: signer.parse().unwrap(),
        // as [`with_input`] stores it
        input_sha256: Sha256([1; 32]),
        signature: Signature([byte; 64]),
    }));
    let model_version = "ab".repeat(32);
    let response = Response { output, model: "whisper-small".into(), model_version, facts, proof };
    Event::Respond { lease: LeaseId::from_random(lease), fence: Fence(fence), response }
}
