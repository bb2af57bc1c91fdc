//! From the file to the transcript, with sound whose content is known.

use std::sync::atomic::Ordering;

use super::*;

fn texts(t: &Transcript) -> Vec<&str> {
    t.segments.iter().flat_map(|s| s.text.split(' ')).collect()
}

#[tokio::test]
async fn every_sentence_of_ten_minutes_comes_back_once_in_order_and_in_its_place() {
    // R7, E25
    let bursts: Vec<i16> = (0..120).map(|i| 2_000 + 200 * i).collect();
    let parts: Vec<(u64, i16)> = bursts.iter().flat_map(|a| [(2_000, 0), (3_000, *a)]).collect();
    let mut trial = Trial::new(Fake::default());
    trial.in_flight = 4;
    let transcript = trial.run(&sound(&parts)).await.unwrap();

    assert_eq!(transcript.duration_ms, 600_000);
    assert!(!transcript.no_speech);
    let want: Vec<String> = bursts.iter().map(ToString::to_string).collect();
    assert_eq!(texts(&transcript), want);
    for (i, segment) in transcript.segments.iter().enumerate() {
        let start = 2_000 + 5_000 * i as u64;
        assert!(
            segment.start_ms.abs_diff(start) <= 2 && segment.end_ms.abs_diff(start + 3_000) <= 2,
            "{segment:?}"
        );
    }
    let windows = trial.engine.asked().len();
    assert!((14..=16).contains(&windows), "360 s of speech and its pads in {windows} windows");
    assert!(trial.engine.most_busy.load(Ordering::SeqCst) <= 4);
}

#[tokio::test]
async fn speech_without_a_pause_loses_and_doubles_no_word() {
    // R7: a hard cut falls inside a word, which both windows hear in part
    for wordless in [false, true] {
        let parts: Vec<(u64, i16)> = (0..250).map(|i| (400, 2_000 + 100 * i)).collect();
        let trial = Trial::new(Fake { wordless, ..Fake::default() });
        let transcript = trial.run(&sound(&parts)).await.unwrap();
        let want: Vec<String> = parts.iter().map(|(_, a)| a.to_string()).collect();
        assert_eq!(texts(&transcript), want, "wordless: {wordless}");
        assert!(transcript.segments.windows(2).all(|w| w[0].end_ms <= w[1].start_ms));
    }
}

#[tokio::test]
async fn silence_is_an_empty_transcript_and_costs_no_model_call() {
    // R13
    let trial = Trial::new(Fake::default());
    let transcript = trial.run(&sound(&[(65_250, 0)])).await.unwrap();
    assert_eq!(transcript, Transcript { language: Some(Language::En), ..Transcript::silence(65_250) });
    assert_eq!(trial.engine.asked().len(), 0);
    assert_eq!(trial.progress.lock().unwrap().last(), Some(&100));
}

#[tokio::test]
async fn windows_run_side_by_side_up_to_the_given_number() {
    let mut trial = Trial::new(Fake { together: Some(tokio::sync::Barrier::new(3)), ..Fake::default() });
    trial.in_flight = 3;
    // six windows of 25 s each: two rounds of three
    let parts: Vec<(u64, i16)> = (0..6).flat_map(|i| [(25_000, 3_000 + 100 * i), (1_500, 0)]).collect();
    let transcript = trial.run(&sound(&parts)).await.unwrap();
    assert_eq!(texts(&transcript), ["3000", "3100", "3200", "3300", "3400", "3500"]);
    assert_eq!(trial.engine.most_busy.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn progress_only_grows_and_ends_with_100() {
    let parts: Vec<(u64, i16)> = (0..8).flat_map(|i| [(20_000, 3_000 + 100 * i), (1_500, 0)]).collect();
    let trial = Trial::new(Fake::default());
    trial.run(&sound(&parts)).await.unwrap();
    let seen = trial.progress.lock().unwrap().clone();
    assert!(seen.len() >= 8 && seen.is_sorted() && seen.last() == Some(&100), "{seen:?}");
}

#[tokio::test]
async fn cancelling_reaches_the_model() {
    // R27
    let trial = Trial::new(Fake { hangs: true, ..Fake::default() });
    let pcm = sound(&[(3_000, 5_000)]);
    let (result, ()) = tokio::join!(trial.run(&pcm), async {
        trial.engine.started.notified().await;
        trial.cancel.cancel();
    });
    assert_eq!(result, Err(PipelineError::Cancelled));
    assert_eq!(PipelineError::Cancelled.failure(), None);
}

#[tokio::test]
async fn one_failed_window_fails_the_file_and_frees_the_others() {
    let fails = Some((1, EngineError::Unavailable));
    let trial = Trial::new(Fake { fails, ..Fake::default() });
    let parts: Vec<(u64, i16)> = (0..4).flat_map(|i| [(25_000, 3_000 + 100 * i), (1_500, 0)]).collect();
    let error = trial.run(&sound(&parts)).await.unwrap_err();
    assert_eq!(error, PipelineError::Engine(EngineError::Unavailable));
    assert!(trial.engine.asked().len() <= 2);
    assert!(!trial.progress.lock().unwrap().contains(&100));
}

#[tokio::test]
async fn a_file_that_is_no_recording_fails_for_its_own_reason() {
    // E21
    let trial = Trial::new(Fake::default());
    let error = trial.run(&[]).await.unwrap_err();
    assert_eq!(error.to_string(), "the file holds no audio samples");
    assert_eq!(error.failure().unwrap().reason, domain::FailReason::NothingToDo);
}

#[tokio::test]
async fn sound_is_judged_in_pieces_of_a_minute_that_overlap_a_little() {
    let trial = Trial::new(Fake::default());
    trial.run(&sound(&[(150_000, 0)])).await.unwrap();
    let judged = trial.engine.judged.lock().unwrap().clone();
    assert_eq!(judged.len(), 3);
    assert!(judged.iter().sum::<usize>() - 2 * 32 * 512 == 150 * 16_000, "{judged:?}");
}
