//! Noise taken out of speech, against the clean speech that the noise was mixed into.

use super::{Fault, Grade};
use crate::metric::{align, si_sdr, stoi};

/// SI-SDR from which a result counts as clean, dB.
const CLEAN: f64 = 30.0;
/// Most delay that a codec may add, in parts of a second: a tenth.
const DELAY: u32 = 10;
/// Shares of the length by which a result may differ from the input.
const LENGTH: f64 = 0.02;

/// Clean speech and the same with noise, mono, at one rate, measured once and compared with many results.
#[derive(Debug, Clone)]
pub struct Noised {
    clean: Vec<f32>,
    rate: u32,
    /// SI-SDR and STOI of what the miner was given; `None` where they can't be told.
    before: (Option<f64>, Option<f64>),
}

impl Noised {
    /// From the clean speech and what the miner was given, both at `rate` Hz.
    #[must_use]
    pub fn new(clean: Vec<f32>, noisy: &[f32], rate: u32) -> Self {
        let before = (si_sdr(&clean, noisy), stoi(&clean, noisy, rate));
        Self { clean, rate, before }
    }
}

/// Grades a result at the rate of `task` by what it gained on the way from the noisy to the clean sound: the mean of the
/// gain in SI-SDR (clean is 30 dB) and in STOI (clean is 1). The noisy sound handed back is worth nothing, and so is one
/// that is worse.
#[must_use]
pub fn enhancement(task: &Noised, said: &[f32]) -> Grade {
    if said.is_empty() {
        return Grade::nothing(Fault::Empty);
    }
    let length = said.len() as f64 / task.clean.len().max(1) as f64;
    if (length - 1.0).abs() > LENGTH {
        return Grade::nothing(Fault::Duration);
    }
    let (clean, said) = align(&task.clean, said, (task.rate / DELAY) as usize);
    let (Some(before), Some(after)) = (task.before.0, si_sdr(clean, said)) else {
        return Grade::nothing(Fault::Silent);
    };
    let (Some(understood), Some(now_understood)) = (task.before.1, stoi(clean, said, task.rate)) else {
        return Grade::nothing(Fault::Unmeasurable);
    };
    let louder = gain(before.clamp(-CLEAN, CLEAN), after.clamp(-CLEAN, CLEAN), CLEAN);
    let clearer = gain(understood, now_understood, 1.0);
    let fault = (louder == 0.0 && clearer == 0.0).then_some(Fault::Copied);
    Grade::of(f64::midpoint(louder, clearer), length, fault)
}

/// The part of the way from `before` to `best` that `after` has gone, 0..=1; where there was no way to go, whether it is
/// still there.
fn gain(before: f64, after: f64, best: f64) -> f64 {
    if best - before < 1e-6 {
        return f64::from(u8::from(after >= best - 1e-6));
    }
    ((after - before) / (best - before)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use domain::Score;

    use super::*;

    const RATE: u32 = 16_000;

    /// Noise from a seed, -1..=1.
    fn noise(seed: u32, n: usize) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..n).map(next).collect()
    }

    /// A low hum that swells and fades, and the same with noise of some level.
    fn clean() -> Vec<f32> {
        let n = 32_000;
        let hum = |i: usize| {
            (i as f32 * 0.11).sin() + 0.6 * (i as f32 * 0.41).sin() + 0.4 * (i as f32 * 0.83).sin()
        };
        (0..n).map(|i| 0.3 * hum(i) * (0.55 + 0.45 * (i as f32 * 0.001_6).sin())).collect()
    }

    fn with_noise(level: f32) -> Vec<f32> {
        clean().iter().zip(noise(3, 32_000)).map(|(s, n)| s + level * n).collect()
    }

    fn grade(said: &[f32]) -> Grade {
        enhancement(&Noised::new(clean(), &with_noise(0.3), RATE), said)
    }

    #[test]
    fn less_noise_is_worth_more_and_none_is_worth_all() {
        // G4
        let left = [0.2, 0.1, 0.03].map(|level| grade(&with_noise(level)).accuracy);
        assert!(left.is_sorted() && left[0] > Score::ZERO && left[2] < Score::ONE, "{left:?}");
        assert!(grade(&clean()).accuracy > Score::percent(99));
    }

    #[test]
    fn a_codecs_delay_and_another_volume_cost_nothing() {
        let mut late = vec![0.0; 320];
        late.extend(clean().iter().map(|s| s * 0.5));
        late.truncate(32_000);
        assert!(grade(&late).accuracy > Score::percent(99), "{:?}", grade(&late));
    }

    #[test]
    fn the_noisy_sound_handed_back_silence_and_a_cut_are_worth_nothing() {
        assert_eq!(grade(&with_noise(0.3)).accuracy, Score::ZERO);
        assert_eq!(grade(&with_noise(0.3)).fault, Some(Fault::Copied));
        assert_eq!(grade(&[0.0; 32_000]).accuracy, Score::ZERO);
        assert_eq!(grade(&clean()[..20_000]), Grade::nothing(Fault::Duration));
        assert_eq!(grade(&[]), Grade::nothing(Fault::Empty));
    }
}
