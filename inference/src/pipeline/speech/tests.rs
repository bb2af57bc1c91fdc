//! Whole texts through the pipeline, without a model server.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use domain::{ModelCard, Quality, SourceLanguage, TaskOptions};

use super::*;
use crate::{
    engine::{Window, WindowText, echo::EchoEngine},
    media::{Decoder, Ffmpeg, MediaError, tests::contained},
    pipeline::TranscriptionOptions,
};

/// Speaks 70 ms a letter, and does to some sentences what their words say.
#[derive(Default)]
struct Actor {
    voices: Mutex<Vec<Option<String>>>,
    said: Mutex<Vec<String>>,
    busy: AtomicUsize,
    most_busy: AtomicUsize,
}

#[async_trait]
impl Engine for Actor {
    async fn speech(&self, _: Arc<[i16]>, _: &Call) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn transcribe(&self, _: Window, _: &Call) -> Result<WindowText, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn speak(&self, sentence: Sentence, call: &Call) -> Result<Spoken, EngineError> {
        self.most_busy.fetch_max(self.busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.busy.fetch_sub(1, Ordering::SeqCst);
        self.voices.lock().unwrap().push(sentence.voice.clone());
        self.said.lock().unwrap().push(sentence.text.clone());
        if sentence.text.contains("waits") {
            call.cancel.cancelled().await;
            return Err(EngineError::Cancelled);
        }
        if sentence.text.contains("unknown letters") {
            return Err(EngineError::BadInput);
        }
        let long = sentence.text.contains("stumbles") && sentence.text.contains("over");
        let letters = sentence.text.chars().filter(|c| c.is_alphanumeric()).count();
        let volume = if sentence.text.contains("mumbles") { 10 } else { 8_000 };
        let samples = letters * 1_680 * if long { 20 } else { 1 };
        let pcm = (0..samples).map(|i| if i % 100 < 50 { volume } else { -volume }).collect();
        let voice = sentence.voice.unwrap_or_else(|| "first".to_owned());
        Ok(Spoken { pcm, rate: 24_000, voice, model: "actor".to_owned() })
    }

    fn capabilities(&self) -> Capabilities {
        let card = ModelCard {
            id: "actor".to_owned(),
            version: "1".to_owned(),
            kinds: vec![TaskKind::Tts],
            languages: vec![Language::En, Language::De],
            stopgap: vec![Language::De],
            directions: vec![],
            voices: vec![
                ("first".to_owned(), Language::En),
                ("second".to_owned(), Language::En),
                ("dritte".to_owned(), Language::De),
            ],
            quality: Quality::Production,
            licence: "none".to_owned(),
        };
        Capabilities { offers: vec![], models: vec![card], slots: 2 }
    }
}

/// What came out.
struct Made {
    bytes: Vec<u8>,
    facts: AudioFacts,
    model: String,
    content_type: &'static str,
    progress: Vec<u8>,
}

impl Made {
    fn samples(&self) -> Vec<i16> {
        hound::WavReader::new(&self.bytes[..]).unwrap().samples().map(Result::unwrap).collect()
    }
}

fn job(folder: &Path, text: &[u8], language: Language, options: TaskOptions) -> (Job, Arc<Mutex<Vec<u8>>>) {
    let file = folder.join("in");
    std::fs::write(&file, text).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let progress = {
        let told = told.clone();
        Arc::new(move |percent| told.lock().unwrap().push(percent))
    };
    let job = Job {
        kind: TaskKind::Tts,
        file,
        language: SourceLanguage::Given(language),
        target: None,
        options,
        request_id: "t1".to_owned(),
        cancel: CancellationToken::new(),
        progress,
    };
    (job, told)
}

fn tools(engine: Arc<dyn Engine>, ffmpeg: Option<Ffmpeg>, scratch: &Path) -> Tools {
    let decoder = Decoder::new(None, Duration::from_secs(60));
    Tools {
        engine,
        decoder,
        ffmpeg,
        transcription: TranscriptionOptions::default(),
        scratch: scratch.to_owned(),
    }
}

async fn spoken(
    engine: Arc<dyn Engine>,
    text: &str,
    language: Language,
    options: TaskOptions,
) -> Result<Made, PipelineError> {
    let folder = tempfile::tempdir().unwrap();
    let (job, told) = job(folder.path(), text.as_bytes(), language, options);
    let product = run(&tools(engine, None, folder.path()), job).await?;
    let (Body::File(file), Some(Facts::Audio(facts))) = (product.body, product.facts) else {
        panic!("speech is a file with facts");
    };
    let bytes = std::fs::read(file.path()).unwrap();
    let progress = told.lock().unwrap().clone();
    Ok(Made { bytes, facts, model: product.model, content_type: product.content_type, progress })
}

fn plain() -> TaskOptions {
    TaskOptions::default()
}

#[tokio::test]
async fn a_text_becomes_one_file_with_pauses_between_its_sentences() {
    let made = spoken(
        Arc::new(Actor::default()),
        "\u{feff}One two three. Four five six!\n\nSeven eight.",
        Language::En,
        plain(),
    )
    .await
    .unwrap();
    // 11, 11 and 10 letters of 70 ms, pauses of 200 and 250 ms
    assert_eq!(made.facts.duration_ms, 32 * 70 + 450);
    assert_eq!(
        (made.facts.sample_rate, made.facts.channels, made.facts.format),
        (24_000, 1, AudioFormat::Wav)
    );
    assert_eq!((made.facts.language, made.facts.voice.as_deref()), (Some(Language::En), Some("first")));
    assert_eq!((made.model.as_str(), made.content_type, made.facts.stopgap), ("actor", "audio/wav", false));
    let samples = made.samples();
    assert_eq!(samples.len() as u64, made.facts.duration_ms * 24);
    let pause = 11 * 1_680..11 * 1_680 + 4_800;
    assert!(samples[pause].iter().all(|s| *s == 0));
    assert_eq!((samples[0], samples[samples.len() - 1]), (0, 0));
    assert!(made.progress.is_sorted() && made.progress.last() == Some(&100), "{:?}", made.progress);
}

#[tokio::test]
async fn every_sentence_has_the_voice_of_the_first() {
    let actor = Arc::new(Actor::default());
    spoken(actor.clone(), "One. Two. Three. Four. Five.", Language::En, plain()).await.unwrap();
    let mut voices = actor.voices.lock().unwrap().clone();
    assert_eq!(voices.remove(0), None);
    assert!(voices.len() == 4 && voices.iter().all(|v| v.as_deref() == Some("first")));
    assert_eq!(actor.most_busy.load(Ordering::SeqCst), IN_FLIGHT);
}

#[tokio::test]
async fn a_stopgap_is_called_one() {
    let made = spoken(Arc::new(Actor::default()), "Guten Tag.", Language::De, plain()).await.unwrap();
    assert!(made.facts.stopgap);
}

#[tokio::test]
async fn a_voice_of_another_language_is_refused_with_those_there_are() {
    let options = |voice: &str| TaskOptions { voice: Some(voice.to_owned()), ..TaskOptions::default() };
    let second = spoken(Arc::new(Actor::default()), "Hello.", Language::En, options("second")).await.unwrap();
    assert_eq!(second.facts.voice.as_deref(), Some("second"));
    let refused =
        spoken(Arc::new(Actor::default()), "Hello.", Language::En, options("dritte")).await.err().unwrap();
    assert_eq!(
        refused,
        PipelineError::Unsupported(
            "there is no voice dritte for English; there are: first, second".to_owned()
        )
    );
    let nobody = spoken(Arc::new(Actor::default()), "Ciao.", Language::It, plain()).await.err();
    assert_eq!(nobody, Some(PipelineError::Engine(EngineError::Unavailable)));
}

#[tokio::test]
async fn a_text_without_anything_to_say_is_no_work() {
    for text in ["", " \n\n", "… !!! ---", "🙂"] {
        let nothing = spoken(Arc::new(Actor::default()), text, Language::En, plain()).await.err().unwrap();
        assert_eq!(
            nothing,
            PipelineError::Nothing("the text holds nothing that can be spoken".to_owned()),
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_text_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let tools = tools(Arc::new(Actor::default()), None, folder.path());
    let (bytes, _) = job(folder.path(), b"\xff\xfe\x00a", Language::En, plain());
    assert!(matches!(run(&tools, bytes).await.err(), Some(PipelineError::Broken(_))));
    let (mut auto, _) = job(folder.path(), b"Hello.", Language::En, plain());
    auto.language = SourceLanguage::Auto;
    assert!(matches!(run(&tools, auto).await.err(), Some(PipelineError::Unsupported(_))));
    let (long, _) = job(folder.path(), &vec![b'a'; LONGEST as usize + 1], Language::En, plain());
    assert!(matches!(run(&tools, long).await.err(), Some(PipelineError::TooLong(_))));
}

#[tokio::test]
async fn a_sentence_that_is_not_spoken_well_is_tried_in_halves() {
    let actor = Arc::new(Actor::default());
    let text = "This one stumbles badly, and that is over soon enough.";
    let made = spoken(actor.clone(), text, Language::En, plain()).await.unwrap();
    assert_eq!(
        actor.said.lock().unwrap()[1..],
        ["This one stumbles badly,", "and that is over soon", "enough."]
    );
    assert_eq!(made.facts.duration_ms, 43 * 70);
    let silent = spoken(Arc::new(Actor::default()), "She mumbles.", Language::En, plain()).await.err();
    assert_eq!(silent, Some(PipelineError::Engine(EngineError::Failed)));
}

#[tokio::test]
async fn a_little_that_cannot_be_read_is_left_out_and_much_is_refused() {
    let long = "All of this is read out without any trouble at all. ".repeat(10);
    let made = spoken(Arc::new(Actor::default()), &format!("{long}\nunknown letters"), Language::En, plain())
        .await
        .unwrap();
    assert_eq!(made.facts.duration_ms, 10 * 40 * 70 + 9 * 200);
    let refused =
        spoken(Arc::new(Actor::default()), "Hello you.\nunknown letters", Language::En, plain()).await.err();
    assert_eq!(
        refused,
        Some(PipelineError::Unsupported("more than 5 % of the text can't be read out in English".to_owned()))
    );
}

#[tokio::test]
async fn a_long_text_passes_at_the_pace_of_the_engine() {
    let text = "Five short words stand here. ".repeat(400);
    let made = spoken(Arc::new(EchoEngine::new()), &text, Language::En, plain()).await.unwrap();
    assert_eq!(made.facts.duration_ms, 400 * 28 * 60 + 399 * 200);
    assert!(made.progress.len() > 90);
}

#[tokio::test]
async fn speed_reaches_the_engine_and_the_file() {
    let options = TaskOptions { speed_percent: Some(200), ..TaskOptions::default() };
    let made = spoken(Arc::new(EchoEngine::new()), "Hello out there.", Language::En, options).await.unwrap();
    assert_eq!(made.facts.duration_ms, 16 * 30);
}

#[tokio::test]
async fn a_cancelled_text_ends_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (job, _) = job(folder.path(), b"One. This waits. Two.", Language::En, plain());
    let actor = Arc::new(Actor::default());
    let tools = tools(actor.clone(), None, folder.path());
    let cancel = job.cancel.clone();
    let stop = async {
        while actor.said.lock().unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (product, ()) = tokio::join!(run(&tools, job), stop);
    assert_eq!(product.err(), Some(PipelineError::Cancelled));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["in"]);
}

#[tokio::test]
async fn a_machine_without_an_encoder_says_so() {
    let options = TaskOptions { audio_format: Some(AudioFormat::Mp3), ..TaskOptions::default() };
    let refused = spoken(Arc::new(Actor::default()), "Hello.", Language::En, options).await.err();
    assert_eq!(refused, Some(PipelineError::Encode("this machine has no encoder for mp3".to_owned())));
}

#[tokio::test]
async fn every_format_is_written_and_read_back_at_its_length() {
    let Some(ffmpeg) = contained() else { return };
    let folder = tempfile::tempdir().unwrap();
    for format in AudioFormat::ALL.iter().copied() {
        let options = TaskOptions { audio_format: Some(format), ..TaskOptions::default() };
        let (job, _) = job(folder.path(), b"One two three. Four five six.", Language::En, options);
        let product =
            run(&tools(Arc::new(Actor::default()), Some(ffmpeg.clone()), folder.path()), job).await.unwrap();
        let (Body::File(file), Some(Facts::Audio(facts))) = (product.body, product.facts) else {
            panic!("speech is a file with facts");
        };
        assert_eq!(
            (facts.format, facts.duration_ms, product.content_type),
            (format, 22 * 70 + 200, format.content_type())
        );
        let (ms, expected) = heard(file.path(), &ffmpeg).await.unwrap();
        // mp3 fills its last frames up, and pads the first
        assert!(ms.abs_diff(facts.duration_ms) <= 120, "{format}: {ms}");
        if format == AudioFormat::Flac {
            assert_eq!(expected, Some(facts.duration_ms), "players are told the length");
        }
    }
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "only the input is left");
}

/// Length of a file in ms as the decoder finds it, and as its head tells it.
async fn heard(file: &Path, ffmpeg: &Ffmpeg) -> Result<(u64, Option<u64>), MediaError> {
    let decoder = Decoder::new(Some(ffmpeg.clone()), Duration::from_secs(60));
    let mut pcm = decoder.start(file, &CancellationToken::new());
    let mut samples = 0;
    while let Some(block) = pcm.next().await? {
        samples += block.len() as u64;
    }
    Ok((samples / 16, pcm.info().and_then(|info| info.expected_ms)))
}
