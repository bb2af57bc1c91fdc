//! STOI: how well speech would be understood, against the clean speech.
//!
//! Taal, Hendriks, Heusdens, Jensen 2011, "An Algorithm for Intelligibility Prediction of Time-Frequency Weighted Noisy
//! Speech", as pystoi computes it: one-third octave bands at 10 kHz, silent frames left out, segments of 384 ms.

use realfft::RealFftPlanner;

use super::resample::resample;

/// Sample rate it is computed at, Hz.
const RATE: u32 = 10_000;
/// Samples of a frame, and from one frame to the next.
const FRAME: usize = 256;
const HOP: usize = FRAME / 2;
/// Samples of the transform: a frame and as many zeros.
const FFT: usize = 512;
/// One-third octave bands, and the centre of the lowest in Hz.
const BANDS: usize = 15;
const LOWEST: f64 = 150.0;
/// Frames of a segment.
const SEGMENT: usize = 30;
/// Frames this far below the loudest one are silence, dB.
const RANGE: f64 = 40.0;
/// How far below the clean speech a part may lie before it counts as lost altogether, dB.
const LOWER_BOUND: f64 = -15.0;

/// STOI of `estimate` against the clean `reference`, both at `rate` Hz, about 0..=1, over the samples that both have.
/// `None` when less than about 0.4 s of speech is left to compare, or a sample is no number.
#[must_use]
pub fn stoi(reference: &[f32], estimate: &[f32], rate: u32) -> Option<f64> {
    let n = reference.len().min(estimate.len());
    if rate == 0 || reference.iter().chain(estimate).any(|s| !s.is_finite()) {
        return None;
    }
    let at_rate = |signal: &[f32]| {
        let signal: Vec<f64> = signal.iter().map(|s| f64::from(*s)).collect();
        resample(&signal, rate, RATE)
    };
    let (clean, noisy) = without_silence(&at_rate(&reference[..n]), &at_rate(&estimate[..n]));
    let (clean, noisy) = (bands(&clean), bands(&noisy));
    if clean.len() < SEGMENT {
        return None;
    }
    let segments = clean.windows(SEGMENT).zip(noisy.windows(SEGMENT));
    let count = segments.len() * BANDS;
    let sum: f64 = segments.flat_map(|(x, y)| (0..BANDS).map(move |band| correlation(x, y, band))).sum();
    Some(sum / count as f64)
}

/// Correlation of one band over one segment, the noisy one scaled to the clean one and held within the lower bound.
fn correlation(clean: &[[f64; BANDS]], noisy: &[[f64; BANDS]], band: usize) -> f64 {
    let mut x: [f64; SEGMENT] = std::array::from_fn(|i| clean[i][band]);
    let mut y: [f64; SEGMENT] = std::array::from_fn(|i| noisy[i][band]);
    let scale = norm(&x) / (norm(&y) + f64::EPSILON);
    let most = 1.0 + libm::pow(10.0, -LOWER_BOUND / 20.0);
    y.iter_mut().zip(&x).for_each(|(y, x)| *y = (*y * scale).min(x * most));
    for v in [&mut x, &mut y] {
        let mean = v.iter().sum::<f64>() / SEGMENT as f64;
        v.iter_mut().for_each(|e| *e -= mean);
        let length = norm(v) + f64::EPSILON;
        v.iter_mut().for_each(|e| *e /= length);
    }
    x.iter().zip(&y).map(|(x, y)| x * y).sum()
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|e| e * e).sum::<f64>().sqrt()
}

/// A Hann window without its two zeros.
fn window() -> [f64; FRAME] {
    std::array::from_fn(|i| {
        0.5 - 0.5 * libm::cos(std::f64::consts::TAU * (i + 1) as f64 / (FRAME + 1) as f64)
    })
}

/// Where frames begin; the last one never touches the end, as in the original.
fn starts(length: usize) -> impl Iterator<Item = usize> {
    (0..length.saturating_sub(FRAME)).step_by(HOP)
}

/// Both signals without the frames in which the clean one is silent.
fn without_silence(clean: &[f64], noisy: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let window = window();
    let frame =
        |signal: &[f64], at: usize| -> [f64; FRAME] { std::array::from_fn(|i| window[i] * signal[at + i]) };
    let level = |at: usize| 20.0 * libm::log10(norm(&frame(clean, at)) + f64::EPSILON);
    let levels: Vec<(usize, f64)> = starts(clean.len()).map(|at| (at, level(at))).collect();
    let loudest = levels.iter().map(|(_, l)| *l).fold(f64::NEG_INFINITY, f64::max);
    let heard: Vec<usize> =
        levels.iter().filter(|(_, l)| loudest - RANGE - l < 0.0).map(|(at, _)| *at).collect();
    let joined = |signal: &[f64]| {
        let mut out = vec![0.0; if heard.is_empty() { 0 } else { (heard.len() - 1) * HOP + FRAME }];
        for (place, at) in heard.iter().enumerate() {
            let frame = frame(signal, *at);
            out[place * HOP..][..FRAME].iter_mut().zip(frame).for_each(|(o, s)| *o += s);
        }
        out
    };
    (joined(clean), joined(noisy))
}

/// For each frame the amplitude in each band.
fn bands(signal: &[f64]) -> Vec<[f64; BANDS]> {
    let (window, edges) = (window(), edges());
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(FFT);
    let (mut input, mut spectrum) = (fft.make_input_vec(), fft.make_output_vec());
    let one = |at: usize| {
        input.fill(0.0);
        input.iter_mut().zip(window).zip(&signal[at..]).for_each(|((i, w), s)| *i = w * s);
        // the lengths are those that the plan asked for
        let done = fft.process(&mut input, &mut spectrum);
        debug_assert!(done.is_ok());
        std::array::from_fn(|band| {
            let (from, to) = edges[band];
            spectrum[from..to].iter().map(|c| c.norm_sqr()).sum::<f64>().sqrt()
        })
    };
    starts(signal.len()).map(one).collect()
}

/// First and one past the last bin of each band: the bins nearest to its edges.
fn edges() -> [(usize, usize); BANDS] {
    let nearest = |hertz: f64| {
        let distance = |bin: &usize| (f64::from(RATE) * *bin as f64 / FFT as f64 - hertz).abs();
        (0..=FFT / 2).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or_default()
    };
    let edge = |sixths: f64| nearest(LOWEST * libm::pow(2.0, sixths / 6.0));
    std::array::from_fn(|band| (edge(2.0 * band as f64 - 1.0), edge(2.0 * band as f64 + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, n: usize) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..n).map(next).collect()
    }

    /// Noise that swells and fades four times a second, a little like speech.
    fn speech(n: usize) -> Vec<f32> {
        let swell = |i: usize| 0.55 + 0.45 * (i as f32 * 0.0025).sin();
        noise(1, n).into_iter().enumerate().map(|(i, s)| s * swell(i)).collect()
    }

    #[test]
    fn clean_speech_is_understood_and_noise_takes_it_away_step_by_step() {
        let clean = speech(20_000);
        assert!((stoi(&clean, &clean, 10_000).unwrap() - 1.0).abs() < 1e-9);
        let with = |level: f32| -> Vec<f32> {
            clean.iter().zip(noise(2, 20_000)).map(|(s, n)| s + level * n).collect()
        };
        let scores: Vec<f64> = [0.1, 0.5, 8.0].map(|l| stoi(&clean, &with(l), 10_000).unwrap()).into();
        assert!(scores.is_sorted_by(|a, b| a > b) && scores[0] > 0.9 && scores[2] < 0.6, "{scores:?}");
    }

    #[test]
    fn what_cannot_be_compared_has_no_score() {
        // G10
        assert_eq!(stoi(&[0.1; 2_000], &[0.1; 2_000], 10_000), None, "too short");
        assert_eq!(stoi(&[], &[], 16_000), None);
        let mut broken = speech(20_000);
        broken[5] = f32::NAN;
        assert_eq!(stoi(&broken, &broken, 16_000), None);
    }
}
