use crate::{engine::WindowSegment, media::chunk::Span};

use super::*;

const SECOND: u64 = 16_000;

fn plan(start_s: u64, end_s: u64) -> Plan {
    Plan { spans: vec![Span { start: start_s * SECOND, end: end_s * SECOND }] }
}

/// A window that heard `words` at the given ms from its start, 200 ms each, as one segment.
fn heard(words: &[(u64, &str)], with_words: bool) -> WindowText {
    let text: String = words.iter().map(|(_, w)| format!(" {w}")).collect();
    let (start_ms, end_ms) = (words[0].0, words[words.len() - 1].0 + 200);
    let word = |(ms, w): &(u64, &str)| Word {
        start_ms: *ms,
        end_ms: ms + 200,
        text: format!(" {w}"),
        probability: 0.9,
    };
    WindowText {
        language: "en".into(),
        language_probability: 1.0,
        no_speech_probability: 0.0,
        segments: vec![WindowSegment {
            start_ms,
            end_ms,
            text,
            avg_logprob: -0.1,
            words: if with_words { words.iter().map(word).collect() } else { vec![] },
        }],
    }
}

fn merged(windows: Vec<(Plan, WindowText)>) -> (String, Vec<Segment>) {
    let mut merger = Merger::default();
    windows.into_iter().for_each(|(p, t)| merger.add(&p, t));
    let segments = merger.finish(1_000_000);
    (segments.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" "), segments)
}

#[test]
fn words_heard_twice_at_a_hard_cut_are_written_once() {
    // R7
    let first = heard(
        &[(1_000, "the"), (27_900, "quick"), (28_200, "brown"), (28_600, "fox"), (28_800, "jum")],
        true,
    );
    let second = heard(&[(0, "own"), (200, "brown"), (600, "fox,"), (900, "jumps"), (1_400, "over")], true);
    let (text, segments) = merged(vec![(plan(0, 29), first), (plan(28, 57), second)]);
    assert_eq!(text, "the quick brown fox jumps over");
    assert_eq!(segments[1].words[0].start_ms, 28_900);
    assert!(segments[0].end_ms <= segments[1].start_ms);
}

#[test]
fn without_a_common_word_each_window_keeps_its_half() {
    let first = heard(&[(27_000, "alpha"), (28_100, "beta"), (28_700, "garbled")], true);
    let second = heard(&[(100, "strange"), (600, "gamma"), (1_500, "delta")], true);
    assert_eq!(merged(vec![(plan(0, 29), first), (plan(28, 57), second)]).0, "alpha beta gamma delta");
}

#[test]
fn a_repeated_word_elsewhere_is_not_taken_for_the_joint() {
    let first = heard(&[(27_600, "the"), (28_300, "cat"), (28_700, "sat")], true);
    let second = heard(&[(300, "cat"), (700, "sat"), (1_100, "on"), (1_450, "the"), (1_900, "mat")], true);
    assert_eq!(merged(vec![(plan(0, 29), first), (plan(28, 57), second)]).0, "the cat sat on the mat");
}

#[test]
fn words_are_not_needed_for_a_clean_joint() {
    let first = heard(&[(27_000, "one"), (27_500, "two"), (28_000, "three"), (28_500, "four")], false);
    let second = heard(&[(0, "three"), (500, "four"), (1_000, "five"), (1_500, "six")], false);
    assert_eq!(merged(vec![(plan(0, 29), first), (plan(28, 57), second)]).0, "one two three four five six");
}

#[test]
fn a_window_that_adds_nothing_new_leaves_nothing_behind() {
    let first = heard(&[(28_100, "the"), (28_500, "end")], true);
    let second = heard(&[(100, "the"), (500, "end.")], true);
    assert_eq!(merged(vec![(plan(0, 29), first), (plan(28, 30), second)]).0, "the end");
}

#[test]
fn windows_that_do_not_overlap_lose_nothing() {
    let said = [(0, "same"), (500, "words")];
    let (text, _) = merged(vec![(plan(0, 10), heard(&said, true)), (plan(10, 20), heard(&said, true))]);
    assert_eq!(text, "same words same words");
}

#[test]
fn times_of_a_packed_window_become_times_of_the_file() {
    let packed = Plan {
        spans: vec![
            Span { start: 10 * SECOND, end: 12 * SECOND },
            Span { start: 100 * SECOND, end: 103 * SECOND },
        ],
    };
    let (_, segments) =
        merged(vec![(packed, heard(&[(1_500, "before"), (2_000, "after"), (9_000, "late")], true))]);
    let s = &segments[0];
    let times: Vec<_> = s.words.iter().map(|w| (w.start_ms, w.end_ms)).collect();
    assert_eq!(times, [(11_500, 11_700), (100_000, 100_200), (103_000, 103_000)]);
    assert_eq!((s.start_ms, s.end_ms), (11_500, 103_000));
}

#[test]
fn whatever_a_model_says_times_stay_in_order_and_in_the_file() {
    let wild = WindowText {
        segments: [(9_000, 100), (50, 60_000), (0, 0), (20_000, 19_000)]
            .map(|(start_ms, end_ms)| WindowSegment {
                start_ms,
                end_ms,
                text: format!("s{start_ms}"),
                avg_logprob: 3.0,
                words: vec![Word { start_ms: 70_000, end_ms: 3, text: "w".into(), probability: 9.0 }],
            })
            .to_vec(),
        ..heard(&[(0, "x")], true)
    };
    let mut merger = Merger::default();
    merger.add(&plan(0, 30), wild);
    let segments = merger.finish(25_000);
    assert_eq!(segments.len(), 4);
    assert!(segments.windows(2).all(|w| w[0].end_ms <= w[1].start_ms));
    for s in &segments {
        assert!(s.start_ms <= s.end_ms && s.end_ms <= 25_000 && s.avg_logprob <= 0.0);
        assert!(
            s.words
                .iter()
                .all(|w| s.start_ms <= w.start_ms && w.start_ms <= w.end_ms && w.end_ms <= s.end_ms)
        );
    }
}
