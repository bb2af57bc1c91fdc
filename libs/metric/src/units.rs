//! What a text is counted in: words, or characters where words are written without spaces.

use domain::Language;

use super::normalise;

/// A unit of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Stretches between spaces.
    Word,
    /// Characters; spaces do not count.
    Character,
}

impl Unit {
    /// What error rates are counted in: characters in Japanese, Korean and Chinese, words elsewhere.
    #[must_use]
    pub const fn of_speech(language: Language) -> Self {
        if language.counts_characters() { Self::Character } else { Self::Word }
    }

    /// What summaries are counted in: characters in Japanese and Chinese, words elsewhere. Korean is written with spaces,
    /// and whole words are what a summary chooses; in speech a misheard ending should cost less than its word.
    #[must_use]
    pub const fn of_summaries(language: Language) -> Self {
        if matches!(language, Language::Ja | Language::Zh) { Self::Character } else { Self::Word }
    }

    /// The units of a text, [normalised](normalise).
    #[must_use]
    pub fn split(self, text: &str) -> Vec<Box<str>> {
        let text = normalise(text);
        match self {
            Self::Word => text.split_whitespace().map(Box::from).collect(),
            Self::Character => characters(&text).map(|c| Box::from(c.encode_utf8(&mut [0; 4]))).collect(),
        }
    }
}

/// Characters that are no white space.
pub(super) fn characters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace())
}
