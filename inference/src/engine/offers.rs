//! From models that work to kinds of task that can be taken.

use std::collections::BTreeSet;

use domain::{Language, ModelCard, Offer, SummaryMode, TaskKind};

/// What can be offered with these models. Speech is heard only where it can be found: without `speech_is_found`,
/// whatever needs that is not offered. Summaries are made in these `modes`.
pub(super) fn offers(models: &[ModelCard], speech_is_found: bool, modes: &[SummaryMode]) -> Vec<Offer> {
    TaskKind::ALL.iter().filter_map(|kind| offer(*kind, models, speech_is_found, modes)).collect()
}

fn offer(
    kind: TaskKind,
    models: &[ModelCard],
    speech_is_found: bool,
    modes: &[SummaryMode],
) -> Option<Offer> {
    use TaskKind::{AudioAnalysis, DocumentTranslation, TextTranslation, Transcription, VideoTranscription};
    let able = || models.iter().filter(|m| m.kinds.contains(&kind));
    match kind {
        Transcription | VideoTranscription | AudioAnalysis if !speech_is_found => None,
        TextTranslation | DocumentTranslation => {
            let directions: BTreeSet<_> = able().flat_map(|m| m.directions.iter().copied()).collect();
            let offer = Offer::translating(kind, directions.into_iter().collect());
            (!offer.languages.is_empty()).then_some(offer)
        }
        _ => {
            let speaks = |l: &&Language| able().any(|m| m.languages.is_empty() || m.languages.contains(l));
            let languages: Vec<Language> = Language::ALL.iter().filter(speaks).copied().collect();
            let modes = if kind == TaskKind::Summarization { modes.to_vec() } else { Vec::new() };
            (!languages.is_empty()).then(|| Offer { modes, ..Offer::new(kind, languages) })
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Quality;

    use super::*;
    use Language::{De, En, Pt};

    fn card(kinds: &[TaskKind], languages: &[Language], directions: &[(Language, Language)]) -> ModelCard {
        ModelCard {
            id: "m".into(),
            version: "v".into(),
            kinds: kinds.to_vec(),
            languages: languages.to_vec(),
            stopgap: Vec::new(),
            directions: directions.to_vec(),
            voices: Vec::new(),
            quality: Quality::Smoke,
            licence: "MIT".into(),
        }
    }

    #[test]
    fn a_kind_is_offered_in_the_languages_of_all_its_models() {
        let models = [
            card(&[TaskKind::Tts], &[En], &[]),
            card(&[TaskKind::Tts], &[De], &[]),
            card(&[TaskKind::TextTranslation], &[En, Pt], &[(En, Pt)]),
            card(&[TaskKind::TextTranslation], &[En, Pt], &[(En, Pt), (Pt, En)]),
        ];
        let offers = offers(&models, true, &[]);
        let of = |kind| offers.iter().find(|o: &&Offer| o.kind == kind);
        assert_eq!(of(TaskKind::Tts).unwrap().languages, [En, De]);
        assert_eq!(of(TaskKind::TextTranslation).unwrap().directions, [(En, Pt), (Pt, En)]);
        assert!(of(TaskKind::Transcription).is_none());
    }

    #[test]
    fn summaries_alone_have_modes() {
        let models = [card(&[TaskKind::Tts, TaskKind::Summarization], &[En], &[])];
        let offers = offers(&models, true, &[SummaryMode::Extractive]);
        let modes: Vec<_> = offers.iter().map(|o| (o.kind, o.modes.len())).collect();
        assert_eq!(modes, [(TaskKind::Tts, 0), (TaskKind::Summarization, 1)]);
    }

    #[test]
    fn nothing_is_heard_where_speech_is_not_found() {
        let models = [card(&[TaskKind::Transcription], &[], &[])];
        assert_eq!(
            offers(&models, false, &[]).iter().filter(|o| o.kind == TaskKind::Transcription).count(),
            0
        );
        assert!(offers(&models, true, &[]).iter().any(|o| o.kind == TaskKind::Transcription));
    }
}
