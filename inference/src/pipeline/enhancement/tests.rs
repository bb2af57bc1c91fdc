//! Whole files through the pipeline, without a model server.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use domain::{SourceLanguage, TaskOptions};

use super::*;
use crate::{
    engine::{Call, Capabilities, Engine, EngineError, Window, WindowText, canary, echo::EchoEngine},
    media::{Decoder, si_sdr},
    pipeline::TranscriptionOptions,
};

/// No model for anything.
struct Nobody;

#[async_trait::async_trait]
impl Engine for Nobody {
    async fn speech(&self, _: Arc<[i16]>, _: &Call) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::Unavailable)
    }

    async fn transcribe(&self, _: Window, _: &Call) -> Result<WindowText, EngineError> {
        Err(EngineError::Unavailable)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

fn wave(folder: &Path, rate: u32, channels: u16, samples: &[i16]) -> std::path::PathBuf {
    let path = folder.join("in.wav");
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    samples.iter().for_each(|s| writer.write_sample(*s).unwrap());
    writer.finalize().unwrap();
    path
}

/// What came out: its samples, its facts, the model, and the progress that was told.
struct Made {
    samples: Vec<i16>,
    facts: AudioFacts,
    model: String,
    progress: Vec<u8>,
}

async fn enhance_with(
    engine: Arc<dyn Engine>,
    (rate, channels): (u32, u16),
    samples: &[i16],
) -> Result<Made, PipelineError> {
    let folder = tempfile::tempdir().unwrap();
    let progress = Arc::new(Mutex::new(Vec::new()));
    let told = progress.clone();
    let tools = Tools {
        engine,
        decoder: Decoder::new(None, Duration::from_secs(4 * 3600)),
        ffmpeg: None,
        transcription: TranscriptionOptions::default(),
        scratch: folder.path().to_owned(),
    };
    let job = Job {
        kind: TaskKind::AudioEnhancement,
        file: wave(folder.path(), rate, channels, samples),
        language: SourceLanguage::Auto,
        target: None,
        options: TaskOptions::default(),
        request_id: "t1".into(),
        cancel: CancellationToken::new(),
        progress: Arc::new(move |p| told.lock().unwrap().push(p)),
    };
    let product = run(&tools, job).await?;
    assert_eq!(product.content_type, "audio/wav");
    let (Body::File(file), Some(Facts::Audio(facts))) = (product.body, product.facts) else {
        panic!("no sound");
    };
    let mut reader = hound::WavReader::open(file.path()).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.spec().channels), (48_000, facts.channels));
    let samples = reader.samples().map(Result::unwrap).collect();
    let progress = progress.lock().unwrap().clone();
    Ok(Made { samples, facts, model: product.model, progress })
}

fn tone(frames: usize, channels: usize) -> Vec<i16> {
    (0..frames)
        .flat_map(|i| {
            (0..channels).map(move |c| ((i as f32 * 0.02 * (c + 1) as f32).sin() * 20_000.0) as i16)
        })
        .collect()
}

#[tokio::test]
async fn the_result_is_as_long_as_the_recording_whatever_its_form() {
    for (rate, channels, frames) in [
        (48_000, 1, 1),
        (48_000, 2, 48_001),
        (44_100, 1, 44_100),
        (16_000, 2, 16_000),
        (8_000, 6, 4_000),
        (48_000, 2, 48_000 * 31),
    ] {
        for engine in [Arc::new(EchoEngine::new()) as Arc<dyn Engine>, Arc::new(Nobody)] {
            let made = enhance_with(engine, (rate, channels), &tone(frames, channels.into())).await.unwrap();
            let out = u16::min(channels, 2);
            assert_eq!(made.facts.channels, out);
            assert_eq!(
                made.samples.len() / usize::from(out),
                (frames * 48_000).div_ceil(rate as usize),
                "{rate} {channels}"
            );
            assert_eq!(
                made.facts.duration_ms,
                (frames as u64 * 1000 + u64::from(rate) / 2) / u64::from(rate)
            );
            assert_eq!(made.progress.last(), Some(&100));
        }
    }
}

#[tokio::test]
async fn the_model_hears_each_channel_and_its_answer_is_what_is_written() {
    // the echo engine halves; forty seconds are three pieces
    let sound = tone(40 * 48_000, 2);
    let made = enhance_with(Arc::new(EchoEngine::new()), (48_000, 2), &sound).await.unwrap();
    assert_ne!(made.model, LIGHT);
    let worst = made.samples.iter().zip(&sound).map(|(a, b)| (i32::from(*a) * 2 - i32::from(*b)).abs()).max();
    assert!(worst <= Some(2), "{worst:?}");
    assert!(made.progress.is_sorted() && made.progress.len() > 3, "{:?}", made.progress);
}

#[tokio::test]
async fn without_a_model_the_small_one_takes_noise_out_and_says_so() {
    let clip: Vec<f32> = canary::clip().iter().map(|s| f32::from(*s) / 32_768.0).collect();
    let between = |i: usize| clip[i / 3] + (clip[i / 3 + 1] - clip[i / 3]) * (i % 3) as f32 / 3.0;
    let speech: Vec<f32> = (0..(clip.len() - 1) * 3).map(between).collect();
    let mut state = 1u32;
    let noisy: Vec<i16> = speech
        .iter()
        .map(|s| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((s + ((state >> 8) as f32 / (1u32 << 23) as f32 - 1.0) * 0.03) * 32_768.0) as i16
        })
        .collect();
    let made = enhance_with(Arc::new(Nobody), (48_000, 1), &noisy).await.unwrap();
    assert_eq!(made.model, LIGHT);
    let distance = |samples: &[i16]| {
        let samples: Vec<f32> = samples.iter().map(|s| f32::from(*s)).collect();
        si_sdr(&samples, &speech)
    };
    let (before, after) = (distance(&noisy), distance(&made.samples));
    assert!(after > before + 1.0, "{before:.1} dB in, {after:.1} dB out");
}

#[tokio::test]
async fn silence_stays_silence() {
    let made = enhance_with(Arc::new(Nobody), (16_000, 1), &[0; 16_000]).await.unwrap();
    assert!(made.samples.iter().all(|s| *s == 0));
}

#[tokio::test]
async fn a_file_without_sound_is_refused() {
    let refused = enhance_with(Arc::new(Nobody), (16_000, 1), &[]).await.err();
    assert_eq!(refused, Some(PipelineError::Media(MediaError::NoSamples)));
}
