//! What a translation must carry over unchanged: addresses, placeholders, tags, pictures and numbers. Pure.
//!
//! The translators themselves look for the same (facts.py) and try again; what is missing here is what they could not help.

mod numbers;
mod spans;

use std::collections::BTreeSet;

pub use spans::spans;

use self::numbers::{numbers, squeezed};

/// Numbers up to this are often written as words.
const SPELT: u64 = 12;
/// Letters of a long word.
const WORD: usize = 20;

/// What `target` should have of `source` and has not: addresses and the like first, then numbers as digits.
///
/// A small number that is gone counts only when the target has another in its place: it may be written as a word.
#[must_use]
pub fn missing(source: &str, target: &str) -> Vec<String> {
    let mut left: Vec<&str> = spans(target).into_iter().map(|s| &target[s]).collect();
    let mut lost = Vec::new();
    for span in spans(source) {
        match left.iter().position(|l| *l == &source[span.clone()]) {
            Some(at) => drop(left.swap_remove(at)),
            None => lost.push(source[span].to_owned()),
        }
    }
    let (source, target) = (without_spans(source), without_spans(target));
    let found: BTreeSet<String> = numbers(&target).into_iter().chain(numbers(&squeezed(&target))).collect();
    // "1 250" is one number or two; the reading that lost less is the right one
    let (apart, joined) = (gone(&source, &found), gone(&squeezed(&source), &found));
    lost.extend(if joined.len() < apart.len() { joined } else { apart });
    lost
}

/// Whether there is any language outside those pieces: letters, and more than two different ones in what is longer than
/// a word.
#[must_use]
pub fn has_letters(text: &str) -> bool {
    let text = without_spans(text);
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    let Some(first) = letters.next() else { return false };
    let Some(second) = letters.clone().find(|c| *c != first) else { return letters.count() < WORD };
    let length = letters.clone().count();
    length < WORD || letters.any(|c| c != first && c != second)
}

fn gone(source: &str, found: &BTreeSet<String>) -> Vec<String> {
    let wanted = numbers(source);
    let replaced = found.iter().any(|n| !wanted.contains(n));
    let spelt = |n: &String| !replaced && n.parse::<u64>().is_ok_and(|n| n <= SPELT);
    wanted.iter().filter(|n| !found.contains(*n) && !spelt(n)).cloned().collect()
}

fn without_spans(text: &str) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for span in spans(text) {
        out.push_str(&text[at..span.start]);
        out.push(' ');
        at = span.end;
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_in_another_writing_is_not_missing() {
        for (source, target) in [
            ("20,000 people", "2万人"),
            ("1.5億円", "150 000 000 yen"),
            ("1 250 km", "1.250 km"),
            ("1250 km", "1 250 km"),
            ("on 3 May at 17:30", "３日 17時30分"),
            ("8 hours", "acht Stunden"),
            ("Mail bob@x.org, {name}!", "{name}, escreva para bob@x.org."),
            ("See https://a.org/x?y=1.", "https://a.org/x?y=1をご覧ください。"),
            ("", ""),
        ] {
            assert_eq!(missing(source, target), [""; 0], "{source}");
        }
    }

    #[test]
    fn what_changed_or_is_gone_is_named() {
        for (source, target, lost) in [
            ("85 euros", "86 euros", "85"),
            ("8 hours", "6 Stunden", "8"),
            ("in 1998", "damals", "1998"),
            ("1,250,000 dollars", "1250万ドル", "1250000"),
            ("Open {file}.", "Abra o arquivo.", "{file}"),
            ("<b>Stop</b>", "<b>Pare", "</b>"),
            ("%d of %s", "%d de", "%s"),
            ("Great 👍🏽!", "Legal!", "👍🏽"),
        ] {
            assert_eq!(missing(source, target), [lost], "{source}");
        }
    }

    #[test]
    fn letters_inside_addresses_and_placeholders_are_no_language() {
        for text in ["", " 42 % ", "!!!", "😀😀", "https://a.org/page {x} %s <br>", "1 234,5 €"] {
            assert!(!has_letters(text), "{text}");
        }
        assert!(!has_letters(&"a".repeat(30)) && !has_letters(&"ha ".repeat(30)));
        assert!(has_letters("hahaha") && has_letters(&"no end ".repeat(30)));
        assert!(has_letters("a 1") && has_letters("犬") && has_letters("50% de"));
    }
}
