//! One channel from any rate to any other, a piece at a time.

use rubato::{
    Fft, FixedSync, Indexing, Resampler, WindowFunction, audioadapter_buffers::direct::SequentialSliceOfVecs,
};

use super::MediaError;

/// Rates that occur in files. Others would ask for absurd filters.
pub(super) const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Samples that come out at once, at least: the true number fits the ratio.
const CHUNK: usize = 2_048;

/// Turns samples of one rate into samples of another. Delay is compensated: sample n of the output is the moment
/// n / `to` s of the input, and the output is as long as the input, rounded. Samples of the same rate go through as they are.
pub(crate) struct Resample {
    filter: Option<Fft<f32>>,
    from: u32,
    to: u32,
    input: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    taken: u64,
    given: u64,
    /// Samples at the front that are only the delay of the filter.
    skip: usize,
}

impl Resample {
    /// Refuses rates outside 1 to 768 kHz as `None`.
    pub(crate) fn new(from: u32, to: u32) -> Option<Self> {
        if !RATES.contains(&from) || !RATES.contains(&to) {
            return None;
        }
        let filter = if from == to { None } else { Some(filter(from as usize, to as usize)?) };
        let (skip, room) = filter.as_ref().map_or((0, 0), |f| (f.output_delay(), f.output_frames_max()));
        let output = vec![vec![0.0; room]];
        Some(Self { filter, from, to, input: vec![Vec::new()], output, taken: 0, given: 0, skip })
    }

    /// Takes samples in and appends what is ready to `out`.
    pub(crate) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<(), MediaError> {
        self.taken += samples.len() as u64;
        let Some(need) = self.filter.as_ref().map(Resampler::input_frames_next) else {
            self.given += samples.len() as u64;
            out.extend_from_slice(samples);
            return Ok(());
        };
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(need - self.input[0].len()));
            self.input[0].extend_from_slice(now);
            rest = later;
            if self.input[0].len() == need {
                self.turn(out)?;
            }
        }
        Ok(())
    }

    /// Gives what the filter still holds.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), MediaError> {
        let whole = (self.taken * u64::from(self.to) + u64::from(self.from) / 2) / u64::from(self.from);
        while self.filter.is_some() && self.given < whole {
            let before = out.len();
            let had = self.given;
            self.turn(out)?;
            let keep = usize::try_from(whole.saturating_sub(had)).unwrap_or(usize::MAX);
            out.truncate(before.saturating_add(keep));
        }
        Ok(())
    }

    /// Runs the filter over what was taken in, with silence after it where it is short.
    fn turn(&mut self, out: &mut Vec<f32>) -> Result<(), MediaError> {
        let Some(filter) = &mut self.filter else {
            return Ok(());
        };
        let need = filter.input_frames_next();
        self.input[0].resize(need, 0.0);
        let room = self.output[0].len();
        let made = SequentialSliceOfVecs::new(&self.input, 1, need)
            .ok()
            .zip(SequentialSliceOfVecs::new_mut(&mut self.output, 1, room).ok());
        let (_, made) = made
            .and_then(|(input, mut output)| {
                filter.process_into_buffer(&input, &mut output, None::<&Indexing>).ok()
            })
            .ok_or(MediaError::Internal)?;
        self.input[0].clear();
        let skipped = self.skip.min(made);
        self.skip -= skipped;
        self.given += (made - skipped) as u64;
        out.extend_from_slice(&self.output[0][skipped..made]);
        Ok(())
    }
}

/// The delay of the filter is half of what comes out at once, so that must be even: half a sample off is audible to
/// whoever compares.
fn filter(from: usize, to: usize) -> Option<Fft<f32>> {
    let unit = (1..=from.min(to)).rev().find(|n| from.is_multiple_of(*n) && to.is_multiple_of(*n))?;
    let units = CHUNK.div_ceil(to / unit).next_multiple_of(2);
    Fft::new_custom(from, to, units * (from / unit), 1, 1, WindowFunction::BlackmanHarris2, FixedSync::Both)
        .ok()
}

/// Rounds without dither and clamps: 16-bit input at 16 kHz comes out bit for bit.
pub(super) fn to_i16(sample: f32) -> i16 {
    // a cast saturates, and gives 0 for what is not a number
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(from: u32, to: u32, input: &[f32], piece: usize) -> Vec<f32> {
        let (mut filter, mut out) = (Resample::new(from, to).unwrap(), Vec::new());
        input.chunks(piece).for_each(|p| filter.push(p, &mut out).unwrap());
        filter.finish(&mut out).unwrap();
        out
    }

    fn tone(rate: u32, hz: f32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize)
            .map(|i| 0.5 * (std::f64::consts::TAU * f64::from(hz) * i as f64 / f64::from(rate)).sin() as f32)
            .collect()
    }

    #[test]
    fn a_tone_keeps_its_length_phase_and_level_at_every_rate() {
        for to in [16_000, 48_000] {
            for from in [8_000, 11_025, 16_000, 22_050, 44_100, 47_999, 48_000, 96_000, 192_000] {
                let (out, want) = (run(from, to, &tone(from, 440.0, 2.0), 999), tone(to, 440.0, 2.0));
                assert_eq!(out.len(), want.len(), "{from} to {to}");
                let middle = want.len() / 10..want.len() * 9 / 10;
                let worst = middle.map(|i| (out[i] - want[i]).abs()).fold(0.0, f32::max);
                assert!(worst < 0.000_1, "{from} to {to}: {worst}");
            }
        }
    }

    #[test]
    fn what_is_above_8_khz_does_not_fold_back() {
        let out = run(48_000, 16_000, &tone(48_000, 11_000.0, 1.0), 4_000);
        let loudest = out[3_000..13_000].iter().fold(0.0f32, |m, s| m.max(s.abs()));
        assert!(loudest < 0.000_05, "{loudest}");
    }

    #[test]
    fn sixteen_bit_speech_at_16_khz_is_not_touched() {
        let input: Vec<f32> = (i16::MIN..=i16::MAX).map(|s| f32::from(s) / 32_768.0).collect();
        let out = run(16_000, 16_000, &input, 777);
        assert!(out.into_iter().map(to_i16).eq(i16::MIN..=i16::MAX));
        assert_eq!([9.0, -9.0, f32::NAN].map(to_i16), [i16::MAX, i16::MIN, 0]);
    }

    #[test]
    fn a_few_samples_are_enough_and_absurd_rates_are_refused() {
        assert_eq!(run(44_100, 16_000, &[0.1; 10], 3).len(), 4);
        assert_eq!(run(8_000, 48_000, &[0.1], 3).len(), 6);
        assert!([0, 999, 800_000, u32::MAX].into_iter().all(|r| Resample::new(r, 16_000).is_none()));
    }
}
