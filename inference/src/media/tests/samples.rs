//! Small files made on the spot.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// `seconds` of a 440 Hz tone, amplitude 0.5.
pub(super) fn tone(rate: u32, seconds: f64) -> Vec<f64> {
    (0..(f64::from(rate) * seconds) as usize)
        .map(|i| 0.5 * (std::f64::consts::TAU * 440.0 * i as f64 / f64::from(rate)).sin())
        .collect()
}

/// A wave file: chunks `fmt ` and `data` with the given sizes in their headers.
pub(super) fn wave(
    format: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    data: &[u8],
    riff: u32,
    size: u32,
) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut out = b"RIFF".to_vec();
    out.extend(riff.to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0");
    out.extend(format.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate * u32::from(block)).to_le_bytes());
    out.extend(block.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out.extend(b"data");
    out.extend(size.to_le_bytes());
    out.extend(data);
    out
}

/// 16-bit mono wave of the tone with true sizes.
pub(super) fn plain_wave(rate: u32, seconds: f64) -> Vec<u8> {
    let data = pcm16(rate, seconds);
    let size = data.len() as u32;
    wave(1, 1, rate, 16, &data, 36 + size, size)
}

pub(super) fn pcm16(rate: u32, seconds: f64) -> Vec<u8> {
    tone(rate, seconds).iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect()
}

/// G.711 mu-law of one sample.
pub(super) fn mu_law(sample: f64) -> u8 {
    let s = (sample * 32_767.0) as i32;
    let magnitude = s.abs().min(32_635) + 132;
    let exponent = (31 - magnitude.leading_zeros() as i32 - 7).clamp(0, 7);
    let mantissa = magnitude >> (exponent + 3) & 15;
    !((if s < 0 { 0x80 } else { 0 }) | exponent << 4 | mantissa) as u8
}

/// G.711 A-law of one sample.
pub(super) fn a_law(sample: f64) -> u8 {
    let s = (sample * 4_095.0) as i32;
    let magnitude = s.abs().min(4_095);
    let exponent = (31 - (magnitude | 1).leading_zeros() as i32 - 4).clamp(0, 7);
    let mantissa = if exponent == 0 { magnitude >> 1 } else { magnitude >> exponent } & 15;
    ((if s >= 0 { 0x80 } else { 0 } | exponent << 4 | mantissa) ^ 0x55) as u8
}

/// Writes `bytes` as `name` in `folder`.
pub(super) fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// The ffmpeg to make samples with: the one named by `VIOLET_FFMPEG`, or the system's. Says so when there is none.
pub(super) fn encoder() -> Option<PathBuf> {
    let named = std::env::var_os("VIOLET_FFMPEG").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        named.or_else(|| std::env::split_paths(&path).map(|d| d.join("ffmpeg")).find(|p| p.is_file()));
    if found.is_none() {
        eprintln!("skipped: no ffmpeg to make samples with (set VIOLET_FFMPEG to one)");
    }
    found
}

/// Encodes a wave of the tone of `seconds` into `name`; `None` when this ffmpeg lacks the encoder.
pub(super) fn encode(
    ffmpeg: &Path,
    folder: &Path,
    seconds: f64,
    name: &str,
    args: &[&str],
) -> Option<PathBuf> {
    let input = put(folder, "input.wav", &plain_wave(44_100, seconds));
    let output = folder.join(name);
    let status = Command::new(ffmpeg)
        .args(["-nostdin", "-v", "error", "-y", "-i"])
        .arg(input)
        .args(args)
        .arg(&output)
        .status()
        .unwrap();
    if !status.success() {
        eprintln!("skipped: this ffmpeg can't make {name}");
    }
    status.success().then_some(output)
}
