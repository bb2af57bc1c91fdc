//! Text as it is compared: what nobody says aloud does not count.

use unicode_normalization::UnicodeNormalization as _;

/// In this order: Unicode compatibility form (NFKC), lower case, apostrophes inside words dropped, the Russian ё as е
/// (which is how it is mostly written), every character that is neither letter, digit nor mark replaced by a space, white
/// space collapsed. Accents stay: they tell words apart. Numbers stay as they are written: a number spelt out is another
/// text.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if matches!(c, '\'' | '\u{2019}' | '\u{02bc}') {
            continue;
        }
        if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) {
            out.push(if c == 'ё' { 'е' } else { c });
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_and_punctuation_do_not_count() {
        assert_eq!(normalise("  Ill-disposed, \u{201c}DON\u{2019}T\u{201d}!  "), "ill disposed dont");
        assert_eq!(normalise("こんにちは、世界。"), "こんにちは 世界");
        assert_eq!(normalise("ｆｕｌｌ　ｗｉｄｔｈ"), "full width");
        assert_eq!(normalise("Её ёлка, Ёж"), "ее елка еж");
        assert_eq!(normalise("..."), "");
    }

    #[test]
    fn two_ways_to_write_a_letter_are_one() {
        assert_eq!(normalise("cafe\u{301}"), normalise("café"));
        assert_eq!(normalise("\u{1112}\u{1161}\u{11ab}"), "한");
        assert_eq!(normalise("ガ"), normalise("ｶﾞ"));
    }

    proptest! {
        #[test]
        fn a_normalised_text_has_no_spaces_to_spare(text in "\\PC{0,60}") {
            let normal = normalise(&text);
            prop_assert!(!normal.contains("  ") && normal.trim() == normal);
        }
    }
}
