use std::collections::BTreeSet;

use super::*;
use crate::{
    accuracy::{Translated, translation},
    metric::Grams,
};

fn plan(secret: u8, number: u64, kind: TaskKind, language: Language) -> Option<Challenge> {
    Challenge::plan(&Secret::from_random([secret; 32]), number, kind, language, &Material::builtin())
}

fn text(challenge: &Challenge) -> &str {
    match &challenge.task {
        Task::Speech { text, .. }
        | Task::Tts { text, .. }
        | Task::Translation { text, .. }
        | Task::Enhancement { text, .. }
        | Task::Analysis { text, .. } => text,
    }
}

#[test]
fn a_challenge_is_made_again_from_its_secret_and_number() {
    // G9
    for kind in TaskKind::ALL.iter().copied().filter(|k| *k != TaskKind::Summarization) {
        for language in Language::ALL.iter().copied() {
            let one = plan(1, 40, kind, language).unwrap();
            assert_eq!(plan(1, 40, kind, language).unwrap(), one);
            assert_ne!(plan(2, 40, kind, language).unwrap(), one);
            assert!(!text(&one).is_empty());
        }
    }
    assert_eq!(plan(1, 40, TaskKind::Summarization, Language::En), None);
}

#[test]
fn ten_thousand_challenges_have_ten_thousand_texts() {
    let (secret, material) = (Secret::from_random([3; 32]), Material::builtin());
    let texts: BTreeSet<_> = (0..10_000).map(|n| secret.sentences(n, 3, material.sentences())).collect();
    assert_eq!(texts.len(), 10_000);
}

#[test]
fn the_truth_of_a_translation_is_the_same_text_in_the_other_language() {
    for number in 0..50 {
        let challenge = plan(9, number, TaskKind::TextTranslation, Language::En).unwrap();
        let Task::Translation { text, source, truth, target, .. } = &challenge.task else {
            panic!("a translation was asked for");
        };
        assert_ne!(source, target);
        let reference = Grams::new(truth);
        let graded =
            |said| translation(&reference, Translated { source: text, said, target: *target, found: None });
        assert_eq!(graded(truth).accuracy, domain::Score::ONE);
        assert_eq!(graded(text).accuracy, domain::Score::ZERO);
    }
}

#[test]
fn challenges_differ_in_everything_that_clients_differ_in() {
    let all: Vec<_> = (0..200).filter_map(|n| plan(4, n, TaskKind::Transcription, Language::De)).collect();
    let kinds = |of: &dyn Fn(&Challenge) -> String| all.iter().map(of).collect::<BTreeSet<_>>().len();
    assert_eq!(kinds(&|c| c.manner.priority.to_string()), 4);
    assert!(kinds(&|c| text(c).chars().count().to_string()) > 100);
    assert_eq!(kinds(&|c| c.manner.format.to_string()), 4);
    assert_eq!(kinds(&|c| c.manner.says_language.to_string()), 2);
    assert!(kinds(&|c| c.manner.name.clone()) > 100);
    assert!(kinds(&|c| c.delay_ms.to_string()) > 190);
    let sound = |c: &Challenge| match &c.task {
        Task::Speech { sound, .. } => *sound,
        other => panic!("{other:?}"),
    };
    assert_eq!(kinds(&|c| sound(c).sample_rate.to_string()), 4);
    assert_eq!(kinds(&|c| sound(c).noise.to_string()), 3);
}

#[test]
fn sound_that_is_its_own_truth_is_handed_in_without_loss() {
    for kind in [TaskKind::AudioEnhancement, TaskKind::AudioAnalysis] {
        let formats: BTreeSet<_> = (0..50)
            .filter_map(|n| plan(4, n, kind, Language::Fr))
            .map(|c| c.manner.format.to_string())
            .collect();
        assert_eq!(Vec::from_iter(formats), ["flac", "wav"], "{kind}");
    }
}
