//! Uncompressed and G.711 sound of wave files, read straight from the file: headers in the wild are laxer than
//! parsers like.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom, Take},
};

use super::{MediaError, resample::RATES, shape::Shaper, source::Source, wav::Layout};

/// Samples of all channels that are read at once.
const FRAMES: usize = 4_096;

/// How one sample is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    U8,
    S16,
    S24,
    S32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

/// A wave file of samples.
pub(super) struct WavePcm {
    sound: Take<BufReader<File>>,
    coding: Coding,
    channels: usize,
    block: usize,
    rate: u32,
    bytes: Vec<u8>,
    interleaved: Vec<f32>,
    millis: u64,
}

impl WavePcm {
    /// `None` for codings that are not plain samples.
    pub(super) fn open(mut file: File, layout: &Layout) -> Result<Option<Self>, MediaError> {
        let format = layout.format;
        let (channels, block) = (usize::from(format.channels), usize::from(format.block));
        let coding = match (format.tag, block.checked_div(channels)) {
            _ if channels == 0 || block % channels != 0 => return Ok(None),
            (1, Some(1)) => Coding::U8,
            (1, Some(2)) => Coding::S16,
            (1, Some(3)) => Coding::S24,
            (1, Some(4)) => Coding::S32,
            (3, Some(4)) => Coding::F32,
            (3, Some(8)) => Coding::F64,
            (6, Some(1)) => Coding::ALaw,
            (7, Some(1)) => Coding::MuLaw,
            _ => return Ok(None),
        };
        if !RATES.contains(&format.rate) {
            return Ok(None);
        }
        let (start, len) = layout.sound();
        file.seek(SeekFrom::Start(start)).map_err(|_| MediaError::Internal)?;
        Ok(Some(Self {
            sound: BufReader::new(file).take(len),
            coding,
            channels,
            block,
            rate: format.rate,
            bytes: vec![0; FRAMES * block],
            interleaved: Vec::with_capacity(FRAMES * channels),
            millis: len / block as u64 * 1000 / u64::from(format.rate),
        }))
    }
}

impl Source for WavePcm {
    fn next(&mut self, out: &mut Shaper) -> Result<bool, MediaError> {
        let mut filled = 0;
        while filled < self.bytes.len() {
            match self.sound.read(&mut self.bytes[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(MediaError::Internal),
            }
        }
        let (coding, width) = (self.coding, self.block / self.channels);
        let whole = &self.bytes[..filled - filled % self.block];
        self.interleaved.clear();
        self.interleaved.extend(whole.chunks_exact(width).map(|s| coding.sample(s)));
        out.take(self.rate, self.channels, &self.interleaved)?;
        if filled < self.bytes.len() {
            out.finish()?;
            return Ok(false);
        }
        Ok(true)
    }

    fn expected_ms(&self) -> Option<u64> {
        Some(self.millis)
    }

    fn codec(&self) -> Option<String> {
        Some(self.coding.name().to_owned())
    }

    fn name(&self) -> &'static str {
        "pcm"
    }
}

impl Coding {
    const fn name(self) -> &'static str {
        match self {
            Self::U8 => "pcm_u8",
            Self::S16 => "pcm_s16le",
            Self::S24 => "pcm_s24le",
            Self::S32 => "pcm_s32le",
            Self::F32 => "pcm_f32le",
            Self::F64 => "pcm_f64le",
            Self::ALaw => "pcm_alaw",
            Self::MuLaw => "pcm_mulaw",
        }
    }

    /// One sample in -1..=1. `s` has the width of the coding.
    fn sample(self, s: &[u8]) -> f32 {
        match (self, s) {
            (Self::U8, [a]) => (f32::from(*a) - 128.0) / 128.0,
            (Self::S16, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (Self::S24, [a, b, c]) => (i32::from_le_bytes([0, *a, *b, *c]) >> 8) as f32 / 8_388_608.0,
            (Self::S32, [a, b, c, d]) => i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0,
            (Self::F32, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
            (Self::F64, [a, b, c, d, e, f, g, h]) => {
                f64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as f32
            }
            (Self::ALaw, [a]) => f32::from(a_law(*a)) / 32_768.0,
            (Self::MuLaw, [a]) => f32::from(mu_law(*a)) / 32_768.0,
            _ => 0.0,
        }
    }
}

/// ITU-T G.711, mu-law to linear.
const fn mu_law(code: u8) -> i16 {
    let code = !code;
    let magnitude = ((((code & 15) as i16) << 3) + 132) << (code >> 4 & 7);
    if code & 0x80 != 0 { 132 - magnitude } else { magnitude - 132 }
}

/// ITU-T G.711, A-law to linear.
const fn a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let step = ((code & 15) as i16) << 4;
    let magnitude = match code >> 4 & 7 {
        0 => step + 8,
        exponent => (step + 264) << (exponent - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g711_has_the_values_of_the_standard() {
        assert_eq!([0xff, 0x7f, 0x80, 0x00, 0xf0, 0xe0].map(mu_law), [0, 0, 32_124, -32_124, 120, 372]);
        assert_eq!([0xd5, 0x55, 0xaa, 0x2a, 0xd4].map(a_law), [8, -8, 32_256, -32_256, 24]);
    }
}
