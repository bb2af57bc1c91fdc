//! Word and character error rates.

use super::{edit::distance, normalise};

/// Word error rate of `said` against `reference`, both normalised: edits per word of the reference. 0 is perfect; it may
/// exceed 1. An empty reference gives 0 for an empty answer, else 1.
#[must_use]
pub fn wer(reference: &str, said: &str) -> f64 {
    let (reference, said) = (normalise(reference), normalise(said));
    rate(
        &reference.split(' ').collect::<Vec<_>>(),
        &said.split(' ').collect::<Vec<_>>(),
        reference.is_empty(),
        said.is_empty(),
    )
}

/// Character error rate, for languages written without spaces: spaces do not count.
#[must_use]
pub fn cer(reference: &str, said: &str) -> f64 {
    let characters = |t: &str| normalise(t).chars().filter(|c| *c != ' ').collect::<Vec<_>>();
    let (reference, said) = (characters(reference), characters(said));
    rate(&reference, &said, reference.is_empty(), said.is_empty())
}

#[allow(clippy::cast_precision_loss)] // texts are far shorter than 2^52
fn rate<T: PartialEq>(reference: &[T], said: &[T], no_reference: bool, nothing_said: bool) -> f64 {
    match (no_reference, nothing_said) {
        (true, true) => 0.0,
        (true, false) | (false, true) => 1.0,
        (false, false) => distance(reference, said) as f64 / reference.len() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_half_wrong_and_empty_differ() {
        // G1, G6
        let reference = "the old clock stopped";
        assert_eq!(wer(reference, "The old clock stopped."), 0.0);
        assert_eq!(wer(reference, "the new clock works"), 0.5);
        assert_eq!(wer(reference, ""), 1.0);
        assert_eq!(wer("", ""), 0.0);
        assert_eq!(cer("こんにちは", "こんにちわ"), 0.2);
    }
}
