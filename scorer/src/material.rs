//! Texts that mean the same in ten languages, made from phrases: more of them than a validator ever needs, and for every
//! number another one.

use std::collections::BTreeMap;

use domain::{Language, Sha256, canonical};

/// The phrases that come with the program.
const PHRASES: &str = include_str!("../material/phrases.tsv");
/// The parts of a sentence in the order of the European languages, and in that of Japanese, Korean and Chinese.
const SLOTS: [&str; 4] = ["who", "do", "where", "when"];
const VERB_LAST: [usize; 4] = [0, 3, 2, 1];

/// Phrases by slot; each in every language.
#[derive(Debug, Clone)]
pub struct Material {
    slots: [Vec<BTreeMap<Language, String>>; 4],
    digest: Sha256,
}

/// Why phrases can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMaterial {
    /// A line has too few columns, or a column is empty.
    #[error("line {0} does not have a phrase in each of the ten languages")]
    Gap(usize),
    /// A slot nobody knows.
    #[error("line {0} names none of the slots who, do, where, when")]
    Slot(usize),
    /// A slot with fewer than two phrases.
    #[error("there are fewer than two phrases for \"{0}\"")]
    TooFew(&'static str),
}

impl Material {
    /// The phrases that come with the program.
    #[must_use]
    pub fn builtin() -> Self {
        // a test reads them; an empty set gives empty sentences, never a crash
        Self::parse(PHRASES)
            .unwrap_or_else(|_| Self { slots: Default::default(), digest: canonical::digest(b"") })
    }

    /// From tab-separated lines: slot, then the phrase in each language in the order of [`Language::ALL`]. Lines that begin
    /// with `#`, and the heading, do not count.
    ///
    /// # Errors
    /// [`BadMaterial`] with the first line at fault.
    pub fn parse(text: &str) -> Result<Self, BadMaterial> {
        let mut slots: [Vec<_>; 4] = Default::default();
        let lines = text.lines().enumerate().map(|(i, l)| (i + 1, l));
        for (number, line) in lines.filter(|(_, l)| !l.starts_with('#') && !l.starts_with("slot\t")) {
            let mut columns = line.split('\t');
            let slot = columns.next().unwrap_or_default();
            let slot = SLOTS.iter().position(|s| *s == slot).ok_or(BadMaterial::Slot(number))?;
            let phrases: BTreeMap<_, _> = Language::ALL
                .iter()
                .zip(columns)
                .filter(|(_, phrase)| !phrase.trim().is_empty())
                .map(|(language, phrase)| (*language, phrase.trim().to_owned()))
                .collect();
            if phrases.len() < Language::ALL.len() {
                return Err(BadMaterial::Gap(number));
            }
            slots[slot].push(phrases);
        }
        match slots.iter().position(|s| s.len() < 2) {
            Some(slot) => Err(BadMaterial::TooFew(SLOTS[slot])),
            None => Ok(Self { slots, digest: canonical::digest(text.as_bytes()) }),
        }
    }

    /// Digest of the lines.
    #[must_use]
    pub const fn digest(&self) -> Sha256 {
        self.digest
    }

    /// How many different sentences there are.
    #[must_use]
    pub fn sentences(&self) -> u64 {
        self.slots.iter().map(|s| s.len() as u64).product()
    }

    /// Sentence `number` (modulo their count) in `language`. The same number says the same in every language.
    #[must_use]
    pub fn sentence(&self, number: u64, language: Language) -> String {
        let mut rest = number;
        let parts = self.slots.each_ref().map(|slot| {
            let count = (slot.len() as u64).max(1);
            let index = usize::try_from(rest % count).unwrap_or_default();
            rest /= count;
            slot.get(index).and_then(|p| p.get(&language)).map_or("", String::as_str)
        });
        let verb_last = |separator: &str| VERB_LAST.map(|i| parts[i]).join(separator);
        match language {
            Language::Ja | Language::Zh => format!("{}。", verb_last("")),
            Language::Ko => format!("{}.", verb_last(" ")),
            Language::En
            | Language::Es
            | Language::Fr
            | Language::De
            | Language::It
            | Language::Pt
            | Language::Ru => format!("{}.", parts.join(" ")),
        }
    }

    /// Sentences `numbers` as one text.
    #[must_use]
    pub fn text(&self, numbers: &[u64], language: Language) -> String {
        let separator = if matches!(language, Language::Ja | Language::Zh) { "" } else { " " };
        numbers.iter().map(|n| self.sentence(*n, language)).collect::<Vec<_>>().join(separator)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_is_another_sentence_in_every_language() {
        let material = Material::parse(PHRASES).unwrap();
        let count = material.sentences();
        assert_eq!(count, 8 * 8 * 8 * 8);
        for language in Language::ALL.iter().copied() {
            let all: BTreeSet<_> = (0..count).map(|n| material.sentence(n, language)).collect();
            assert_eq!(all.len() as u64, count, "{language}");
        }
        let first = |l| material.sentence(0, l);
        assert_eq!(first(Language::De), "Meine Schwester liest einen langen Brief im Garten jeden Morgen.");
        assert_eq!(first(Language::Ja), "私の姉は毎朝庭で長い手紙を読みます。");
        assert_eq!(first(Language::Ko), "우리 누나는 매일 아침 정원에서 긴 편지를 읽습니다.");
    }

    #[test]
    fn a_file_with_gaps_is_refused_by_line() {
        assert_eq!(Material::parse("who\ta\tb").unwrap_err(), BadMaterial::Gap(1));
        assert_eq!(Material::parse("#\nwhy\ta").unwrap_err(), BadMaterial::Slot(2));
        assert_eq!(Material::parse("").unwrap_err(), BadMaterial::TooFew("who"));
    }
}
