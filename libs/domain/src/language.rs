//! The ten languages.

use crate::UnknownName;

crate::named! {
    /// A language that Violet works in, by its ISO 639-1 tag.
    "language" pub enum Language {
        /// English.
        En = "en",
        /// Spanish.
        Es = "es",
        /// French.
        Fr = "fr",
        /// German.
        De = "de",
        /// Italian.
        It = "it",
        /// Portuguese.
        Pt = "pt",
        /// Russian.
        Ru = "ru",
        /// Japanese.
        Ja = "ja",
        /// Korean.
        Ko = "ko",
        /// Chinese.
        Zh = "zh",
    }
}

impl Language {
    /// English name of the language.
    #[must_use]
    pub const fn english_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Spanish",
            Self::Fr => "French",
            Self::De => "German",
            Self::It => "Italian",
            Self::Pt => "Portuguese",
            Self::Ru => "Russian",
            Self::Ja => "Japanese",
            Self::Ko => "Korean",
            Self::Zh => "Chinese",
        }
    }

    /// Whether words are written without spaces between them, so that accuracy is counted in characters.
    #[must_use]
    pub const fn counts_characters(self) -> bool {
        matches!(self, Self::Ja | Self::Ko | Self::Zh)
    }
}

/// What a client says of the language of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceLanguage {
    /// To be detected from the input.
    Auto,
    /// Given.
    Given(Language),
}

const SOURCE_NAMES: &[&str] = &["auto", "en", "es", "fr", "de", "it", "pt", "ru", "ja", "ko", "zh"];

impl SourceLanguage {
    /// `auto` or the tag.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Given(l) => l.name(),
        }
    }

    /// The language, if it was given.
    #[must_use]
    pub const fn given(self) -> Option<Language> {
        match self {
            Self::Auto => None,
            Self::Given(l) => Some(l),
        }
    }
}

impl std::str::FromStr for SourceLanguage {
    type Err = UnknownName;
    fn from_str(s: &str) -> Result<Self, UnknownName> {
        match s {
            "auto" => Ok(Self::Auto),
            _ => s.parse().map(Self::Given).map_err(|_| UnknownName::new("language", s, SOURCE_NAMES)),
        }
    }
}

impl std::fmt::Display for SourceLanguage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

crate::id::serde_as_text!(SourceLanguage);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_language_is_refused_with_the_known_ones() {
        // E17
        let refused = "klingon".parse::<SourceLanguage>().unwrap_err().to_string();
        assert!(refused.contains("klingon") && refused.contains("auto, en, es"), "{refused}");
        assert_eq!(SOURCE_NAMES.len(), Language::ALL.len() + 1);
        for l in Language::ALL {
            assert_eq!(l.name().parse::<SourceLanguage>().unwrap(), SourceLanguage::Given(*l));
        }
    }
}
