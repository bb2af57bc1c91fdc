//! What every [`Engine`] promises, one function a clause. Each panics, naming the clause it broke.
//!
//! [`all`] runs on the echo engine in unit tests, and on a real server in the stories.

use std::{sync::Arc, time::Duration};

use domain::{Language, SourceLanguage};
use tokio_util::sync::CancellationToken;

use super::{Call, Engine, EngineError, FRAME_SAMPLES, WINDOW_SAMPLES, Window, WindowText, canary};

/// Every clause, one after the other.
///
/// # Panics
/// On the first broken clause.
pub async fn all(engine: &dyn Engine) {
    there_is_one_probability_for_each_started_frame(engine).await;
    speech_is_told_from_silence(engine).await;
    nothing_carries_over_between_calls(engine).await;
    input_of_a_wrong_length_is_refused(engine).await;
    times_lie_in_the_window_and_run_forward(engine).await;
    a_given_language_is_kept_and_a_detected_one_is_measured(engine).await;
    different_sound_gives_different_text(engine).await;
    a_call_ends_by_its_deadline(engine).await;
    a_cancelled_call_ends(engine).await;
    many_calls_at_once_are_all_answered(engine).await;
    what_can_be_asked_is_declared(engine);
}

/// A call with a minute of time.
#[must_use]
pub fn call() -> Call {
    Call {
        request_id: "conformance".to_owned(),
        timeout: Duration::from_secs(120),
        cancel: CancellationToken::new(),
    }
}

/// `ceil(n / 512)` probabilities, each in 0..=1.
///
/// # Panics
/// If the clause is broken.
pub async fn there_is_one_probability_for_each_started_frame(engine: &dyn Engine) {
    let clip = canary::clip();
    for n in [1, FRAME_SAMPLES - 1, FRAME_SAMPLES, FRAME_SAMPLES + 1, 40_000] {
        let probabilities = speech(engine, &clip[..n]).await;
        assert_eq!(probabilities.len(), n.div_ceil(FRAME_SAMPLES), "{n} samples");
        assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{probabilities:?}");
    }
}

/// Most of the clip is speech; silence is not.
///
/// # Panics
/// If the clause is broken.
pub async fn speech_is_told_from_silence(engine: &dyn Engine) {
    let probabilities = speech(engine, &canary::clip()).await;
    let spoken = probabilities.iter().filter(|p| **p > 0.5).count();
    assert!(spoken * 2 > probabilities.len(), "{spoken} of {} frames are speech", probabilities.len());
    let silence = speech(engine, &[0; 32_000]).await;
    assert!(silence.iter().all(|p| *p < 0.5), "{silence:?}");
}

/// The same sound gives the same probabilities, whatever was heard before.
///
/// # Panics
/// If the clause is broken.
pub async fn nothing_carries_over_between_calls(engine: &dyn Engine) {
    let clip = canary::clip();
    let first = speech(engine, &clip[20_000..30_000]).await;
    speech(engine, &[9_000; 16_000]).await;
    assert_eq!(first, speech(engine, &clip[20_000..30_000]).await, "probabilities depend on an earlier call");
}

/// Nothing, more than 30 s to transcribe, more than 120 s to look for speech: the input's fault.
///
/// # Panics
/// If the clause is broken.
pub async fn input_of_a_wrong_length_is_refused(engine: &dyn Engine) {
    for n in [0, WINDOW_SAMPLES + 1] {
        let window = Window { pcm: vec![0; n].into(), language: SourceLanguage::Auto };
        assert_eq!(engine.transcribe(window, &call()).await, Err(EngineError::BadInput), "{n} samples");
    }
    for n in [0, 120 * 16_000 + 1] {
        let answer = engine.speech(vec![0; n].into(), &call()).await;
        assert_eq!(answer, Err(EngineError::BadInput), "{n} samples");
    }
}

/// Segments do not overlap, words lie in their segment, all of it in the window.
///
/// # Panics
/// If the clause is broken.
pub async fn times_lie_in_the_window_and_run_forward(engine: &dyn Engine) {
    let clip = canary::clip();
    let twice: Vec<i16> = clip.iter().chain(&[0; 16_000]).chain(clip.iter()).copied().collect();
    for (pcm, least) in [(&clip[..], 1), (&twice[..], 1), (&clip[..1], 0), (&[0; 160][..], 0)] {
        let heard = transcribe(engine, pcm, SourceLanguage::Given(Language::En)).await;
        assert!(heard.segments.len() >= least, "nothing heard in {} samples", pcm.len());
        let mut at = 0;
        for segment in &heard.segments {
            assert!(at <= segment.start_ms && segment.start_ms <= segment.end_ms, "{segment:?}");
            assert!(segment.text.trim() == segment.text && !segment.text.is_empty(), "{segment:?}");
            assert!(segment.avg_logprob <= 0.0, "{segment:?}");
            let mut word_at = segment.start_ms;
            for word in &segment.words {
                assert!(word_at <= word.start_ms && word.start_ms <= word.end_ms, "{segment:?}");
                assert!((0.0..=1.0).contains(&word.probability), "{word:?}");
                word_at = word.end_ms;
            }
            assert!(word_at <= segment.end_ms, "{segment:?}");
            let joined: String = segment.words.iter().map(|w| w.text.as_str()).collect();
            assert_eq!(joined.trim(), segment.text, "words and text differ");
            at = segment.end_ms;
        }
        assert!(at <= pcm.len() as u64 / 16, "{at} ms lie behind the end of {} samples", pcm.len());
    }
}

/// A given language has probability 1; a detected one a measured probability below it. (E20)
///
/// # Panics
/// If the clause is broken.
pub async fn a_given_language_is_kept_and_a_detected_one_is_measured(engine: &dyn Engine) {
    let clip = canary::clip();
    for language in [Language::En, Language::Zh] {
        let heard = transcribe(engine, &clip, SourceLanguage::Given(language)).await;
        assert_eq!((heard.language.as_str(), heard.language_probability), (language.name(), 1.0));
    }
    let whole = transcribe(engine, &clip, SourceLanguage::Auto).await;
    let part = transcribe(engine, &clip[..16_000], SourceLanguage::Auto).await;
    for heard in [&whole, &part] {
        assert!(heard.language_probability > 0.0 && heard.language_probability < 1.0, "{heard:?}");
    }
    assert!(whole.language_probability != part.language_probability, "the probability is a constant");
}

/// Two inputs, two texts. (E3)
///
/// # Panics
/// If the clause is broken.
pub async fn different_sound_gives_different_text(engine: &dyn Engine) {
    let clip = canary::clip();
    let whole = transcribe(engine, &clip, SourceLanguage::Given(Language::En)).await;
    let part = transcribe(engine, &clip[..24_000], SourceLanguage::Given(Language::En)).await;
    let text = |heard: &WindowText| heard.segments.iter().map(|s| s.text.clone()).collect::<Vec<_>>();
    assert_ne!(text(&whole), text(&part));
}

/// No time left: no answer, and the call says so.
///
/// # Panics
/// If the clause is broken.
pub async fn a_call_ends_by_its_deadline(engine: &dyn Engine) {
    let call = Call { timeout: Duration::ZERO, ..call() };
    let window = Window { pcm: canary::clip(), language: SourceLanguage::Auto };
    assert_eq!(engine.transcribe(window, &call).await, Err(EngineError::Deadline));
    assert_eq!(engine.speech(canary::clip(), &call).await, Err(EngineError::Deadline));
}

/// Cancelled before or meanwhile: the call ends at once and says so.
///
/// # Panics
/// If the clause is broken.
pub async fn a_cancelled_call_ends(engine: &dyn Engine) {
    let call = call();
    call.cancel.cancel();
    let window = Window { pcm: canary::clip(), language: SourceLanguage::Auto };
    assert_eq!(engine.transcribe(window, &call).await, Err(EngineError::Cancelled));
    assert_eq!(engine.speech(canary::clip(), &call).await, Err(EngineError::Cancelled));
}

/// More calls than slots: each gets its own answer.
///
/// # Panics
/// If the clause is broken.
pub async fn many_calls_at_once_are_all_answered(engine: &dyn Engine) {
    let clip = canary::clip();
    let alone = transcribe(engine, &clip, SourceLanguage::Given(Language::En)).await;
    let calls = (0..6).map(|n| {
        let pcm = if n % 2 == 0 { &clip[..] } else { &clip[..FRAME_SAMPLES * 40] };
        transcribe(engine, pcm, SourceLanguage::Given(Language::En))
    });
    let answers = futures_util::future::join_all(calls).await;
    let texts = |heard: &WindowText| heard.segments.iter().map(|s| s.text.clone()).collect::<Vec<_>>();
    for (n, heard) in answers.iter().enumerate() {
        assert_eq!(
            texts(heard) == texts(&alone),
            n % 2 == 0,
            "call {n} got the answer of another: {heard:?}"
        );
    }
}

/// An engine that answers says what it can be asked.
///
/// # Panics
/// If the clause is broken.
pub fn what_can_be_asked_is_declared(engine: &dyn Engine) {
    let declared = engine.capabilities();
    assert!(declared.slots > 0 && !declared.offers.is_empty(), "{declared:?}");
}

async fn speech(engine: &dyn Engine, pcm: &[i16]) -> Vec<f32> {
    let answer = engine.speech(Arc::from(pcm), &call()).await;
    answer.unwrap_or_else(|error| panic!("no probabilities for {} samples: {error}", pcm.len()))
}

async fn transcribe(engine: &dyn Engine, pcm: &[i16], language: SourceLanguage) -> WindowText {
    let answer = engine.transcribe(Window { pcm: Arc::from(pcm), language }, &call()).await;
    answer.unwrap_or_else(|error| panic!("no text for {} samples: {error}", pcm.len()))
}

#[cfg(test)]
mod tests {
    use crate::engine::echo::EchoEngine;

    #[tokio::test]
    async fn the_echo_engine_keeps_every_promise() {
        super::all(&EchoEngine::new()).await;
    }
}
