mod child;
mod foreign;
mod hostile;
mod samples;
mod sound;
mod video;
mod wave;

use std::{path::Path, time::Duration};

use tokio_util::sync::CancellationToken;

use super::*;

/// Four hours, as the product's default.
const LIMIT: Duration = Duration::from_secs(4 * 3600);

/// The ffmpeg of the tests behind its walls: the one named by `VIOLET_FFMPEG`, as `cargo verify` does, or the system's.
pub(crate) fn contained() -> Option<Ffmpeg> {
    samples::encoder().and_then(|program| Ffmpeg::find(Some(&program), None, ChildLimits::default()))
}

/// All samples of a file, decoded without ffmpeg.
async fn decode(file: &Path) -> Result<Vec<i16>, MediaError> {
    decode_with(&Decoder::new(None, LIMIT), file).await
}

async fn decode_with(decoder: &Decoder, file: &Path) -> Result<Vec<i16>, MediaError> {
    let mut pcm = decoder.start(file, &CancellationToken::new());
    let mut all = Vec::new();
    while let Some(samples) = pcm.next().await? {
        assert!(!samples.is_empty());
        all.extend(samples);
    }
    assert!(pcm.info().is_some());
    Ok(all)
}

/// Root mean square of a 440 Hz tone with amplitude 0.5, and nothing else.
fn is_the_tone(pcm: &[i16]) -> bool {
    let middle = &pcm[pcm.len() / 4..pcm.len() * 3 / 4];
    let (mut cos, mut sin, mut all) = (0.0f64, 0.0f64, 0.0f64);
    for (i, s) in middle.iter().enumerate() {
        let (x, at) = (f64::from(*s) / 32_768.0, std::f64::consts::TAU * 440.0 * i as f64 / 16_000.0);
        (cos, sin, all) = (cos + x * at.cos(), sin + x * at.sin(), all + x * x);
    }
    let n = middle.len() as f64;
    let (tone, level) = (2.0 * (cos * cos + sin * sin) / (n * n), all / n);
    (level.sqrt() - 0.3535).abs() < 0.03 && tone > 0.97 * level
}
