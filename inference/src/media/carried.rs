//! Sound as the external decoder writes it to its pipe.

use super::{MediaError, Shape, shape::Shaper};
use crate::engine::SAMPLE_RATE;

/// Fixed part of the header of a Sun audio file.
const HEADER: usize = 24;
/// Most bytes that may stand between header and sound.
const LABEL: usize = 4 * 1024;

/// Reads the pipe in pieces of any length: bare samples for speech, else Sun audio of 32-bit floats, whose header tells
/// rate and channels before the first sample.
pub(super) struct Carried {
    /// Rate and channels; `None` until the header is there.
    form: Option<(u32, usize)>,
    width: usize,
    /// Bytes that are no whole frame, or no whole header, yet.
    rest: Vec<u8>,
    samples: Vec<f32>,
}

impl Carried {
    pub(super) const fn new(shape: Shape) -> Self {
        let (form, width) = match shape {
            Shape::Speech => (Some((SAMPLE_RATE, 1)), 2),
            Shape::Studio | Shape::AsIs => (None, 4),
        };
        Self { form, width, rest: Vec::new(), samples: Vec::new() }
    }

    /// Takes bytes of the pipe and gives the sound in them to `out`.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Shaper) -> Result<(), MediaError> {
        self.rest.extend_from_slice(bytes);
        let Some((rate, channels)) = self.form else {
            if let Some((start, form)) = header(&self.rest)? {
                self.form = Some(form);
                self.rest.drain(..start);
                return self.push(&[], out);
            }
            return Ok(());
        };
        let whole = self.rest.len() - self.rest.len() % (self.width * channels);
        self.samples.clear();
        let words = self.rest[..whole].chunks_exact(self.width);
        self.samples.extend(words.map(|word| match *word {
            [low, high] => f32::from(i16::from_le_bytes([low, high])) / 32_768.0,
            [a, b, c, d] => f32::from_be_bytes([a, b, c, d]),
            _ => 0.0,
        }));
        self.rest.drain(..whole);
        out.take(rate, channels, &self.samples)
    }
}

/// Where the sound starts, then its rate and channels.
type Header = (usize, (u32, usize));

/// The header; `None` while the header is not all there.
fn header(bytes: &[u8]) -> Result<Option<Header>, MediaError> {
    if bytes.len() < HEADER {
        return Ok(None);
    }
    let word = |n: usize| {
        let at = n * 4;
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let (start, rate, channels) = (word(1) as usize, word(4), word(5) as usize);
    let sound = &bytes[..4] == b".snd" && word(3) == 6 && (HEADER..=LABEL).contains(&start);
    if !sound || rate == 0 || !(1..=1_024).contains(&channels) {
        return Err(MediaError::Internal);
    }
    Ok((bytes.len() >= start).then_some((start, (rate, channels))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sun(rate: u32, channels: u32, samples: &[f32]) -> Vec<u8> {
        let mut bytes = b".snd".to_vec();
        for word in [32, u32::MAX, 6, rate, channels, 0, 0] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend(samples.iter().flat_map(|s| s.to_be_bytes()));
        bytes
    }

    #[test]
    fn sound_comes_through_in_pieces_of_any_length() {
        let sound: Vec<f32> = (0..300).map(|i| i as f32 / 300.0).collect();
        for piece in [1, 3, 7, 32, 10_000] {
            let (mut carried, mut out) = (Carried::new(Shape::AsIs), Shaper::new(Shape::AsIs));
            sun(44_100, 3, &sound).chunks(piece).for_each(|p| carried.push(p, &mut out).unwrap());
            out.finish().unwrap();
            let block = out.block().unwrap();
            assert_eq!((block.rate, block.channels, &block.samples), (44_100, 3, &sound), "{piece}");
        }
    }

    #[test]
    fn bare_samples_are_speech() {
        let (mut carried, mut out) = (Carried::new(Shape::Speech), Shaper::new(Shape::Speech));
        for byte in [0, 0x40, 0, 0xc0, 1] {
            carried.push(&[byte], &mut out).unwrap();
        }
        assert_eq!(out.block().unwrap().samples, [0.5, -0.5]);
    }

    #[test]
    fn what_is_no_sound_is_a_fault_of_ours() {
        let mut out = Shaper::new(Shape::AsIs);
        for bad in [vec![0; 64], sun(0, 1, &[]), sun(8_000, 0, &[]), sun(8_000, 5_000, &[])] {
            assert_eq!(Carried::new(Shape::AsIs).push(&bad, &mut out), Err(MediaError::Internal));
        }
    }
}
