//! What a speech model invents when there is nothing to hear, and how it is told from speech. Pure.

use crate::engine::WindowSegment;

/// Above this probability of no speech, a segment must be fairly sure of its words.
const NO_SPEECH: f32 = 0.6;
/// Mean log probability below which it is not.
const UNSURE: f32 = -1.0;
/// A unit said this often in a row is a loop ...
const REPEATS: usize = 5;
/// ... when the repeats are at least this many characters together ...
const LOOP_CHARS: usize = 40;
/// ... and this share of the text, in percent.
const LOOP_SHARE: usize = 60;
/// The same segment this often in a row is a loop of segments; the first is kept.
const SAME_SEGMENTS: usize = 4;

/// Segments worth keeping, in order: drops those without text, those the model itself takes for silence, and loops.
pub(super) fn keep(segments: Vec<WindowSegment>, no_speech: f32) -> Vec<WindowSegment> {
    let mut kept: Vec<WindowSegment> = segments
        .into_iter()
        .filter(|s| !s.text.trim().is_empty())
        .filter(|s| !(no_speech > NO_SPEECH && s.avg_logprob < UNSURE))
        .filter(|s| !is_loop(&s.text))
        .collect();
    let mut start = 0;
    while start < kept.len() {
        let run = kept[start..].iter().take_while(|s| s.text.trim() == kept[start].text.trim()).count();
        if run >= SAME_SEGMENTS {
            kept.drain(start + 1..start + run);
        }
        start += if run >= SAME_SEGMENTS { 1 } else { run };
    }
    kept
}

/// Whether one unit of up to a quarter of the text, said over and over, makes up most of it. Compared without case,
/// spaces and punctuation, so that it works for every script.
fn is_loop(text: &str) -> bool {
    let letters: Vec<char> =
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if letters.len() < LOOP_CHARS {
        return false;
    }
    (1..=letters.len() / REPEATS).any(|unit| {
        // a letter that equals the one a unit earlier continues a run of repeats
        let (mut longest, mut run) = (0, 0);
        for at in unit..letters.len() {
            run = if letters[at] == letters[at - unit] { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        let covered = longest + unit;
        longest >= unit * (REPEATS - 1)
            && covered >= LOOP_CHARS
            && covered * 100 >= letters.len() * LOOP_SHARE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(text: &str, avg_logprob: f32) -> WindowSegment {
        WindowSegment { start_ms: 0, end_ms: 1_000, text: text.into(), avg_logprob, words: vec![] }
    }

    fn texts(segments: Vec<WindowSegment>, no_speech: f32) -> Vec<String> {
        keep(segments, no_speech).into_iter().map(|s| s.text).collect()
    }

    #[test]
    fn a_segment_is_dropped_only_when_both_signs_say_silence() {
        assert!(texts(vec![segment("Thanks for watching!", -1.4)], 0.8).is_empty());
        assert_eq!(texts(vec![segment("Speech under noise.", -1.4)], 0.3).len(), 1);
        assert_eq!(texts(vec![segment("Clear speech.", -0.2)], 0.8).len(), 1);
    }

    #[test]
    fn loops_are_dropped_and_emphasis_is_not() {
        for looped in [
            "I'm going to go to the, ".repeat(8),
            "ご視聴ありがとうございました".repeat(6),
            "So. ".to_owned() + &"na ".repeat(60),
        ] {
            assert!(is_loop(&looped), "{looped}");
        }
        for speech in [
            "No, no, no, no, no!",
            "Row, row, row your boat, gently down the stream, merrily, merrily, merrily, merrily, life is but a dream.",
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
        ] {
            assert!(!is_loop(speech), "{speech}");
        }
    }

    #[test]
    fn of_a_run_of_equal_segments_the_first_stays() {
        let said = |t: &str| segment(t, -0.2);
        let run = vec![
            said("Yes."),
            said("You."),
            said("You."),
            said("You."),
            said("You."),
            said("Bye."),
            said("Bye."),
        ];
        assert_eq!(texts(run, 0.0), ["Yes.", "You.", "Bye.", "Bye."]);
    }
}
