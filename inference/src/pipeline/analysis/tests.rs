//! Whole files through the pipeline, with an engine that takes what is loud for speech.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use domain::{Stretch, TaskOptions};

use super::*;
use crate::{
    engine::echo::EchoEngine,
    media::Decoder,
    pipeline::{Body, TranscriptionOptions},
};

fn wave(folder: &Path, rate: u32, channels: u16, samples: &[i16]) -> PathBuf {
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

async fn analyse_wave(
    rate: u32,
    channels: u16,
    samples: &[i16],
) -> Result<(Analysis, Vec<u8>), PipelineError> {
    let folder = tempfile::tempdir().unwrap();
    let progress = Arc::new(Mutex::new(Vec::new()));
    let told = progress.clone();
    let tools = Tools {
        engine: Arc::new(EchoEngine::new()),
        decoder: Decoder::new(None, Duration::from_secs(4 * 3600)),
        ffmpeg: None,
        transcription: TranscriptionOptions::default(),
        scratch: folder.path().to_owned(),
    };
    let job = Job {
        kind: TaskKind::AudioAnalysis,
        file: wave(folder.path(), rate, channels, samples),
        language: SourceLanguage::Auto,
        target: None,
        options: TaskOptions::default(),
        request_id: "t1".into(),
        cancel: CancellationToken::new(),
        progress: Arc::new(move |p| told.lock().unwrap().push(p)),
    };
    let product = run(&tools, job).await?;
    let Body::Bytes(body) = product.body else { panic!("a file") };
    let progress = progress.lock().unwrap().clone();
    Ok((serde_json::from_slice(&body).unwrap(), progress))
}

/// `(seconds, amplitude)` of a tone, at 16 kHz.
fn tones(parts: &[(f64, f64)]) -> Vec<i16> {
    let tone = |(seconds, size): &(f64, f64)| {
        let (n, size) = ((seconds * 16_000.0) as usize, *size);
        (0..n).map(move |i| (size * (i as f64 * 0.4).sin() * 32_767.0) as i16)
    };
    parts.iter().flat_map(tone).collect()
}

#[tokio::test]
async fn every_field_is_a_measurement() {
    // two stretches of a tone 40 dB above the tone between them
    let sound = tones(&[(2.048, 0.005), (3.072, 0.5), (2.048, 0.005), (1.024, 0.5), (2.048, 0.005)]);
    let (found, progress) = analyse_wave(16_000, 1, &sound).await.unwrap();
    assert_eq!((found.duration_ms, found.sample_rate, found.channels), (10_240, 16_000, 1));
    assert_eq!((found.container.as_str(), found.codec.as_deref()), ("WAV", Some("pcm_s16le")));
    let stretch = |start_ms, end_ms| Stretch { start_ms, end_ms };
    assert_eq!(found.speech, [stretch(2_048, 5_120), stretch(7_168, 8_192)]);
    assert!((found.speech_ratio - 0.4).abs() < 1e-9);
    assert!((found.snr_db.unwrap() - 40.0).abs() < 0.1, "{:?}", found.snr_db);
    assert!((found.sample_peak_dbfs.unwrap() + 6.02).abs() < 0.01);
    assert!(found.loudness_lufs.is_some_and(|l| (-12.0..-8.0).contains(&l)), "{:?}", found.loudness_lufs);
    assert!(found.language.is_some() && found.language_confidence.is_some_and(|c| (0.5..1.0).contains(&c)));
    assert_eq!(found.clipping, Clipping::default());
    assert!(progress.is_sorted() && progress.last() == Some(&100), "{progress:?}");
}

#[tokio::test]
async fn silence_and_tiny_files_give_nulls_and_no_invented_numbers() {
    for samples in [&[0i16; 48_000][..], &[0; 1], &[5; 3]] {
        let (found, _) = analyse_wave(16_000, 1, samples).await.unwrap();
        assert_eq!((found.loudness_lufs, found.loudness_range_lu, found.snr_db), (None, None, None));
        assert_eq!((found.language, found.language_confidence), (None, None));
        assert!(found.speech.is_empty() && found.speech_ratio == 0.0);
        let json = serde_json::to_string(&found).unwrap();
        assert!(!json.contains("NaN") && !json.contains("-0.0"), "{json}");
    }
    assert_eq!(analyse_wave(16_000, 1, &[]).await.err(), Some(PipelineError::Media(MediaError::NoSamples)));
}

#[tokio::test]
async fn rate_and_channels_are_those_of_the_file() {
    let (found, _) = analyse_wave(44_100, 3, &vec![1_000; 44_100 * 3]).await.unwrap();
    assert_eq!((found.sample_rate, found.channels, found.duration_ms), (44_100, 3, 1_000));
    assert!((found.dc_offset - 1_000.0 / 32_768.0).abs() < 1e-5, "{}", found.dc_offset);
}

#[tokio::test]
async fn stretches_are_found_across_the_joints_of_calls() {
    // ten minutes, ten seconds loud and ten soft, in calls of 58 s
    let sound: Vec<i16> = (0..8_000 * 600)
        .map(|i| if i / 80_000 % 2 == 0 { 8_000 } else { 10 } * if i / 8 % 2 == 0 { 1 } else { -1 })
        .collect();
    let (found, progress) = analyse_wave(8_000, 1, &sound).await.unwrap();
    assert_eq!(found.duration_ms, 600_000);
    assert_eq!(found.speech.len(), 30);
    assert!(progress.len() > 8, "{progress:?}");
}
