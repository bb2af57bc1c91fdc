//! Another sample rate for the metrics that want one: the polyphase filter of Octave's `resample`, as pystoi uses it.

/// Modified Bessel function of the first kind, order 0, by its power series (converges for every argument).
fn bessel_i0(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0_f64, 1.0_f64);
    let mut k = 1.0;
    while term > sum * 1e-18 {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

fn sinc(x: f64) -> f64 {
    let x = std::f64::consts::PI * x;
    if x == 0.0 { 1.0 } else { libm::sin(x) / x }
}

/// The low-pass filter for `up` over `down`, which have no common divisor: a sinc under a Kaiser window, 60 dB of rejection.
fn filter(up: usize, down: usize) -> Vec<f64> {
    const REJECTION: f64 = 60.0;
    let cutoff = 1.0 / (2.0 * up.max(down) as f64);
    let half = ((REJECTION - 8.0) / (28.714 * (cutoff / 10.0))).ceil();
    let beta = 0.1102 * (REJECTION - 8.7);
    let tap = |i: i64| {
        let t = i as f64;
        let window = bessel_i0(beta * (1.0 - (t / half).powi(2)).max(0.0).sqrt()) / bessel_i0(beta);
        window * 2.0 * up as f64 * cutoff * sinc(2.0 * cutoff * t)
    };
    let half = half as i64;
    let mut taps: Vec<f64> = (-half..=half).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter_mut().for_each(|t| *t *= up as f64 / sum);
    taps
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// `signal` at the rate `to` instead of `from`, both above 0.
#[must_use]
pub fn resample(signal: &[f64], from: u32, to: u32) -> Vec<f64> {
    if from == to {
        return signal.to_vec();
    }
    let common = gcd(from, to);
    let (up, down) = ((to / common) as usize, (from / common) as usize);
    let taps = filter(up, down);
    let half = (taps.len() - 1) / 2;
    // between samples there are `up - 1` zeros, so each output meets one of `up` phases of the filter; backwards, so that
    // taps and samples run the same way
    let phases: Vec<Vec<f64>> = (0..up)
        .map(|phase| {
            let mut taps: Vec<f64> = taps.iter().skip(phase).step_by(up).copied().collect();
            taps.reverse();
            taps
        })
        .collect();
    let sample = |k: usize| -> f64 {
        let centre = k * down + half;
        let phase = &phases[centre % up];
        // the newest sample that counts, and one past it
        let end = centre / up + 1;
        let missing_before = phase.len().saturating_sub(end);
        let taps = &phase[missing_before..];
        let from = (end - taps.len()).min(signal.len());
        dot(&signal[from..end.min(signal.len())], taps)
    };
    let length = (signal.len() * up).div_ceil(down);
    (0..length).map(sample).collect()
}

/// Sum of products over the shorter of both, in four strands that the processor can do at once.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.chunks(4), b.chunks(4));
    let mut strands = [0.0; 4];
    for (a, b) in a.zip(b) {
        strands.iter_mut().zip(a.iter().zip(b)).for_each(|(strand, (a, b))| *strand += a * b);
    }
    strands.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_below_the_new_limit_stays_and_one_above_goes() {
        let tone = |hertz: f64, rate: f64, n: usize| -> Vec<f64> {
            (0..n).map(|i| (std::f64::consts::TAU * hertz * i as f64 / rate).sin()).collect()
        };
        let low = resample(&tone(1_000.0, 16_000.0, 16_000), 16_000, 10_000);
        assert_eq!(low.len(), 10_000);
        let wanted = tone(1_000.0, 10_000.0, 10_000);
        let worst = low[500..9_500].iter().zip(&wanted[500..9_500]).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f64::max) < 2e-3);
        let high = resample(&tone(7_000.0, 16_000.0, 16_000), 16_000, 10_000);
        assert!(high[500..9_500].iter().all(|s| s.abs() < 2e-3));
        assert!(resample(&[], 16_000, 10_000).is_empty());
    }
}
