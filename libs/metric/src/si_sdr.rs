//! SI-SDR: how much louder the wanted signal is than everything else, whatever the volume.
//!
//! Le Roux et al. 2019, "SDR - half-baked or well done?", equation 5; the mean of each signal is taken out first.

/// Scale-invariant signal-to-distortion ratio of `estimate` against `reference` in dB, over the samples that both have;
/// `None` when the reference is constant, there is nothing to compare, or a sample is no number. An estimate without
/// anything of the reference gives minus infinity.
#[must_use]
pub fn si_sdr(reference: &[f32], estimate: &[f32]) -> Option<f64> {
    let n = reference.len().min(estimate.len());
    let centred = |signal: &[f32]| -> Vec<f64> {
        let mean = signal.iter().map(|s| f64::from(*s)).sum::<f64>() / n as f64;
        signal.iter().map(|s| f64::from(*s) - mean).collect()
    };
    if n == 0 {
        return None;
    }
    let (reference, estimate) = (centred(&reference[..n]), centred(&estimate[..n]));
    let power: f64 = reference.iter().map(|s| s * s).sum();
    if power == 0.0 {
        return None;
    }
    let scale = reference.iter().zip(&estimate).map(|(r, e)| r * e).sum::<f64>() / power;
    let wanted: f64 = reference.iter().map(|r| (scale * r).powi(2)).sum();
    let rest: f64 = reference.iter().zip(&estimate).map(|(r, e)| (e - scale * r).powi(2)).sum();
    let decibels = 10.0 * libm::log10(wanted / rest.max(f64::MIN_POSITIVE));
    (!decibels.is_nan()).then_some(decibels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_of_a_tenth_of_the_power_is_ten_decibels_at_any_volume() {
        let n = 48_000;
        let tone: Vec<f32> = (0..n).map(|i| (i as f32 * 0.05).sin()).collect();
        // orthogonal to the tone over the whole length, and a tenth of its power
        let noisy: Vec<f32> = tone
            .iter()
            .enumerate()
            .map(|(i, s)| 0.3 * (s + 0.1_f32.sqrt() * (i as f32 * 0.31).sin()))
            .collect();
        let got = si_sdr(&tone, &noisy).unwrap();
        assert!((got - 10.0).abs() < 0.05, "{got}");
        assert_eq!(si_sdr(&[0.5; 10], &[0.5; 10]), None);
    }
}
