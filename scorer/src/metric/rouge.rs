//! ROUGE-L: the longest sequence of words that two texts share, in order and with gaps.
//!
//! Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", with beta 1 and without stemming; words are those of
//! [`normalise`](super::normalise), in languages written without spaces characters.

use domain::Language;

use super::normalise;

/// F1 of ROUGE-L of `hypothesis` against `reference`, 0..=1.
#[must_use]
pub fn rouge_l(reference: &str, hypothesis: &str, language: Language) -> f64 {
    let units = |text: &str| -> Vec<String> {
        let text = normalise(text);
        match language {
            Language::Ja | Language::Zh => {
                text.chars().filter(|c| !c.is_whitespace()).map(String::from).collect()
            }
            _ => text.split_whitespace().map(str::to_owned).collect(),
        }
    };
    let (reference, hypothesis) = (units(reference), units(hypothesis));
    let common = longest_common(&reference, &hypothesis) as f64;
    if common == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (common / hypothesis.len() as f64, common / reference.len() as f64);
    2.0 * precision * recall / (precision + recall)
}

fn longest_common(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_sequence_counts_with_its_gaps() {
        // police killed the gunman / police kill the gunman: three of four words, Lin's own example
        let f = rouge_l("police killed the gunman", "police kill the gunman", Language::En);
        assert!((f - 0.75).abs() < 1e-12, "{f}");
        assert_eq!(rouge_l("a b c", "", Language::En), 0.0);
        assert!((rouge_l("今日は晴れ", "今日は雨", Language::Ja) - 2.0 * 3.0 / 9.0).abs() < 1e-12);
    }
}
