//! How much of a sound is the sound that it should be. Pure.

/// Scale-invariant ratio of signal to distortion, in dB; what is missing at the end of either does not count.
#[must_use]
pub fn si_sdr(estimate: &[f32], reference: &[f32]) -> f64 {
    let pairs = || estimate.iter().zip(reference).map(|(e, r)| (f64::from(*e), f64::from(*r)));
    let (dot, power) = pairs().fold((0.0, f64::MIN_POSITIVE), |(d, p), (e, r)| (d + e * r, p + r * r));
    let scale = dot / power;
    let error: f64 = pairs().map(|(e, r)| (e - scale * r).powi(2)).sum();
    10.0 * (scale * scale * power / error.max(f64::MIN_POSITIVE)).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_does_not_count_and_error_does() {
        let clean: Vec<f32> = (0..9_600).map(|i| (i as f32 * 0.05).sin()).collect();
        let noisy: Vec<f32> =
            clean.iter().enumerate().map(|(i, s)| s * 0.3 + (i as f32 * 0.9).cos() * 0.03).collect();
        assert!((si_sdr(&noisy, &clean) - 20.0).abs() < 0.1, "{}", si_sdr(&noisy, &clean));
        assert!(si_sdr(&clean, &clean) > 100.0);
        assert_eq!(si_sdr(&vec![0.0; 9_600], &clean), f64::NEG_INFINITY, "nothing of it is there");
    }
}
