//! The rate and the channels that sound is wanted in, and how it gets there.

use super::{MediaError, downmix::Downmix, resample::Resample};
use crate::engine::SAMPLE_RATE;

/// Most channels of sound that is wanted as it is.
const MOST_CHANNELS: usize = 64;

/// The form in which the sound of a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// For models that hear speech: 16 kHz, one channel, the mean of all.
    Speech,
    /// For models that work on sound itself: 48 kHz; one channel stays one, more become left and right.
    Studio,
    /// Rate and channels of the file. A file that changes them on its way is kept at those it began with.
    AsIs,
}

/// A piece of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Samples a second.
    pub rate: u32,
    /// Channels, at least 1.
    pub channels: u16,
    /// Samples of all channels in turn, whole frames; in -1..=1 where the file is.
    pub samples: Vec<f32>,
}

/// Turns what a decoder gives into one shape. Takes sound of any rate and any number of channels, and lets both change.
pub(super) struct Shaper {
    shape: Shape,
    /// Rate and channels that come out; known with the first sound.
    out: Option<(u32, usize)>,
    /// What is done to the sound that comes in now.
    now: Option<Way>,
    /// Taken by earlier ways, in samples at 16 kHz.
    before: u64,
    /// Frames taken by this way.
    taken: u64,
    /// Frames that came out.
    given: u64,
    ready: Vec<f32>,
    planes: Vec<Vec<f32>>,
}

/// From one rate and number of channels to the shape.
struct Way {
    rate: u32,
    channels: usize,
    mix: Downmix,
    filters: Vec<Resample>,
    mixed: Vec<f32>,
}

impl Shaper {
    pub(super) const fn new(shape: Shape) -> Self {
        Self {
            shape,
            out: None,
            now: None,
            before: 0,
            taken: 0,
            given: 0,
            ready: Vec::new(),
            planes: Vec::new(),
        }
    }

    /// How far the file has been decoded, in samples at 16 kHz.
    pub(super) fn position(&self) -> u64 {
        self.before + self.now.as_ref().map_or(0, |w| self.taken * u64::from(SAMPLE_RATE) / u64::from(w.rate))
    }

    /// The same in whole seconds.
    pub(super) fn second(&self) -> u64 {
        self.position() / u64::from(SAMPLE_RATE)
    }

    /// Rate and channels of what came in last.
    pub(super) fn current(&self) -> Option<(u32, usize)> {
        self.now.as_ref().map(|w| (w.rate, w.channels))
    }

    /// Frames that came out so far.
    pub(super) const fn given(&self) -> u64 {
        self.given
    }

    /// Samples of all channels that wait to be taken.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len()
    }

    /// Takes sound whose samples of all channels come in turn; what is short of a frame at its end is dropped.
    pub(super) fn take(&mut self, rate: u32, channels: usize, interleaved: &[f32]) -> Result<(), MediaError> {
        if self.current() != Some((rate, channels)) {
            self.finish()?;
            self.turn_to(rate, channels)?;
        }
        let Some(way) = &mut self.now else {
            return Ok(());
        };
        self.taken += (interleaved.len() / channels) as u64;
        for (at, (filter, plane)) in way.filters.iter_mut().zip(&mut self.planes).enumerate() {
            way.mix.plane(at, interleaved, &mut way.mixed);
            filter.push(&way.mixed, plane)?;
        }
        self.interleave();
        Ok(())
    }

    /// Gives what filters still hold. More sound may follow.
    pub(super) fn finish(&mut self) -> Result<(), MediaError> {
        self.before = self.position();
        self.taken = 0;
        if let Some(mut way) = self.now.take() {
            for (filter, plane) in way.filters.iter_mut().zip(&mut self.planes) {
                filter.finish(plane)?;
            }
            self.interleave();
        }
        Ok(())
    }

    /// What is ready; `None` before the first sound.
    pub(super) fn block(&mut self) -> Option<Block> {
        let (rate, channels) = self.out?;
        let samples = std::mem::take(&mut self.ready);
        Some(Block { rate, channels: u16::try_from(channels).unwrap_or(u16::MAX), samples })
    }

    fn turn_to(&mut self, rate: u32, channels: usize) -> Result<(), MediaError> {
        let broken = MediaError::Broken { at_second: self.second() };
        if channels == 0 {
            return Err(broken);
        }
        let out = match (self.shape, self.out) {
            (_, Some(out)) => out,
            (Shape::Speech, None) => (SAMPLE_RATE, 1),
            (Shape::Studio, None) => (crate::engine::NOISY_RATE, channels.min(2)),
            (Shape::AsIs, None) if channels > MOST_CHANNELS => {
                return Err(MediaError::Unsupported("many-channel"));
            }
            (Shape::AsIs, None) => (rate, channels),
        };
        let filters: Option<Vec<Resample>> = (0..out.1).map(|_| Resample::new(rate, out.0)).collect();
        let filters = filters.ok_or(broken)?;
        self.now =
            Some(Way { rate, channels, mix: Downmix::new(channels, out.1), filters, mixed: Vec::new() });
        self.planes.resize(out.1, Vec::new());
        self.out = Some(out);
        Ok(())
    }

    /// Moves what all channels have from the planes to what is ready.
    fn interleave(&mut self) {
        let frames = self.planes.iter().map(Vec::len).min().unwrap_or(0);
        self.given += frames as u64;
        if let [plane] = &mut self.planes[..] {
            self.ready.append(plane);
            return;
        }
        self.ready.reserve(frames * self.planes.len());
        for at in 0..frames {
            self.ready.extend(self.planes.iter().map(|p| p[at]));
        }
        self.planes.iter_mut().for_each(|p| {
            p.drain(..frames);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(shape: Shape, pieces: &[(u32, usize, Vec<f32>)]) -> Block {
        let mut shaper = Shaper::new(shape);
        for (rate, channels, sound) in pieces {
            shaper.take(*rate, *channels, sound).unwrap();
        }
        shaper.finish().unwrap();
        shaper.block().unwrap()
    }

    #[test]
    fn each_shape_has_its_rate_and_channels() {
        let sound = vec![0.25; 44_100 * 2];
        let form = |b: &Block| (b.rate, b.channels, b.samples.len());
        let of = |shape| form(&shaped(shape, &[(44_100, 2, sound.clone())]));
        assert_eq!(of(Shape::Speech), (16_000, 1, 16_000));
        assert_eq!(of(Shape::Studio), (48_000, 2, 96_000));
        assert_eq!(of(Shape::AsIs), (44_100, 2, 88_200));
        assert_eq!(form(&shaped(Shape::Studio, &[(48_000, 1, vec![0.1; 7])])), (48_000, 1, 7));
        assert_eq!(form(&shaped(Shape::Studio, &[(48_000, 6, vec![0.1; 60])])), (48_000, 2, 20));
    }

    #[test]
    fn a_file_that_changes_on_its_way_keeps_the_form_it_began_with() {
        let pieces =
            [(48_000, 1, vec![0.5; 4_800]), (24_000, 2, vec![0.5; 4_800]), (48_000, 1, vec![0.5; 4_800])];
        let block = shaped(Shape::AsIs, &pieces);
        assert_eq!((block.rate, block.channels, block.samples.len()), (48_000, 1, 14_400));
    }

    #[test]
    fn channels_stay_apart_and_samples_as_they_are() {
        let sound: Vec<f32> = (0..999).map(|i| i as f32 / 1_000.0).collect();
        assert_eq!(shaped(Shape::AsIs, &[(8_000, 3, sound.clone())]).samples, sound);
    }

    #[test]
    fn no_channels_absurd_rates_and_a_hundred_channels_are_refused() {
        let refused =
            |rate, channels| Shaper::new(Shape::AsIs).take(rate, channels, &[0.0; 200]).unwrap_err();
        assert_eq!(refused(16_000, 0), MediaError::Broken { at_second: 0 });
        assert_eq!(refused(999_000, 1), MediaError::Broken { at_second: 0 });
        assert_eq!(refused(16_000, 100), MediaError::Unsupported("many-channel"));
    }
}
