//! Which kinds of task have a pipeline here. A kind without one is never declared.

use domain::{Offer, TaskKind};

use crate::engine::Capabilities;

/// What turns an input into a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pipeline {
    /// Sound of a file to a transcript.
    Transcription,
}

/// The pipeline of a kind.
pub(super) const fn pipeline(kind: TaskKind) -> Option<Pipeline> {
    match kind {
        // the sound track of a video is found by the same decoder
        TaskKind::Transcription | TaskKind::VideoTranscription => Some(Pipeline::Transcription),
        TaskKind::Tts
        | TaskKind::Summarization
        | TaskKind::TextTranslation
        | TaskKind::DocumentTranslation
        | TaskKind::AudioEnhancement
        | TaskKind::AudioAnalysis => None,
    }
}

/// What to declare: kinds whose models work and that have a pipeline.
pub(super) fn offers(capabilities: &Capabilities) -> Vec<Offer> {
    let works = capabilities
        .kinds
        .iter()
        .filter(|(kind, languages)| pipeline(*kind).is_some() && !languages.is_empty());
    works.map(|(kind, languages)| Offer { kind: *kind, languages: languages.clone() }).collect()
}

/// Leases to work on at once: what the models can run, at most what the operator allows, none when nothing works.
pub(super) fn capacity(capabilities: &Capabilities, most: Option<usize>) -> usize {
    if offers(capabilities).is_empty() {
        return 0;
    }
    most.map_or(capabilities.slots, |most| most.min(capabilities.slots))
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    #[test]
    fn only_what_works_and_has_a_pipeline_is_declared() {
        let kinds = vec![
            (TaskKind::Transcription, vec![Language::En]),
            (TaskKind::VideoTranscription, vec![]),
            (TaskKind::Tts, vec![Language::De]),
        ];
        let capabilities = Capabilities { kinds, slots: 4 };
        let declared: Vec<TaskKind> = offers(&capabilities).iter().map(|o| o.kind).collect();
        assert_eq!(declared, [TaskKind::Transcription]);
        assert_eq!(capacity(&capabilities, None), 4);
        assert_eq!(capacity(&capabilities, Some(2)), 2);
        assert_eq!(capacity(&capabilities, Some(9)), 4, "never more than the models can run");
        assert_eq!(capacity(&Capabilities { slots: 4, ..Default::default() }, None), 0);
    }
}
