//! Sound for tests: the shipped recording, and what is made of it.

use std::{io::Cursor, path::PathBuf, process::Stdio};

use hound::{SampleFormat, WavSpec, WavWriter};

/// The shipped recording, FLAC, 16 kHz mono, 25 s.
pub const AUSTEN: &[u8] = include_bytes!("../media/austen.flac");
/// What is said in it.
pub const AUSTEN_TEXT: &str = include_str!("../media/austen.txt");

/// A WAV file of 16-bit mono samples.
#[must_use]
pub fn wav(rate: u32, samples: &[i16]) -> Vec<u8> {
    let spec =
        WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).expect("a WAV header");
    samples.iter().for_each(|s| writer.write_sample(*s).expect("a sample"));
    writer.finalize().expect("a WAV file");
    bytes.into_inner()
}

/// Digital silence.
#[must_use]
pub fn silence(seconds: usize) -> Vec<u8> {
    wav(16_000, &vec![0; 16_000 * seconds])
}

/// The packaged or the system's ffmpeg, as `cargo verify` names it in `VIOLET_FFMPEG`.
#[must_use]
pub fn ffmpeg() -> PathBuf {
    std::env::var_os("VIOLET_FFMPEG").map_or_else(|| PathBuf::from("ffmpeg"), PathBuf::from)
}

/// The recording in another form: ffmpeg reads `input` and writes what `args` ask for.
///
/// # Panics
/// When there is no ffmpeg, or it fails.
pub async fn convert(input: &[u8], args: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("in"), folder.path().join("out"));
    std::fs::write(&from, input).expect("write the input");
    let program = ffmpeg();
    let ran = tokio::process::Command::new(&program)
        .args(["-nostdin", "-v", "error", "-y", "-i"])
        .arg(&from)
        .args(args)
        .arg(&to)
        .stdin(Stdio::null())
        .output()
        .await;
    let ran = ran.unwrap_or_else(|e| panic!("{}: {e}; `cargo verify` sets VIOLET_FFMPEG", program.display()));
    assert!(ran.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&ran.stderr));
    std::fs::read(&to).expect("the converted file")
}

/// The samples of a WAV file of 16 bits, in -1..=1.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn samples_of(wav: &[u8]) -> Vec<f32> {
    let reader = hound::WavReader::new(Cursor::new(wav)).expect("a WAV file");
    reader.into_samples::<i16>().map(|s| f32::from(s.expect("a sample")) / 32_768.0).collect()
}

/// The shipped recording as 16 kHz samples.
pub async fn austen_samples() -> Vec<i16> {
    austen_at(16_000).await
}

/// The shipped recording as samples of this rate.
pub async fn austen_at(rate: u32) -> Vec<i16> {
    let raw = convert(AUSTEN, &["-f", "s16le", "-ac", "1", "-ar", &rate.to_string()]).await;
    raw.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
}
