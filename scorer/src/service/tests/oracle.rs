//! An inference that answers by rule: what it speaks is a tone that it hears again.

use std::{
    collections::HashMap,
    io::Cursor,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    AudioFacts, AudioFormat, DocumentFormat, ErrorKind, Facts, Language, Score, Segment, Sha256, Summary,
    SummaryMode, TaskKind, Transcript, Translation, canonical,
};
use proto::{
    RpcError,
    client::{Made, Order, Recording, Sound, Vectors},
};

use crate::service::oracle::Oracle;

const RATE: u32 = 16_000;

#[derive(Default)]
pub(crate) struct FakeOracle {
    /// What is heard in a file.
    hears: Mutex<HashMap<Sha256, String>>,
    /// Pieces of work that were done.
    pub(crate) works: AtomicUsize,
    /// It is away.
    pub(crate) away: AtomicBool,
    /// It is there, and can't do any work.
    pub(crate) broken: AtomicBool,
}

impl FakeOracle {
    /// From now on this is heard in that file.
    pub(crate) fn hear(&self, file: &[u8], text: &str) {
        self.hears.lock().unwrap().insert(canonical::digest(file), text.to_owned());
    }

    fn heard(&self, file: &[u8]) -> String {
        self.hears.lock().unwrap().get(&canonical::digest(file)).cloned().unwrap_or_default()
    }
}

/// A wave file with a swelling tone of so many samples.
pub(crate) fn tone(samples: u32) -> Bytes {
    let (sample_format, sample_rate) = (hound::SampleFormat::Int, RATE);
    let spec = hound::WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for i in 0..samples {
        let t = f64::from(i);
        let swell = 0.55 + 0.45 * (t * 0.002).sin();
        let sample = ((t * 0.11).sin() + 0.6 * (t * 0.41).sin()) * swell * 9_000.0;
        writer.write_sample(sample as i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner().into()
}

/// A transcript of one segment.
pub(crate) fn transcript(text: &str) -> Bytes {
    let segment = Segment {
        start_ms: 0,
        end_ms: 1_000,
        text: text.to_owned(),
        words: vec![],
        avg_logprob: 0.0,
        no_speech_prob: 0.0,
    };
    let transcript = Transcript {
        language: Some(Language::En),
        language_confidence: None,
        duration_ms: 1_000,
        no_speech: false,
        segments: vec![segment],
    };
    serde_json::to_vec(&transcript).unwrap().into()
}

/// What is known of a sound.
pub(crate) fn facts(duration_ms: u64) -> Facts {
    Facts::Audio(AudioFacts {
        format: AudioFormat::Wav,
        sample_rate: RATE,
        channels: 1,
        duration_ms,
        language: None,
        voice: None,
        stopgap: false,
    })
}

#[async_trait]
impl Oracle for FakeOracle {
    async fn there(&self) -> Result<(), RpcError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(RpcError::new(ErrorKind::Unavailable, "the inference is away"));
        }
        Ok(())
    }

    async fn work(&self, order: &Order, input: Bytes) -> Result<Made, RpcError> {
        self.there().await?;
        if self.broken.load(Ordering::SeqCst) {
            return Err(RpcError::new(ErrorKind::Unavailable, "the model is out of service"));
        }
        self.works.fetch_add(1, Ordering::SeqCst);
        let text =
            || String::from_utf8(input.to_vec()).map_err(|_| RpcError::new(ErrorKind::Invalid, "no text"));
        let json = |value: serde_json::Value| Bytes::from(value.to_string());
        let mut known = None;
        let bytes = match order.kind {
            TaskKind::Transcription | TaskKind::VideoTranscription => transcript(&self.heard(&input)),
            TaskKind::Tts => {
                let text = text()?;
                let samples = u32::try_from(text.chars().count()).unwrap() * 1_000;
                known = Some(facts(u64::from(samples) / 16));
                let wave = tone(samples);
                self.hear(&wave, &text);
                wave
            }
            TaskKind::TextTranslation => json(
                serde_json::to_value(Translation {
                    translation: format!("[{}] {}", order.target.unwrap(), text()?),
                    source_language: Language::En,
                    target_language: order.target.unwrap(),
                    doubtful: vec![],
                })
                .unwrap(),
            ),
            TaskKind::Summarization => json(
                serde_json::to_value(Summary {
                    summary: text()?.split_whitespace().take(5).collect::<Vec<_>>().join(" "),
                    mode: SummaryMode::Extractive,
                    language: Language::En,
                    words: 5,
                    source_words: 9,
                })
                .unwrap(),
            ),
            TaskKind::DocumentTranslation => text()?.to_uppercase().into(),
            TaskKind::AudioEnhancement | TaskKind::AudioAnalysis => {
                return Err(RpcError::new(ErrorKind::Invalid, "not this one"));
            }
        };
        Ok(Made {
            content_type: String::new(),
            facts: known,
            model: "m".into(),
            model_version: "1".into(),
            bytes,
        })
    }

    async fn decode(&self, file: Bytes, rate: Option<u32>, most: usize) -> Result<Sound, RpcError> {
        let invalid = |_| RpcError::new(ErrorKind::Invalid, "no wave file");
        let mut reader = hound::WavReader::new(Cursor::new(&file)).map_err(invalid)?;
        let found = reader.spec().sample_rate;
        let samples: Vec<f32> = reader
            .samples::<i16>()
            .map(|s| s.map(|s| f32::from(s) / 32_768.0))
            .collect::<Result<_, _>>()
            .map_err(invalid)?;
        let wanted = rate.unwrap_or(found);
        // good enough for tones: the nearest sample
        let count = samples.len() as u64 * u64::from(wanted) / u64::from(found);
        let at = |i: u64| samples[(i * u64::from(found) / u64::from(wanted)) as usize];
        let samples: Vec<f32> = (0..count).map(at).collect();
        if samples.len() > most {
            return Err(RpcError::new(ErrorKind::TooLarge, "too long"));
        }
        Ok(Sound { sample_rate: wanted, channels: 1, samples })
    }

    async fn read(&self, document: Bytes, _format: Option<DocumentFormat>) -> Result<String, RpcError> {
        String::from_utf8(document.to_vec()).map_err(|_| RpcError::new(ErrorKind::Invalid, "no text"))
    }

    async fn embed(&self, _texts: Vec<String>, _language: Language) -> Result<Option<Vectors>, RpcError> {
        Ok(None)
    }

    async fn render(&self, wave: Bytes, _recording: Recording) -> Result<Bytes, RpcError> {
        Ok(wave)
    }
}

/// Whole percents of a score, for tests that do not count billionths.
pub(crate) fn percent(score: Score) -> u32 {
    score.billionths() / 10_000_000
}
