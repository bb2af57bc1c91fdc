pub(super) mod fake;
mod flow;
mod languages;

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{Language, SourceLanguage, TaskKind, TaskOptions, Transcript};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{engine::EngineError, media::Decoder};
use fake::Fake;

/// Sound of 16 kHz whose loudness is its content: `(milliseconds, amplitude)`, 0 for silence.
fn sound(parts: &[(u64, i16)]) -> Vec<i16> {
    let mut out = Vec::new();
    for (ms, amplitude) in parts {
        out.extend((0..ms * 16).map(|i| if i / 16 % 2 == 0 { *amplitude } else { -*amplitude }));
    }
    out
}

fn wave(folder: &Path, pcm: &[i16]) -> std::path::PathBuf {
    let path = folder.join("a.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    pcm.iter().for_each(|s| writer.write_sample(*s).unwrap());
    writer.finalize().unwrap();
    path
}

/// A transcription of `pcm`, and what it takes to look at it from outside.
struct Trial {
    engine: Arc<Fake>,
    language: SourceLanguage,
    in_flight: usize,
    cancel: CancellationToken,
    progress: Arc<Mutex<Vec<u8>>>,
}

impl Trial {
    fn new(engine: Fake) -> Self {
        Self {
            engine: Arc::new(engine),
            language: SourceLanguage::Given(Language::En),
            in_flight: 1,
            cancel: CancellationToken::new(),
            progress: Arc::default(),
        }
    }

    async fn run(&self, pcm: &[i16]) -> Result<Transcript, PipelineError> {
        let folder = tempfile::tempdir().unwrap();
        let decoder = Decoder::new(None, Duration::from_secs(4 * 3600));
        let options =
            TranscriptionOptions { windows_in_flight: self.in_flight, ..TranscriptionOptions::default() };
        let progress = self.progress.clone();
        let job = Job {
            kind: TaskKind::Transcription,
            file: wave(folder.path(), pcm),
            language: self.language,
            target: None,
            options: TaskOptions::default(),
            request_id: "t1".into(),
            cancel: self.cancel.clone(),
            progress: Arc::new(move |p| progress.lock().unwrap().push(p)),
        };
        Transcriber::new(self.engine.clone(), decoder, options).transcribe(job).await
    }
}
