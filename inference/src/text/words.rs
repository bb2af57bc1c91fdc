//! How long a text is. Pure.
//!
//! A word is what stands between white space; in Japanese and Chinese, which write none, every character but white space
//! is one. What goes on for more than [`LONGEST`] characters is several. The models count the same way (words.py).

use domain::Language;

/// Characters of one word at most.
const LONGEST: usize = 40;

/// Whether a language writes no space between words or sentences.
#[must_use]
pub const fn is_unspaced(language: Language) -> bool {
    matches!(language, Language::Ja | Language::Zh)
}

/// Words of a text.
#[must_use]
pub fn count(text: &str, language: Language) -> u64 {
    if is_unspaced(language) {
        return text.chars().filter(|c| !c.is_whitespace()).count() as u64;
    }
    text.split_whitespace().map(|word| word.chars().count().div_ceil(LONGEST) as u64).sum()
}

/// The beginning of a text of at most `most` words: as it is when it is that short, else up to a word's end and with an
/// ellipsis, which belongs to its last word, or is a character where those are counted.
#[must_use]
pub fn cut(text: &str, language: Language, most: u64) -> String {
    if count(text, language) <= most {
        return text.to_owned();
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let kept: String = if is_unspaced(language) {
        text.chars().filter(|c| !c.is_whitespace()).take(most.saturating_sub(1)).collect()
    } else {
        let short = |word: &str| word.chars().take(LONGEST - 1).collect::<String>();
        text.split_whitespace().take(most).map(short).collect::<Vec<_>>().join(" ")
    };
    kept.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Ja, Ko, Zh};

    #[test]
    fn words_stand_between_spaces_and_where_there_are_none_are_characters() {
        assert_eq!(count("The red light - blinks.", En), 5);
        assert_eq!(count("빨간 불이 깜박입니다.", Ko), 3);
        assert_eq!(count("赤い 光。", Ja), 4);
        assert_eq!(count(" \n ", Zh), 0);
        assert_eq!(count(&"a".repeat(401), En), 11);
    }

    #[test]
    fn a_cut_text_is_never_longer_than_allowed() {
        let texts = [
            "one two, three four five",
            "一二三四五六七八",
            "a",
            &"b".repeat(10_000),
            "… … … …",
            "x\u{3000}y z",
        ];
        for text in texts {
            for language in Language::ALL {
                for most in 1..12 {
                    let kept = cut(text, *language, most);
                    assert!(count(&kept, *language) <= most, "{kept} {language} {most}");
                }
            }
        }
        assert_eq!(cut("one two, three", En, 2), "one two…");
        assert_eq!(cut("一二三四五", Zh, 3), "一二…");
    }
}
