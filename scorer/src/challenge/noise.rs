//! Noise from a seed, and speech mixed with it.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

domain::named! {
    /// A kind of noise.
    "noise" pub enum Colour {
        /// The same power at every frequency, as of a tape.
        White = "white",
        /// The same power in every octave, as of rain and traffic.
        Pink = "pink",
        /// A mains hum of 50 Hz with its harmonics.
        Hum = "hum",
    }
}

/// `samples` of noise at `rate` Hz, about -1..=1; the same for the same seed.
#[must_use]
pub fn noise(colour: Colour, samples: usize, rate: u32, seed: u64) -> Vec<f32> {
    let mut chance = StdRng::seed_from_u64(seed);
    match colour {
        Colour::White => (0..samples).map(|_| chance.random_range(-1.0..1.0)).collect(),
        Colour::Pink => pink(samples, &mut chance),
        Colour::Hum => {
            let phase: f64 = chance.random_range(0.0..1.0);
            let tone = |i: usize, harmonic: f64| {
                let turns = (50.0 * i as f64 / f64::from(rate.max(1)) + phase) * harmonic;
                libm::sin(std::f64::consts::TAU * turns) / harmonic
            };
            (0..samples).map(|i| ((tone(i, 1.0) + tone(i, 2.0) + tone(i, 3.0)) / 2.0) as f32).collect()
        }
    }
}

/// White noise through the filter of P. Kellet (-3 dB an octave, within 0.05 dB above 9 Hz at 44.1 kHz).
fn pink(samples: usize, chance: &mut StdRng) -> Vec<f32> {
    const POLES: [(f64, f64); 6] = [
        (0.998_86, 0.055_517_9),
        (0.993_32, 0.075_075_9),
        (0.969, 0.153_852),
        (0.866_5, 0.310_485_6),
        (0.55, 0.532_952_2),
        (-0.761_6, -0.016_898),
    ];
    let (mut state, mut late) = ([0.0; 6], 0.0);
    let mut next = || {
        let white: f64 = chance.random_range(-1.0..1.0);
        state.iter_mut().zip(POLES).for_each(|(s, (pole, gain))| *s = pole * *s + white * gain);
        let sum = state.iter().sum::<f64>() + late + white * 0.536_2;
        late = white * 0.115_926;
        (sum * 0.11) as f32
    };
    (0..samples).map(|_| next()).collect()
}

/// `speech` with `noise`, so much weaker that the power of speech is `snr_tenths` tenths of a decibel above it, and the sum
/// brought to `peak` (0..=1) at its loudest sample; with it the factor that brought it there, by which the clean speech has
/// to be taken to be what is left without the noise. As long as the shorter of both. Silent speech stays silent.
#[must_use]
pub fn mix(speech: &[f32], noise: &[f32], snr_tenths: i16, peak: f32) -> (Vec<f32>, f32) {
    let n = speech.len().min(noise.len());
    let power = |s: &[f32]| s[..n].iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    let (wanted, unwanted) = (power(speech), power(noise));
    let gain = if unwanted > 0.0 {
        (wanted / unwanted / libm::pow(10.0, f64::from(snr_tenths) / 100.0)).sqrt() as f32
    } else {
        0.0
    };
    let mut mixed: Vec<f32> = speech.iter().zip(noise).map(|(s, n)| s + gain * n).collect();
    let loudest = mixed.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
    let factor = if loudest > 0.0 { peak / loudest } else { 1.0 };
    mixed.iter_mut().for_each(|s| *s *= factor);
    (mixed, factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::si_sdr;

    fn tone(n: usize) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.21).sin()).collect()
    }

    #[test]
    fn speech_lies_as_far_above_the_noise_as_was_planned() {
        let clean = tone(64_000);
        for colour in Colour::ALL.iter().copied() {
            for snr in [0, 55, 200] {
                let noise = noise(colour, clean.len(), 16_000, 3);
                let (mixed, factor) = mix(&clean, &noise, snr, 0.9);
                let got = si_sdr(&clean, &mixed).unwrap();
                assert!((got - f64::from(snr) / 10.0).abs() < 0.3, "{colour} {snr}: {got}");
                let loudest = mixed.iter().fold(0.0_f32, |m, s| m.max(s.abs()));
                assert!((loudest - 0.9).abs() < 1e-5 && factor > 0.0);
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_noise_again_and_another_seed_another() {
        // G9
        for colour in Colour::ALL.iter().copied() {
            let of = |seed| noise(colour, 1_000, 16_000, seed);
            assert_eq!(of(1), of(1));
            assert_ne!(of(1), of(2));
            assert!(of(1).iter().all(|s| s.abs() <= 1.5), "{colour}");
        }
    }

    #[test]
    fn silence_stays_silence() {
        let (mixed, factor) = mix(&[0.0; 100], &noise(Colour::White, 100, 16_000, 1), 100, 0.9);
        assert_eq!((mixed, factor), (vec![0.0; 100], 1.0));
    }
}
