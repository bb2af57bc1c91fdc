//! What to declare, and how much.

use domain::{ModelCard, Offer};

use crate::engine::Capabilities;

/// What a miner declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ability {
    /// Kinds whose models work.
    pub(super) offers: Vec<Offer>,
    /// Those models.
    pub(super) models: Vec<ModelCard>,
    /// Leases to work on at once: what the models can run, at most what the operator allows, none when nothing works.
    pub(super) capacity: usize,
}

impl Ability {
    pub(super) fn of(capabilities: &Capabilities, most: Option<usize>) -> Self {
        let offers: Vec<Offer> =
            capabilities.offers.iter().filter(|o| !o.languages.is_empty()).cloned().collect();
        let slots = if offers.is_empty() { 0 } else { capabilities.slots };
        let capacity = most.map_or(slots, |most| most.min(slots));
        Self { offers, models: capabilities.models.clone(), capacity }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Language, TaskKind};

    use super::*;

    #[test]
    fn only_what_works_is_declared() {
        let one = |kind, languages: &[Language]| Offer::new(kind, languages.to_vec());
        let offers = vec![
            one(TaskKind::Transcription, &[Language::En]),
            one(TaskKind::VideoTranscription, &[]),
            one(TaskKind::Tts, &[Language::De]),
        ];
        let capabilities = Capabilities { offers, models: Vec::new(), slots: 4 };
        let declared: Vec<TaskKind> =
            Ability::of(&capabilities, None).offers.iter().map(|o| o.kind).collect();
        assert_eq!(declared, [TaskKind::Transcription, TaskKind::Tts]);
        let capacity = |most| Ability::of(&capabilities, most).capacity;
        assert_eq!(capacity(None), 4);
        assert_eq!(capacity(Some(2)), 2);
        assert_eq!(capacity(Some(9)), 4, "never more than the models can run");
        assert_eq!(Ability::of(&Capabilities { slots: 4, ..Default::default() }, None).capacity, 0);
    }
}
