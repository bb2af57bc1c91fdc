//! What a miner declares.

use crate::{Language, SourceLanguage, SummaryMode, TaskKind};

/// One kind of work that a miner takes, with the languages whose models passed their canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The kind.
    pub kind: TaskKind,
    /// Languages of the input that it can handle; never empty in a valid offer.
    pub languages: Vec<Language>,
    /// Translations: the directions, from and to; empty for the other kinds.
    pub directions: Vec<(Language, Language)>,
    /// Summaries: the ways in which it can make them when one is asked for; empty for the other kinds.
    pub modes: Vec<SummaryMode>,
}

/// What a task needs of the miner that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The kind.
    pub kind: TaskKind,
    /// Language of the input.
    pub source: SourceLanguage,
    /// Translations: language of the output.
    pub target: Option<Language>,
    /// Summaries: the way that was asked for, if one was.
    pub mode: Option<SummaryMode>,
}

impl Need {
    /// The queue that such a task waits in: tasks of one lane fit the same offers.
    #[must_use]
    pub fn lane(&self) -> String {
        let Self { kind, source, target, mode } = self;
        match (target, mode) {
            (Some(target), _) => format!("{kind}/{source}/{target}"),
            (None, Some(mode)) => format!("{kind}/{source}/{mode}"),
            (None, None) => format!("{kind}/{source}"),
        }
    }
}

impl Offer {
    /// An offer of a kind that has one language.
    #[must_use]
    pub const fn new(kind: TaskKind, languages: Vec<Language>) -> Self {
        Self { kind, languages, directions: Vec::new(), modes: Vec::new() }
    }

    /// An offer of translations in these directions.
    #[must_use]
    pub fn translating(kind: TaskKind, directions: Vec<(Language, Language)>) -> Self {
        let languages = Language::ALL.iter().copied().filter(|l| directions.iter().any(|d| d.0 == *l));
        Self { kind, languages: languages.collect(), directions, modes: Vec::new() }
    }

    /// An offer of summaries in these ways.
    #[must_use]
    pub const fn summarising(languages: Vec<Language>, modes: Vec<SummaryMode>) -> Self {
        Self { kind: TaskKind::Summarization, languages, directions: Vec::new(), modes }
    }

    /// Whether a task with this need fits this offer. `auto` fits any list of languages: the miner detects. No mode fits
    /// any: the miner chooses.
    #[must_use]
    pub fn covers(&self, need: Need) -> bool {
        let Need { kind, source, target, mode } = need;
        let fits = |l: Language| source.given().is_none_or(|given| given == l);
        self.kind == kind
            && mode.is_none_or(|mode| self.modes.contains(&mode))
            && match target {
                None => source.given().is_none_or(|l| self.languages.contains(&l)),
                Some(target) => self.directions.iter().any(|(from, to)| fits(*from) && *to == target),
            }
    }

    /// Every lane of the queue whose work fits this offer.
    pub fn lanes(&self) -> impl Iterator<Item = String> {
        let sources = self.languages.iter().map(|l| SourceLanguage::Given(*l)).chain([SourceLanguage::Auto]);
        let modes = || std::iter::once(None).chain(self.modes.iter().copied().map(Some));
        let plain = sources
            .filter(|_| self.directions.is_empty())
            .flat_map(move |source| modes().map(move |mode| (source, None, mode)));
        let directed = self.directions.iter().flat_map(|(from, to)| {
            [SourceLanguage::Given(*from), SourceLanguage::Auto].map(|source| (source, Some(*to), None))
        });
        let kind = self.kind;
        plain.chain(directed).map(move |(source, target, mode)| Need { kind, source, target, mode }.lane())
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
        let short = Offer::summarising(vec![En], vec![SummaryMode::Extractive]);
        assert_eq!(moved.languages, [En, De]);
        let targets = std::iter::once(None).chain(Language::ALL.iter().copied().map(Some));
        let sources = std::iter::once(SourceLanguage::Auto)
            .chain(Language::ALL.iter().copied().map(SourceLanguage::Given));
        let sources: Vec<_> = sources.collect();
        let plain = [None, Some(SummaryMode::Extractive), Some(SummaryMode::Abstractive)].map(|m| (None, m));
        for (target, mode) in targets.map(|t| (t, None)).chain(plain) {
            for kind in TaskKind::ALL.iter().copied() {
                for source in sources.iter().copied() {
                    let need = Need { kind, source, target, mode };
                    for offer in [&heard, &moved, &short] {
                        let directed = target.is_none() == offer.directions.is_empty();
                        let named = offer.lanes().any(|l| l == need.lane());
                        assert_eq!(offer.covers(need) && directed, named, "{need:?}");
                    }
                }
            }
        }
        let to = |source, target| Need {
            kind: TaskKind::TextTranslation,
            source,
            target: Some(target),
            mode: None,
        };
        assert!(moved.covers(to(SourceLanguage::Auto, Pt)));
        assert!(!moved.covers(to(SourceLanguage::Given(Pt), En)));
        let how =
            |mode| Need { kind: TaskKind::Summarization, source: SourceLanguage::Auto, target: None, mode };
        assert!(short.covers(how(None)) && short.covers(how(Some(SummaryMode::Extractive))));
        assert!(!short.covers(how(Some(SummaryMode::Abstractive))));
    }
}
