//! References over a real connection, made by an engine without models.

use std::{io::Cursor, path::Path, sync::Arc};

use bytes::Bytes;
use domain::{
    AudioFormat, DocumentFormat, ErrorKind, Facts, Language, SourceLanguage, TaskKind, TaskOptions,
    Transcript,
};
use futures_util::{FutureExt as _, stream};
use proto::{
    client::{Order, Picture, Recording, ReferenceClient, Wire},
    pb,
};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};
use tokio_util::sync::DropGuard;

use super::*;
use crate::{
    engine::{Engine, echo::EchoEngine},
    media::{Ffmpeg, tests::contained},
};

const LIMIT: Duration = Duration::from_secs(30);
const MOST: usize = 1 << 24;

struct Stage {
    client: ReferenceClient,
    wire: Wire,
    folder: tempfile::TempDir,
    _stop: DropGuard,
}

fn options(folder: &Path) -> Options {
    Options {
        listen: ([127, 0, 0, 1], 0).into(),
        at_once: 1,
        max_bytes: 1 << 20,
        time: LIMIT,
        patience: Duration::ZERO,
        max_media: Duration::from_secs(600),
        transcription: pipeline::TranscriptionOptions::default(),
        scratch: folder.join("reference"),
        drain: LIMIT,
    }
}

fn leaves(engine: Arc<dyn Engine>, ffmpeg: Option<Ffmpeg>) -> Leaves {
    let (_, capabilities) = watch::channel(engine.capabilities());
    Leaves { engine, capabilities, ffmpeg }
}

async fn stage(engine: EchoEngine, ffmpeg: Option<Ffmpeg>) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::new(options(folder.path()), &leaves(Arc::new(engine), ffmpeg)).unwrap();
    let listener = process::net::bind("references", ([127, 0, 0, 1], 0).into()).await.unwrap();
    let wire = process::grpc::wire(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let stop = Stop::new();
    tokio::spawn(service.serve(listener, stop.clone()));
    Stage { client: ReferenceClient::new(wire.clone()), wire, folder, _stop: stop.drop_guard() }
}

impl Stage {
    /// Files of work under way.
    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("reference")).unwrap().count()
    }

    async fn eventually_no_files(&self) {
        testkit::eventually::eventually("the files to go", LIMIT, async || (self.files() == 0).then_some(()))
            .await;
    }
}

fn order(kind: TaskKind) -> Order {
    let source = SourceLanguage::Given(Language::En);
    Order { kind, source, target: None, options: TaskOptions::default() }
}

/// A second and a half of loud sound.
fn loud() -> Bytes {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 22_050,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for at in 0..33_075_i32 {
        writer.write_sample((at * 37 % 9_000 - 4_500) as i16).unwrap();
        writer.write_sample(0_i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner().into()
}

#[tokio::test]
async fn a_validator_gets_the_same_work_without_a_lease() {
    let stage = stage(EchoEngine::new(), None).await;
    let spoken = stage.client.work(&order(TaskKind::Tts), "Good morning.".into(), MOST).await.unwrap();
    let Some(Facts::Audio(facts)) = &spoken.facts else { panic!("{:?}", spoken.facts) };
    assert_eq!((spoken.content_type.as_str(), facts.sample_rate), ("audio/wav", 24_000));
    assert_eq!((spoken.model.as_str(), spoken.model_version.as_str()), ("echo", "1"));
    let sound = stage.client.decode(spoken.bytes, None, MOST).await.unwrap();
    assert_eq!((sound.sample_rate, sound.channels), (24_000, 1));
    assert_eq!(sound.samples.len() as u64 / 24, facts.duration_ms);

    let heard = stage.client.work(&order(TaskKind::Transcription), loud(), MOST).await.unwrap();
    let transcript: Transcript = serde_json::from_slice(&heard.bytes).unwrap();
    assert!(!transcript.text().is_empty() && heard.facts.is_none());

    let to_german = Order { target: Some(Language::De), ..order(TaskKind::TextTranslation) };
    let made = stage.client.work(&to_german, "The train leaves.".into(), MOST).await.unwrap();
    let made: domain::Translation = serde_json::from_slice(&made.bytes).unwrap();
    assert_eq!(made.translation, "[de] The train leaves.");
    stage.eventually_no_files().await;
}

#[tokio::test]
async fn sound_is_decoded_at_its_own_rate_as_the_mean_of_its_channels() {
    let stage = stage(EchoEngine::new(), None).await;
    let sound = stage.client.decode(loud(), None, MOST).await.unwrap();
    assert_eq!((sound.sample_rate, sound.channels, sound.samples.len()), (22_050, 2, 33_075));
    // the second channel is silent
    assert!((sound.samples[1] - (37.0 - 4_500.0) / 65_536.0).abs() < 1e-4, "{}", sound.samples[1]);
    let wide = stage.client.decode(loud(), Some(48_000), MOST).await.unwrap();
    assert_eq!((wide.sample_rate, wide.channels, wide.samples.len()), (48_000, 2, 72_000));
    let absurd = stage.client.decode(loud(), Some(7), MOST).await.unwrap_err();
    assert_eq!(absurd.kind, ErrorKind::Invalid);
    let few = stage.client.decode(loud(), None, 1_000).await.unwrap_err();
    assert_eq!(few.kind, ErrorKind::TooLarge);
    let none = stage.client.decode("no sound at all".into(), None, MOST).await.unwrap_err();
    assert_eq!(none.kind, ErrorKind::Invalid, "{none}");
}

#[tokio::test]
async fn a_document_is_read_as_text() {
    let stage = stage(EchoEngine::new(), None).await;
    let read = async |text: &'static str, format| stage.client.read(text.into(), format).await;
    let page = "<html><body><p>Good morning.</p><script>let x = 1;</script></body></html>";
    assert_eq!(read(page, Some(DocumentFormat::Html)).await.unwrap().trim(), "Good morning.");
    assert_eq!(read("Good morning.", None).await.unwrap().trim(), "Good morning.");
    assert_eq!(read("no archive", Some(DocumentFormat::Docx)).await.unwrap_err().kind, ErrorKind::Invalid);
    stage.eventually_no_files().await;
}

#[tokio::test]
async fn texts_have_vectors_of_one_length() {
    let stage = stage(EchoEngine::new(), None).await;
    let meaning = stage.client.embed(vec!["abba".into(), "zz".into()], Language::En).await.unwrap().unwrap();
    assert_eq!(meaning.vectors.len(), 2);
    assert_eq!((meaning.vectors[0][0], meaning.vectors[1][25]), (2.0, 2.0));
    let none = stage.client.embed(Vec::new(), Language::En).await.unwrap_err();
    assert_eq!(none.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_its_reason() {
    let stage = stage(EchoEngine::new(), None).await;
    let kind =
        async |order: &Order, input: Bytes| stage.client.work(order, input, MOST).await.unwrap_err().kind;
    let transcription = order(TaskKind::Transcription);
    assert_eq!(kind(&transcription, "no sound".into()).await, ErrorKind::Invalid);
    assert_eq!(kind(&transcription, vec![0; (1 << 20) + 1].into()).await, ErrorKind::TooLarge);
    let voice = TaskOptions { voice: Some("x".into()), ..TaskOptions::default() };
    assert_eq!(kind(&Order { options: voice, ..transcription }, loud()).await, ErrorKind::Invalid);
    let picture = Picture { height: 90_000, rate: 10, kilobits: 100, seed: 1 };
    let refused = stage.client.render(loud(), Recording::Video(picture), MOST).await.unwrap_err();
    assert!(refused.to_string().contains("picture.height"), "{refused}");
    // a chunk before the header
    let chunk = pb::WorkRequest { part: Some(pb::work_request::Part::Chunk("x".into())) };
    let bare =
        pb::reference_client::ReferenceClient::new(stage.wire.clone()).work(stream::iter([chunk])).await;
    assert_eq!(proto::kind_of(&bare.unwrap_err()), ErrorKind::Invalid);
    stage.eventually_no_files().await;
}

#[tokio::test]
async fn a_caller_that_goes_away_gives_its_turn_to_the_next() {
    let gate = Arc::new(Semaphore::new(0));
    let stage = stage(EchoEngine::gated(gate), None).await;
    let client = stage.client.clone();
    let transcription = order(TaskKind::Transcription);
    let first = tokio::spawn(async move { client.work(&transcription, loud(), MOST).await });
    testkit::eventually::eventually("the first to begin", LIMIT, async || (stage.files() == 1).then_some(()))
        .await;
    // speech needs no permit of the gate, only the turn
    let (tts, text) = (order(TaskKind::Tts), Bytes::from("Good morning."));
    let mut second = Box::pin(stage.client.work(&tts, text, MOST));
    assert!((&mut second).now_or_never().is_none());
    first.abort();
    timeout(LIMIT, second).await.expect("it has its turn").unwrap();
    stage.eventually_no_files().await;
}

#[tokio::test]
async fn a_recording_of_a_sound_is_made_where_there_is_an_ffmpeg() {
    let Some(ffmpeg) = contained() else { return };
    let stage = stage(EchoEngine::new(), Some(ffmpeg)).await;
    let picture = Picture { height: 120, rate: 10, kilobits: 100, seed: 7 };
    let video = stage.client.render(loud(), Recording::Video(picture), MOST).await.unwrap();
    assert_eq!(&video[4..8], b"ftyp");
    let again = stage.client.render(loud(), Recording::Video(picture), MOST).await.unwrap();
    assert!(video == again, "the same picture of the same seed");
    let another = Recording::Video(Picture { seed: 8, ..picture });
    let other = stage.client.render(loud(), another, MOST).await.unwrap();
    assert!(video != other);
    let sounds = AudioFormat::ALL.iter().copied().map(Recording::Sound);
    for recording in sounds.chain([Recording::Video(picture)]) {
        let file = stage.client.render(loud(), recording, MOST).await.unwrap();
        let sound = stage.client.decode(file, None, MOST).await.unwrap();
        let seconds = sound.samples.len() as f64 / f64::from(sound.sample_rate);
        assert!((seconds - 1.5).abs() < 0.2, "{recording:?}: {seconds} s");
    }
    for recording in [Recording::Video(picture), Recording::Sound(AudioFormat::Flac)] {
        let bad = stage.client.render("RIFF".into(), recording, MOST).await;
        assert_eq!(bad.unwrap_err().kind, ErrorKind::Invalid, "{recording:?}");
    }
    stage.eventually_no_files().await;
}

#[test]
fn references_are_served_on_the_loopback_alone() {
    let folder = tempfile::tempdir().unwrap();
    let leaves = leaves(Arc::new(EchoEngine::new()), None);
    for address in ["0.0.0.0:7103", "10.0.0.7:7103", "[2001:db8::1]:7103"] {
        let wide = Options { listen: address.parse().unwrap(), ..options(folder.path()) };
        let said = Service::new(wide, &leaves).err().expect("refused").to_string();
        assert!(said.contains("127.0.0.1"), "{said}");
    }
}

#[tokio::test]
async fn without_a_scheduler_references_are_all_that_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let free = process::net::bind("a port", ([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let env = [
        ("INFERENCE__SCHEDULER", String::new()),
        ("INFERENCE__DATA_DIR", folder.path().display().to_string()),
        ("INFERENCE__REFERENCE__LISTEN", address.to_string()),
    ];
    let config = crate::Config::load(None, env.map(|(k, v)| (k.to_owned(), v))).unwrap();
    let admin = process::net::bind("admin", ([127, 0, 0, 1], 0).into()).await.unwrap();
    let stop = Stop::new();
    let running =
        tokio::spawn(crate::run(config, leaves(Arc::new(EchoEngine::new()), None), admin, stop.clone()));
    let client = ReferenceClient::new(process::grpc::wire(&format!("http://{address}")).unwrap());
    let made = testkit::eventually::eventually("it to serve", LIMIT, async || {
        client.work(&order(TaskKind::Tts), "Good morning.".into(), MOST).await.ok()
    });
    assert!(!made.await.bytes.is_empty());
    stop.cancel();
    timeout(LIMIT, running).await.expect("it ends").unwrap().unwrap();
}
