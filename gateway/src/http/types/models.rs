//! What this deployment serves.

use std::collections::BTreeMap;

use domain::{Language, ModelCard, SummaryMode, TaskKind};
use proto::client::MinerView;
use serde::Serialize;
use utoipa::ToSchema;

/// What this deployment serves now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Models {
    /// Kinds of work that can be asked for; a kind that is absent has no miner.
    tasks: Vec<ServedTask>,
    /// The models behind them.
    models: Vec<ServedModel>,
}

/// A kind of work that can be asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServedTask {
    #[schema(example = "text-translation")]
    task_type: &'static str,
    /// Languages of the input.
    languages: Vec<&'static str>,
    /// Translations: from which language into which.
    directions: Vec<Direction>,
    /// Summaries: values of `mode` that can be asked for.
    modes: Vec<&'static str>,
    /// Miners that take it.
    miners: usize,
}

/// A model that miners serve.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServedModel {
    #[schema(example = "whisper-base")]
    id: String,
    /// sha256 over code, configuration and weights.
    version: String,
    /// Kinds of work that it does.
    task_types: Vec<&'static str>,
    /// Languages that it works in; empty where language does not matter.
    languages: Vec<&'static str>,
    /// Those among them for which it is a stopgap: its results can be used, and are known to be weak.
    stopgap_languages: Vec<&'static str>,
    /// Translations: from which language into which.
    directions: Vec<Direction>,
    voices: Vec<Voice>,
    /// `production`: measured for every listed language; `smoke`: shows that the path works.
    quality: &'static str,
    /// SPDX name of the licence of its weights, or `unknown`.
    licence: String,
    /// Miners that serve it.
    miners: usize,
}

/// From one language into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub(crate) struct Direction {
    source: &'static str,
    target: &'static str,
}

/// A voice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Voice {
    name: String,
    language: &'static str,
    /// It speaks this language with a foreign accent, for want of a better one.
    stopgap: bool,
}

impl Models {
    /// Puts together what `miners` declare. Those that take no more work are left out.
    pub(crate) fn of(miners: &[MinerView]) -> Self {
        let serving = || miners.iter().filter(|m| !m.draining);
        let task = |kind: &TaskKind| {
            let taking: Vec<_> = serving().filter(|m| m.offers.iter().any(|o| o.kind == *kind)).collect();
            let offers = || taking.iter().flat_map(|m| &m.offers).filter(|o| o.kind == *kind);
            let spoken = |l: &&Language| offers().any(|o| o.languages.contains(l));
            let made = |m: &&SummaryMode| offers().any(|o| o.modes.contains(m));
            (!taking.is_empty()).then(|| ServedTask {
                task_type: kind.name(),
                languages: Language::ALL.iter().filter(spoken).map(|l| l.name()).collect(),
                directions: directions(offers().flat_map(|o| &o.directions)),
                modes: SummaryMode::ALL.iter().filter(made).map(|m| m.name()).collect(),
                miners: taking.len(),
            })
        };
        let mut cards: BTreeMap<(&str, &str), (&ModelCard, usize)> = BTreeMap::new();
        for card in serving().flat_map(|m| &m.models) {
            cards.entry((&card.id, &card.version)).or_insert((card, 0)).1 += 1;
        }
        Self {
            tasks: TaskKind::ALL.iter().filter_map(task).collect(),
            models: cards.into_values().map(|(card, miners)| ServedModel::of(card, miners)).collect(),
        }
    }
}

impl ServedModel {
    fn of(card: &ModelCard, miners: usize) -> Self {
        let names = |languages: &[Language]| languages.iter().map(|l| l.name()).collect();
        let voice = |(name, language): &(String, Language)| Voice {
            name: name.clone(),
            language: language.name(),
            stopgap: card.stopgap.contains(language),
        };
        Self {
            id: card.id.clone(),
            version: card.version.clone(),
            task_types: card.kinds.iter().map(|k| k.name()).collect(),
            languages: names(&card.languages),
            stopgap_languages: names(&card.stopgap),
            directions: directions(&card.directions),
            voices: card.voices.iter().map(voice).collect(),
            quality: card.quality.name(),
            licence: card.licence.clone(),
            miners,
        }
    }
}

/// Each once, in order.
fn directions<'a>(all: impl IntoIterator<Item = &'a (Language, Language)>) -> Vec<Direction> {
    let one = |(from, to): &(Language, Language)| Direction { source: from.name(), target: to.name() };
    let set: std::collections::BTreeSet<Direction> = all.into_iter().map(one).collect();
    set.into_iter().collect()
}
