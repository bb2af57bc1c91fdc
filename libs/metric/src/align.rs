//! Two recordings of the same, brought to begin together: codecs and filters shift sound by some milliseconds.

use realfft::{RealFftPlanner, num_complex::Complex};

/// The parts of `reference` and `estimate` that belong together: shifted by the lag, at most `most` samples either way, at
/// which their correlation is largest. Equally long; empty when either is.
#[must_use]
pub fn align<'a>(reference: &'a [f32], estimate: &'a [f32], most: usize) -> (&'a [f32], &'a [f32]) {
    let lag = lag(reference, estimate, most);
    let skip = |signal: &'a [f32], by: usize| signal.get(by..).unwrap_or_default();
    let (reference, estimate) = match usize::try_from(lag) {
        Ok(late) => (reference, skip(estimate, late)),
        Err(_) => (skip(reference, lag.unsigned_abs()), estimate),
    };
    let n = reference.len().min(estimate.len());
    (&reference[..n], &estimate[..n])
}

/// By how many samples `estimate` comes late; the smallest shift among equals.
fn lag(reference: &[f32], estimate: &[f32], most: usize) -> isize {
    let most = most.min(reference.len().saturating_sub(1)).min(estimate.len().saturating_sub(1));
    if most == 0 {
        return 0;
    }
    let size = (reference.len().max(estimate.len()) + most).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let forward = planner.plan_fft_forward(size);
    let spectrum = |signal: &[f32]| -> Option<Vec<Complex<f64>>> {
        let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
        input.iter_mut().zip(signal).for_each(|(i, s)| *i = f64::from(*s));
        forward.process(&mut input, &mut output).ok().map(|()| output)
    };
    let (Some(a), Some(b)) = (spectrum(reference), spectrum(estimate)) else {
        return 0;
    };
    let mut product: Vec<_> = a.iter().zip(&b).map(|(a, b)| a.conj() * b).collect();
    // real signals have no imaginary part at both ends of the spectrum
    for end in [0, product.len() - 1] {
        product[end].im = 0.0;
    }
    let inverse = planner.plan_fft_inverse(size);
    let mut correlation = inverse.make_output_vec();
    if inverse.process(&mut product, &mut correlation).is_err() {
        return 0;
    }
    let most = most.cast_signed();
    let at = |lag: isize| correlation[lag.rem_euclid(size.cast_signed()).unsigned_abs()];
    let closer = |a: &isize, b: &isize| b.abs().cmp(&a.abs());
    (-most..=most).max_by(|a, b| at(*a).total_cmp(&at(*b)).then_with(|| closer(a, b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> Vec<f32> {
        let mut state = 7_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..n).map(next).collect()
    }

    #[test]
    fn a_delay_of_either_sign_is_found() {
        let sound = noise(4_000);
        let (a, b) = align(&sound, &sound[37..], 100);
        assert_eq!((a, a.len()), (b, 3_963));
        let (a, b) = align(&sound[50..], &sound, 100);
        assert_eq!((a, a.len()), (b, 3_950));
        let (a, b) = align(&sound, &sound, 100);
        assert_eq!((a.len(), a), (4_000, b));
    }

    #[test]
    fn a_delay_beyond_the_bound_is_not_made_up_for() {
        let sound = noise(4_000);
        let (a, b) = align(&sound, &sound[300..], 100);
        assert_ne!(a, b);
        assert_eq!(align(&[], &sound, 100).0.len(), 0);
    }
}
