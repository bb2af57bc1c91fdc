//! Text as it is compared: what nobody says aloud does not count.

use unicode_normalization::UnicodeNormalization as _;

/// Unicode compatibility form (NFKC), lower case, every character that is neither letter, digit nor mark replaced by a
/// space (apostrophes inside a word are dropped), white space collapsed.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if matches!(c, '\'' | '\u{2019}' | '\u{02bc}') {
            continue;
        }
        if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_punctuation_do_not_count() {
        assert_eq!(normalise("  Ill-disposed, \u{201c}DON\u{2019}T\u{201d}!  "), "ill disposed dont");
        assert_eq!(normalise("こんにちは、世界。"), "こんにちは 世界");
        assert_eq!(normalise("ｆｕｌｌ　ｗｉｄｔｈ"), "full width");
        assert_eq!(normalise("..."), "");
    }
}
