//! Given and detected languages, from the client to the model and back.

use super::*;

/// Four windows of speech.
fn four_windows() -> Vec<i16> {
    let parts: Vec<(u64, i16)> = (0..4).flat_map(|i| [(25_000, 3_000 + 100 * i), (1_500, 0)]).collect();
    sound(&parts)
}

async fn detected(detects: &[(&'static str, f32)]) -> (Transcript, Vec<SourceLanguage>) {
    let mut trial = Trial::new(Fake { detects: detects.to_vec(), ..Fake::default() });
    trial.language = SourceLanguage::Auto;
    trial.in_flight = 4;
    let transcript = trial.run(&four_windows()).await.unwrap();
    assert_eq!(transcript.segments.len(), 4);
    (transcript, trial.engine.asked())
}

use SourceLanguage::{Auto, Given};

#[tokio::test]
async fn a_given_language_reaches_every_window() {
    // E22
    let mut trial = Trial::new(Fake::default());
    trial.language = Given(Language::Ja);
    let transcript = trial.run(&four_windows()).await.unwrap();
    assert_eq!((transcript.language, transcript.language_confidence), (Some(Language::Ja), None));
    assert_eq!(trial.engine.asked(), [Given(Language::Ja); 4]);
}

#[tokio::test]
async fn a_language_is_detected_once_and_holds_for_the_file() {
    // E20, R15
    let (transcript, asked) = detected(&[("fr", 0.83)]).await;
    assert_eq!((transcript.language, transcript.language_confidence), (Some(Language::Fr), Some(0.83)));
    assert_eq!(asked, [Auto, Given(Language::Fr), Given(Language::Fr), Given(Language::Fr)]);
}

#[tokio::test]
async fn a_window_heard_in_the_wrong_language_is_heard_again() {
    // R15: p = 0.3 is not enough to decide alone
    let (transcript, asked) = detected(&[("pt", 0.3), ("es", 0.8)]).await;
    assert_eq!(transcript.language, Some(Language::Es));
    assert_eq!(asked[..2], [Auto, Auto]);
    assert_eq!(asked[2..], [Given(Language::Es); 3]);
}

#[tokio::test]
async fn a_language_outside_the_ten_is_written_down_without_a_label() {
    let (transcript, asked) = detected(&[("nl", 0.95)]).await;
    assert_eq!((transcript.language, transcript.language_confidence), (None, None));
    assert!(!transcript.no_speech);
    assert_eq!(asked, [Auto; 4]);
}

#[tokio::test]
async fn one_unsure_window_is_all_a_short_file_has() {
    let mut trial = Trial::new(Fake { detects: vec![("de", 0.43)], ..Fake::default() });
    trial.language = Auto;
    let transcript = trial.run(&sound(&[(2_000, 4_000)])).await.unwrap();
    assert_eq!((transcript.language, transcript.language_confidence), (Some(Language::De), Some(0.43)));
    assert_eq!(trial.engine.asked(), [Auto]);
}
