//! Grades by the rules, without a gateway.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use domain::{Analysis, Clipping, Language, TaskOptions};

use super::*;
use crate::service::tests::oracle::{FakeOracle, percent, tone, transcript};

fn judge(oracle: Option<Arc<FakeOracle>>) -> Judge {
    let oracle = oracle.map(|o| o as Arc<dyn Oracle>);
    Judge::new(oracle, 4, Duration::from_secs(30), Duration::from_secs(60))
}

fn case(kind: TaskKind, input: impl Into<Bytes>, answers: &[Bytes]) -> Case {
    let answer = |bytes: &Bytes| case::Answer { bytes: bytes.clone(), sample_rate: None };
    Case {
        kind,
        source: Some(Language::En),
        target: None,
        options: TaskOptions::default(),
        input: input.into(),
        answers: answers.iter().map(answer).collect(),
        truth: None,
    }
}

fn analysis(language: Option<Language>, loudness: f64) -> Bytes {
    let analysis = Analysis {
        duration_ms: 61_500,
        sample_rate: 16_000,
        channels: 1,
        container: "WAV".into(),
        codec: None,
        loudness_lufs: Some(loudness),
        loudness_range_lu: None,
        true_peak_dbtp: None,
        sample_peak_dbfs: None,
        clipping: Clipping::default(),
        dc_offset: 0.0,
        speech: vec![],
        speech_ratio: 0.0,
        language,
        language_confidence: None,
        snr_db: None,
    };
    serde_json::to_vec(&analysis).unwrap().into()
}

#[tokio::test]
async fn the_truth_beats_the_validators_own_ear() {
    // G7
    let oracle = Arc::new(FakeOracle::default());
    let wave = tone(16_000);
    oracle.hear(&wave, "what it hears");
    let mut case =
        case(TaskKind::Transcription, wave, &[transcript("what was said"), transcript("what it hears")]);
    let judge = judge(Some(oracle.clone()));
    let own = judge.judge(&case).await.unwrap();
    assert_eq!(
        (own.basis, own.grades.iter().map(|g| percent(g.accuracy)).collect::<Vec<_>>()[1]),
        (Basis::Inference, 100)
    );
    case.truth = Some(Truth::Text("what was said".to_owned()));
    let known = judge.judge(&case).await.unwrap();
    assert_eq!((known.basis, percent(known.grades[0].accuracy), known.units), (Basis::Truth, 100, 1));
    assert!(percent(known.grades[1].accuracy) < 50);
}

#[tokio::test]
async fn measurements_are_compared_with_each_other_where_nobody_measures() {
    let right = analysis(Some(Language::En), -23.0);
    let wrong = analysis(Some(Language::De), -40.0);
    let case = case(TaskKind::AudioAnalysis, "x", &[right.clone(), wrong, right]);
    let judged = judge(None).judge(&case).await.unwrap();
    assert_eq!((judged.basis, judged.units), (Basis::Agreement, 62));
    assert_eq!(percent(judged.grades[0].accuracy), 100);
    assert!(percent(judged.grades[1].accuracy) < 80);
}

#[tokio::test]
async fn sound_is_not_judged_by_whoever_cannot_open_it() {
    for kind in [TaskKind::Tts, TaskKind::AudioEnhancement] {
        let case = case(kind, "text", &[tone(10), tone(10), tone(10)]);
        assert!(matches!(judge(None).judge(&case).await, Err(Trouble::Never(_))), "{kind}");
    }
}

#[tokio::test]
async fn a_voice_is_judged_by_what_is_heard_and_how_long_it_takes() {
    let oracle = Arc::new(FakeOracle::default());
    let text = "The old clock stopped in the night.";
    let (right, hasty, silent) = (tone(35_000), tone(3_000), tone(0));
    oracle.hear(&right, text);
    oracle.hear(&hasty, text);
    let case = case(TaskKind::Tts, text, &[right, hasty, silent]);
    let judged = judge(Some(oracle)).judge(&case).await.unwrap();
    assert_eq!((percent(judged.grades[0].accuracy), judged.units), (100, 7));
    assert_eq!(judged.grades[1].fault, Some(crate::accuracy::Fault::Duration));
    assert_eq!(percent(judged.grades[2].accuracy), 0);
}

#[tokio::test]
async fn sound_that_is_too_long_is_left_to_others() {
    let oracle = Arc::new(FakeOracle::default());
    let long = Judge::new(Some(oracle), 4, Duration::from_secs(30), Duration::from_secs(1));
    let case = case(TaskKind::AudioEnhancement, tone(60_000), &[tone(60_000)]);
    assert!(matches!(long.judge(&case).await, Err(Trouble::Never(_))));
}

#[tokio::test]
async fn one_input_is_worked_on_once_and_another_option_is_other_work() {
    let oracle = Arc::new(FakeOracle::default());
    let judge = judge(Some(oracle.clone()));
    let summary = |most| {
        let mut case = case(TaskKind::Summarization, "one two three four five six seven", &[]);
        case.options.max_words = Some(most);
        case
    };
    for most in [10, 10, 20] {
        judge.judge(&summary(most)).await.unwrap();
    }
    assert_eq!(oracle.works.load(Ordering::SeqCst), 2);
}
