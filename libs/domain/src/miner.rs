//! What a miner declares.

use crate::{Language, SourceLanguage, TaskKind};

/// One kind of work that a miner takes, with the languages whose models passed their canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The kind.
    pub kind: TaskKind,
    /// Languages of the input that it can handle; never empty in a valid offer.
    pub languages: Vec<Language>,
    /// Translations: the directions, from and to; empty for the other kinds.
    pub directions: Vec<(Language, Language)>,
}

impl Offer {
    /// An offer of a kind that has one language.
    #[must_use]
    pub const fn new(kind: TaskKind, languages: Vec<Language>) -> Self {
        Self { kind, languages, directions: Vec::new() }
    }

    /// An offer of translations in these directions.
    #[must_use]
    pub fn translating(kind: TaskKind, directions: Vec<(Language, Language)>) -> Self {
        let languages = Language::ALL.iter().copied().filter(|l| directions.iter().any(|d| d.0 == *l));
        Self { kind, languages: languages.collect(), directions }
    }

    /// Whether work of `kind` with input in `source`, and output in `target` if it is a translation, fits this offer.
    /// `auto` fits any list of languages: the miner detects.
    #[must_use]
    pub fn covers(&self, kind: TaskKind, source: SourceLanguage, target: Option<Language>) -> bool {
        let fits = |l: Language| source.given().is_none_or(|given| given == l);
        self.kind == kind
            && match target {
                None => source.given().is_none_or(|l| self.languages.contains(&l)),
                Some(target) => self.directions.iter().any(|(from, to)| fits(*from) && *to == target),
            }
    }

    /// Every lane of the queue whose work fits this offer.
    pub fn lanes(&self) -> impl Iterator<Item = String> {
        let sources = self.languages.iter().map(|l| SourceLanguage::Given(*l)).chain([SourceLanguage::Auto]);
        let plain = sources.filter(|_| self.directions.is_empty()).map(|s| (s, None));
        let directed = self.directions.iter().flat_map(|(from, to)| {
            [SourceLanguage::Given(*from), SourceLanguage::Auto].map(|source| (source, Some(*to)))
        });
        plain.chain(directed).map(|(source, target)| lane(self.kind, source, target))
    }
}

/// The queue that a task waits in: tasks of one lane fit the same offers.
#[must_use]
pub fn lane(kind: TaskKind, source: SourceLanguage, target: Option<Language>) -> String {
    match target {
        None => format!("{kind}/{source}"),
        Some(target) => format!("{kind}/{source}/{target}"),
    }
}

crate::named! {
    /// What the results of a model are good for.
    "quality" pub enum Quality {
        /// Shows that the path works; not measured for every language, or known to be weak.
        Smoke = "smoke",
        /// Measured for every listed language.
        Production = "production",
    }
}

/// A model that a miner serves.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ModelCard {
    /// Such as `whisper-base`.
    pub id: String,
    /// sha256 over code, configuration and weights.
    pub version: String,
    /// Kinds of task that it does.
    pub kinds: Vec<TaskKind>,
    /// Languages that it works in; empty: any, as language does not matter.
    pub languages: Vec<Language>,
    /// Those among them for which it is a stopgap: its results can be used, and are known to be weak.
    pub stopgap: Vec<Language>,
    /// Directions that it translates; empty for the other kinds.
    pub directions: Vec<(Language, Language)>,
    /// Names of its voices, each with its language; empty where it does not speak.
    pub voices: Vec<(String, Language)>,
    /// What its results are good for.
    pub quality: Quality,
    /// SPDX name of the licence of its weights, or `unknown`.
    pub licence: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{De, En, Pt};

    #[test]
    fn an_offer_covers_what_its_lanes_name_and_nothing_else() {
        let heard = Offer::new(TaskKind::Transcription, vec![En, De]);
        let moved = Offer::translating(TaskKind::TextTranslation, vec![(En, Pt), (De, En)]);
        assert_eq!(moved.languages, [En, De]);
        let targets = std::iter::once(None).chain(Language::ALL.iter().copied().map(Some));
        let sources = std::iter::once(SourceLanguage::Auto)
            .chain(Language::ALL.iter().copied().map(SourceLanguage::Given));
        let sources: Vec<_> = sources.collect();
        for target in targets {
            for kind in TaskKind::ALL.iter().copied() {
                for source in sources.iter().copied() {
                    let lane = lane(kind, source, target);
                    for offer in [&heard, &moved] {
                        let directed = target.is_none() == offer.directions.is_empty();
                        let named = offer.lanes().any(|l| l == lane);
                        assert_eq!(offer.covers(kind, source, target) && directed, named, "{lane}");
                    }
                }
            }
        }
        assert!(moved.covers(TaskKind::TextTranslation, SourceLanguage::Auto, Some(Pt)));
        assert!(!moved.covers(TaskKind::TextTranslation, SourceLanguage::Given(Pt), Some(En)));
    }
}
