//! Keeps sound within full scale without cutting its peaks off. Pure.

use std::collections::VecDeque;

/// What no sample passes.
const CEILING: f32 = 0.999;
/// How long before a peak the sound is turned down, and after it up: 5 ms at 48 kHz.
const REACH: usize = 240;

/// Turns all channels down together around peaks that would not fit, in a smooth curve; sound that fits goes through as it
/// is. Takes pieces of any length; runs 5 ms behind, without delay in the result.
pub(super) struct Limiter {
    channels: usize,
    /// Frames that have not come out, all channels in turn.
    held: VecDeque<f32>,
    /// The smallest gains of the last frames, each with the number of its frame, rising.
    least: VecDeque<(u64, f32)>,
    /// The last smallest gains, whose mean is the gain.
    window: VecDeque<f32>,
    sum: f64,
    frames: u64,
}

impl Limiter {
    pub(super) fn new(channels: usize) -> Self {
        Self {
            channels,
            held: VecDeque::new(),
            least: VecDeque::new(),
            window: VecDeque::from(vec![1.0; REACH]),
            sum: REACH as f64,
            frames: 0,
        }
    }

    /// Takes whole frames and appends what is ready to `out`.
    pub(super) fn push(&mut self, interleaved: &[f32], out: &mut Vec<f32>) {
        for frame in interleaved.chunks_exact(self.channels) {
            let peak = frame.iter().fold(0.0f32, |m, s| m.max(s.abs()));
            self.held.extend(frame);
            self.turn(if peak > CEILING { CEILING / peak } else { 1.0 }, out);
        }
    }

    /// Appends what it still holds.
    pub(super) fn finish(&mut self, out: &mut Vec<f32>) {
        while !self.held.is_empty() {
            self.turn(1.0, out);
        }
    }

    /// Takes the gain that the newest frame needs. The gain of a frame is the mean, over the window around it, of the
    /// least gain that any frame within reach needs: so it is never more than what a peak needs.
    fn turn(&mut self, needed: f32, out: &mut Vec<f32>) {
        while self.least.back().is_some_and(|(_, gain)| *gain >= needed) {
            self.least.pop_back();
        }
        self.least.push_back((self.frames, needed));
        while self.least.front().is_some_and(|(frame, _)| frame + (REACH as u64) <= self.frames) {
            self.least.pop_front();
        }
        self.frames += 1;
        let least = self.least.front().map_or(1.0, |(_, gain)| *gain);
        let oldest = self.window.pop_front().unwrap_or(1.0);
        self.window.push_back(least);
        self.sum += f64::from(least) - f64::from(oldest);
        if self.frames >= REACH as u64 {
            let gain = (self.sum / REACH as f64).min(1.0) as f32;
            // rounding in the sum must not touch sound that fits
            let gain = if gain > 0.999_999 { 1.0 } else { gain };
            let frame = self.channels.min(self.held.len());
            out.extend(self.held.drain(..frame).map(|s| (s * gain).clamp(-CEILING, CEILING)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(channels: usize, sound: &[f32]) -> Vec<f32> {
        let (mut limiter, mut out) = (Limiter::new(channels), Vec::new());
        sound.chunks(channels * 77).for_each(|p| limiter.push(p, &mut out));
        limiter.finish(&mut out);
        out
    }

    #[test]
    fn sound_that_fits_is_not_touched() {
        for frames in [0, 1, 239, 240, 241, 5_000] {
            let sound: Vec<f32> = (0..frames * 2).map(|i| (i as f32 * 0.1).sin() * 0.998).collect();
            assert_eq!(through(2, &sound), sound, "{frames}");
        }
    }

    #[test]
    fn peaks_come_down_in_place_and_without_a_step() {
        let sound: Vec<f32> = (0..48_000)
            .map(|i| (i as f32 * 0.05).sin() * if (20_000..20_500).contains(&i) { 2.0 } else { 0.9 })
            .collect();
        let out = through(1, &sound);
        assert_eq!(out.len(), sound.len());
        assert!(out.iter().all(|s| s.abs() <= CEILING));
        // each sample is the one that went in, turned down; the clamp at the end has nothing to do
        let gains: Vec<f32> =
            (0..48_000).filter(|i| sound[*i].abs() > 0.1).map(|i| out[i] / sound[i]).collect();
        assert!(gains.iter().all(|g| (0.49..=1.0).contains(g)));
        let step = gains.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.05, "{step}");
        assert_eq!(out[..19_000], sound[..19_000]);
        assert_eq!(out[22_000..], sound[22_000..]);
    }

    #[test]
    fn both_channels_are_turned_down_together() {
        let mut sound = vec![0.5; 4_000];
        sound[2_000] = 2.0;
        let out = through(2, &sound);
        assert!((out[2_001] - out[2_000] / 4.0).abs() < 1e-3, "{} {}", out[2_000], out[2_001]);
    }
}
