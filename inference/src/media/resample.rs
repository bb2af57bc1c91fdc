//! Any rate and any number of channels to 16 kHz mono, a piece at a time.

use rubato::{
    Fft, FixedSync, Indexing, Resampler, WindowFunction, audioadapter_buffers::direct::SequentialSliceOfVecs,
};

use super::MediaError;
use crate::engine::SAMPLE_RATE;

/// Rates that occur in files. Others would ask for absurd filters.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Samples that come out at once, at least: the true number fits the ratio.
const CHUNK: usize = 2_048;

/// Turns mono samples in -1..=1 of one rate into 16-bit samples at 16 kHz. Delay is compensated: sample n of the output
/// is the moment n / 16,000 s of the input, and the output is as long as the input, rounded.
pub(super) struct ToSpeech {
    filter: Option<Fft<f32>>,
    rate: u32,
    input: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    taken: u64,
    given: u64,
    /// Samples at the front that are only the delay of the filter.
    skip: usize,
}

impl ToSpeech {
    /// For input of `rate` Hz; refuses rates outside 1 to 768 kHz as `None`.
    pub(super) fn new(rate: u32) -> Option<Self> {
        if !RATES.contains(&rate) {
            return None;
        }
        let filter = match rate {
            SAMPLE_RATE => None,
            _ => Some(filter(rate as usize)?),
        };
        let (skip, room) = filter.as_ref().map_or((0, 0), |f| (f.output_delay(), f.output_frames_max()));
        Some(Self {
            filter,
            rate,
            input: vec![Vec::new()],
            output: vec![vec![0.0; room]],
            taken: 0,
            given: 0,
            skip,
        })
    }

    /// What was taken in so far, in samples at 16 kHz.
    pub(super) fn position(&self) -> u64 {
        self.taken * u64::from(SAMPLE_RATE) / u64::from(self.rate)
    }

    /// Takes samples in and appends what is ready to `out`.
    pub(super) fn push(&mut self, mono: &[f32], out: &mut Vec<i16>) -> Result<(), MediaError> {
        self.taken += mono.len() as u64;
        let Some(need) = self.filter.as_ref().map(Resampler::input_frames_next) else {
            self.given += mono.len() as u64;
            out.extend(mono.iter().map(|s| to_i16(*s)));
            return Ok(());
        };
        let mut rest = mono;
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
    pub(super) fn finish(&mut self, out: &mut Vec<i16>) -> Result<(), MediaError> {
        let whole = (self.taken * u64::from(SAMPLE_RATE) + u64::from(self.rate) / 2) / u64::from(self.rate);
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
    fn turn(&mut self, out: &mut Vec<i16>) -> Result<(), MediaError> {
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
        out.extend(self.output[0][skipped..made].iter().map(|s| to_i16(*s)));
        Ok(())
    }
}

/// The delay of the filter is half of what comes out at once, so that must be even: half a sample off is audible to
/// whoever compares.
fn filter(rate: usize) -> Option<Fft<f32>> {
    let speech = SAMPLE_RATE as usize;
    let unit = (1..=rate.min(speech)).rev().find(|n| rate.is_multiple_of(*n) && speech.is_multiple_of(*n))?;
    let units = CHUNK.div_ceil(speech / unit).next_multiple_of(2);
    Fft::new_custom(
        rate,
        speech,
        units * (rate / unit),
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .ok()
}

/// Rounds without dither and clamps: 16-bit input at 16 kHz comes out bit for bit.
fn to_i16(sample: f32) -> i16 {
    // a cast saturates, and gives 0 for what is not a number
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rate: u32, input: &[f32], piece: usize) -> Vec<i16> {
        let (mut to, mut out) = (ToSpeech::new(rate).unwrap(), Vec::new());
        input.chunks(piece).for_each(|p| to.push(p, &mut out).unwrap());
        to.finish(&mut out).unwrap();
        out
    }

    fn tone(rate: u32, hz: f32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize)
            .map(|i| 0.5 * (std::f64::consts::TAU * f64::from(hz) * i as f64 / f64::from(rate)).sin() as f32)
            .collect()
    }

    #[test]
    fn a_tone_keeps_its_length_phase_and_level_at_every_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 47_999, 48_000, 96_000, 192_000] {
            let (out, want) = (run(rate, &tone(rate, 440.0, 2.0), 999), tone(16_000, 440.0, 2.0));
            assert_eq!(out.len(), 32_000, "{rate}");
            let worst =
                (3_000..29_000).map(|i| (f32::from(out[i]) / 32_768.0 - want[i]).abs()).fold(0.0, f32::max);
            assert!(worst < 0.000_1, "{rate}: {worst}");
        }
    }

    #[test]
    fn what_is_above_8_khz_does_not_fold_back() {
        let out = run(48_000, &tone(48_000, 11_000.0, 1.0), 4_000);
        assert!(out[3_000..13_000].iter().all(|s| s.abs() < 2), "{:?}", out[3_000..13_000].iter().max());
    }

    #[test]
    fn sixteen_bit_speech_at_16_khz_is_not_touched() {
        let input: Vec<f32> = (i16::MIN..=i16::MAX).map(|s| f32::from(s) / 32_768.0).collect();
        assert!(run(16_000, &input, 777).into_iter().eq(i16::MIN..=i16::MAX));
        assert_eq!(run(16_000, &[9.0, -9.0, f32::NAN], 2), [i16::MAX, i16::MIN, 0]);
    }

    #[test]
    fn a_few_samples_are_enough_and_absurd_rates_are_refused() {
        assert_eq!(run(44_100, &[0.1; 10], 3).len(), 4);
        assert!([0, 999, 800_000, u32::MAX].into_iter().all(|r| ToSpeech::new(r).is_none()));
    }
}
