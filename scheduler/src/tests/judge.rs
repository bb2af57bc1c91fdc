//! The judge, over real gRPC, with files in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{
    AudioFacts, AudioFormat, Event, Facts, Fence, FileMeta, FilePurpose, LeaseId, NewTask, Output, Priority,
    SourceLanguage, TaskId, TaskOptions, Timestamp, Transcript,
};
use futures_util::stream::{self, BoxStream};
use proto::pb::{self, get_file_reply::Part};
use tonic::{Request, Status, Streaming, async_trait};

use super::super::sound::tests::{tone, wave};
use super::*;
use crate::tests::rig::new_task;

/// Files in memory; counts those that are read.
#[derive(Default)]
struct Shelf {
    files: Mutex<BTreeMap<FileId, Vec<u8>>>,
    read: AtomicUsize,
}

struct Serve(Arc<Shelf>);

#[async_trait]
impl pb::files_server::Files for Serve {
    async fn put(
        &self,
        _: Request<Streaming<pb::PutFileRequest>>,
    ) -> Result<tonic::Response<pb::FileMeta>, Status> {
        Err(Status::unimplemented("nothing is stored here"))
    }

    async fn stat(&self, _: Request<pb::StatFileRequest>) -> Result<tonic::Response<pb::FileMeta>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    type GetStream = BoxStream<'static, Result<pb::GetFileReply, Status>>;

    async fn get(
        &self,
        request: Request<pb::GetFileRequest>,
    ) -> Result<tonic::Response<Self::GetStream>, Status> {
        self.0.read.fetch_add(1, Ordering::SeqCst);
        let id: FileId = request.get_ref().id.parse().unwrap();
        let Some(bytes) = self.0.files.lock().unwrap().get(&id).cloned() else {
            return Err(proto::status(ErrorKind::NotFound, "no such file"));
        };
        let at = Timestamp::default();
        let meta = FileMeta {
            id,
            sha256: Sha256([1; 32]),
            size: bytes.len() as u64,
            content_type: String::new(),
            file_name: None,
            purpose: FilePurpose::Results,
            created_at: at,
            expires_at: at,
        };
        let meta = Part::Meta(proto::convert::file_meta_to_pb(&meta));
        let parts = bytes.chunks(1 << 20).map(|c| Part::Chunk(c.to_vec().into())).collect::<Vec<_>>();
        let parts = std::iter::once(meta).chain(parts).map(|part| Ok(pb::GetFileReply { part: Some(part) }));
        Ok(tonic::Response::new(Box::pin(stream::iter(parts.collect::<Vec<_>>()))))
    }
}

/// What a judge makes of these answers to a task of `kind`; an answer without bytes has lost its file. Tells how many
/// files were read, too.
async fn judged(kind: TaskKind, answers: &[Option<Vec<u8>>]) -> (Judged, usize) {
    let shelf = Arc::<Shelf>::default();
    let at = |n: u128| Timestamp::from_micros(n as i64 * 1_000_000);
    let wanted = answers.len() as u8;
    let mut task = Task::submitted(NewTask { kind, wanted, ..new_task(1) });
    for (n, bytes) in (1..).zip(answers) {
        let (lease, output, deadline) = (LeaseId::from_random(n), FileId::from_random(n), at(9_000));
        let miner = format!("m{n}").parse().unwrap();
        let grant =
            Event::Grant { lease, miner, session: 1, output, expires_at: deadline, run_until: deadline };
        task = task.apply(grant, at(1)).unwrap();
        // equal bytes have equal digests
        let same = answers.iter().position(|a| a == bytes).unwrap() as u8;
        let digest = if bytes.is_some() { same } else { 100 + n as u8 };
        let output = Output { file: output, sha256: Sha256([digest; 32]), size: 1 };
        let facts = matches!(kind, TaskKind::Tts).then(facts);
        let response = Response { output, model: "m".into(), model_version: "v".into(), facts, proof: None };
        task = task.apply(Event::Respond { lease, fence: Fence(n as u64), response }, at(1 + n)).unwrap();
        if let Some(bytes) = bytes {
            shelf.files.lock().unwrap().insert(FileId::from_random(n), bytes.clone());
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wire = process::grpc::wire(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let server = pb::files_server::FilesServer::new(Serve(shelf.clone()));
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let serving =
        tokio::spawn(tonic::transport::Server::builder().add_service(server).serve_with_incoming(incoming));
    let judged = FilesJudge::new(FilesClient::new(wire), 1).judge(&task).await.unwrap();
    serving.abort();
    (judged, shelf.read.load(Ordering::SeqCst))
}

fn facts() -> Facts {
    Facts::Audio(AudioFacts {
        format: AudioFormat::Wav,
        sample_rate: 16_000,
        channels: 1,
        duration_ms: 1,
        language: None,
        voice: None,
        stopgap: false,
    })
}

fn transcript(text: &str) -> Option<Vec<u8>> {
    let segment = domain::Segment {
        start_ms: 0,
        end_ms: 1,
        text: text.into(),
        words: Vec::new(),
        avg_logprob: 0.0,
        no_speech_prob: 0.0,
    };
    let transcript = Transcript {
        language: Some(Language::En),
        language_confidence: None,
        duration_ms: 1,
        no_speech: false,
        segments: vec![segment],
    };
    Some(serde_json::to_vec(&transcript).unwrap())
}

#[tokio::test]
async fn the_transcript_that_two_of_three_tell_is_chosen() {
    // E1
    let lie = transcript("buy my coins, they are the best there are");
    let (first, other) = (transcript("the cat sat on the mat"), transcript("the cat sat on a mat"));
    let (judged, read) = judged(TaskKind::Transcription, &[lie, first, other]).await;
    assert_eq!((judged.chosen, read), (1, 3));
    assert!(judged.each[0] < Score::percent(20) && judged.each[2] > Score::percent(80), "{judged:?}");
}

#[tokio::test]
async fn equal_answers_are_alike_without_being_read() {
    let said = transcript("the cat");
    let (judged, read) = judged(TaskKind::Transcription, &[said.clone(), said.clone(), said]).await;
    assert_eq!((judged.chosen, judged.agreement, read), (0, Some(Score::ONE), 0));
}

#[tokio::test]
async fn what_can_not_be_read_is_like_its_equals_alone() {
    let garbage = || Some(b"no transcript".to_vec());
    let (judged, read) = judged(TaskKind::Transcription, &[garbage(), None, transcript("hello")]).await;
    assert_eq!((judged.chosen, judged.agreement), (0, Some(Score::ZERO)), "the first, and nobody agrees");
    assert_eq!(read, 3);
    let two = [transcript("hello"), garbage(), garbage()];
    let (judged, _) = self::judged(TaskKind::Transcription, &two).await;
    assert_eq!((judged.chosen, judged.agreement), (1, Some(Score::percent(50))), "{judged:?}");
    let long = Some(serde_json::to_vec(&"x".repeat(MOST_BYTES as usize)).unwrap());
    let (judged, _) =
        self::judged(TaskKind::Transcription, &[long, transcript("hi"), transcript("hi")]).await;
    assert_eq!(judged.chosen, 1);
}

#[tokio::test]
async fn speech_is_compared_as_sound() {
    let low = || Some(wave(16_000, 1, &tone(440.0, 16_000, 2)));
    let louder = tone(440.0, 16_000, 2).into_iter().map(|s| s * 2).collect::<Vec<_>>();
    let high = Some(wave(16_000, 1, &tone(900.0, 16_000, 2)));
    let (judged, _) = judged(TaskKind::Tts, &[high, low(), Some(wave(16_000, 1, &louder))]).await;
    assert_eq!(judged.chosen, 1);
    assert!(judged.each[2] > Score::percent(99) && judged.each[0] < Score::percent(1), "{judged:?}");
}

#[test]
fn the_language_is_the_one_of_the_output() {
    let told = [Heard::Nothing, Heard::Text("x".into(), Some(Language::Ja))];
    let of = |source, target| {
        let spec = NewTask { source, target, priority: Priority::Low, ..new_task(1) };
        let spec = NewTask { id: TaskId::from_random(3), options: TaskOptions::default(), ..spec };
        language(&Task::submitted(spec), &told)
    };
    assert_eq!(of(SourceLanguage::Given(Language::De), Some(Language::Zh)), Language::Zh);
    assert_eq!(of(SourceLanguage::Given(Language::De), None), Language::De);
    assert_eq!(of(SourceLanguage::Auto, None), Language::Ja);
}
