//! Transcripts as subtitles: SubRip, WebVTT and plain text.

mod layout;
#[cfg(test)]
mod parse;

pub use layout::{Caption, LINE_CHARS, MAX_CHARS, MAX_MILLIS, captions};

use crate::Transcript;

/// SubRip. Numbered from 1, times exact to the millisecond, lines end with `\n`; empty for a transcript without speech.
#[must_use]
pub fn srt(transcript: &Transcript) -> String {
    let mut out = String::new();
    for (i, caption) in captions(transcript).iter().enumerate() {
        let (start, end) = (clock(caption.start_ms, ','), clock(caption.end_ms, ','));
        out.push_str(&format!("{}{}\n{start} --> {end}\n", if i == 0 { "" } else { "\n" }, i + 1));
        for line in &caption.lines {
            // SubRip has no escape: an arrow in speech must not read as a time line
            out.push_str(&line.replace("-->", "->"));
            out.push('\n');
        }
    }
    out
}

/// WebVTT. Characters that are markup there are escaped; a transcript without speech gives the header alone.
#[must_use]
pub fn vtt(transcript: &Transcript) -> String {
    let mut out = String::from("WEBVTT\n");
    for caption in captions(transcript) {
        out.push_str(&format!("\n{} --> {}\n", clock(caption.start_ms, '.'), clock(caption.end_ms, '.')));
        for line in &caption.lines {
            out.push_str(&escape(line));
            out.push('\n');
        }
    }
    out
}

/// The words alone, on one line that ends with `\n`; empty for a transcript without speech.
#[must_use]
pub fn plain(transcript: &Transcript) -> String {
    let mut text = transcript.text();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// `HH:MM:SS` and milliseconds after `point`. Hours take more digits when they need them.
fn clock(ms: u64, point: char) -> String {
    let s = ms / 1000;
    format!("{:02}:{:02}:{:02}{point}{:03}", s / 3600, s / 60 % 60, s % 60, ms % 1000)
}

fn escape(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, Segment, Word};
    use proptest::prelude::*;

    fn segment(start_ms: u64, end_ms: u64, text: &str) -> Segment {
        Segment { start_ms, end_ms, text: text.into(), words: vec![], avg_logprob: -0.2, no_speech_prob: 0.0 }
    }

    fn transcript(segments: Vec<Segment>) -> Transcript {
        let duration_ms = segments.last().map_or(0, |s| s.end_ms);
        let no_speech = segments.is_empty();
        Transcript {
            language: Some(Language::En),
            language_confidence: None,
            duration_ms,
            no_speech,
            segments,
        }
    }

    #[test]
    fn a_transcript_reads_as_srt_and_vtt() {
        let t = transcript(vec![
            segment(0, 1_250, "Hello there."),
            segment(3_661_000, 3_662_005, "a < b && c --> d"),
        ]);
        assert_eq!(
            srt(&t),
            "1\n00:00:00,000 --> 00:00:01,250\nHello there.\n\n2\n01:01:01,000 --> 01:01:02,005\na < b && c -> d\n"
        );
        assert_eq!(
            vtt(&t),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nHello there.\n\n01:01:01.000 --> 01:01:02.005\na &lt; b &amp;&amp; c --&gt; d\n"
        );
        assert_eq!(plain(&t), "Hello there. a < b && c --> d\n");
    }

    #[test]
    fn silence_gives_empty_captions() {
        let t = Transcript::silence(5_000);
        assert_eq!((srt(&t).as_str(), vtt(&t).as_str(), plain(&t).as_str()), ("", "WEBVTT\n", ""));
    }

    #[test]
    fn a_caption_takes_its_times_from_words() {
        let words: Vec<Word> = (0..20)
            .map(|i| Word {
                start_ms: i * 900,
                end_ms: i * 900 + 800,
                text: format!(" word{i}"),
                probability: 0.9,
            })
            .collect();
        let text = words.iter().map(|w| w.text.as_str()).collect::<String>().trim().to_owned();
        let t = transcript(vec![Segment { words, ..segment(0, 18_000, &text) }]);
        let captions = captions(&t);
        assert_eq!(captions.len(), 3);
        assert_eq!((captions[0].start_ms, captions[0].end_ms), (0, 6_200));
        assert_eq!((captions[1].start_ms, captions[1].end_ms), (6_300, 12_500));
    }

    fn texts() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            "[a-zA-Z0-9,.?!'&<>é\u{4e00}-\u{4e2f}]{1,12}",
            Just("-->".to_owned()),
            Just("x".repeat(130)),
            Just("今日はとても良い天気ですね".repeat(3)),
            Just("12".to_owned()),
        ];
        proptest::collection::vec(word, 0..30).prop_map(|w| w.join(" "))
    }

    /// Segments as the pipeline makes them: in order, not overlapping, with or without words.
    fn transcripts() -> impl Strategy<Value = Transcript> {
        proptest::collection::vec((0u64..5_000, 1u64..40_000, texts(), any::<bool>()), 0..12).prop_map(
            |parts| {
                let (mut at, mut segments) = (0, Vec::new());
                for (gap, length, text, with_words) in parts {
                    at += gap;
                    let mut s = segment(at, at + length, &text);
                    let n = text.split(' ').count() as u64;
                    if with_words && length >= n {
                        s.words = text
                            .split(' ')
                            .enumerate()
                            .map(|(i, w)| Word {
                                start_ms: at + length * i as u64 / n,
                                end_ms: at + length * (i as u64 + 1) / n,
                                text: format!(" {w}"),
                                probability: 1.0,
                            })
                            .collect();
                    }
                    at += length;
                    segments.push(s);
                }
                transcript(segments)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_500))]

        // P2: 2,500 lists, each through both formats and both parsers
        #[test]
        fn captions_read_back_in_order_without_overlap_and_exact(t in transcripts()) {
            let made = captions(&t);
            prop_assert_eq!(&parse::vtt(&vtt(&t)).unwrap(), &made);
            let arrowless: Vec<Caption> = made
                .iter()
                .map(|c| Caption { lines: c.lines.iter().map(|l| l.replace("-->", "->")).collect(), ..c.clone() })
                .collect();
            prop_assert_eq!(parse::srt(&srt(&t)).unwrap(), arrowless);

            for c in &made {
                prop_assert!(c.start_ms < c.end_ms && c.end_ms - c.start_ms <= MAX_MILLIS, "{:?}", c);
                prop_assert!((1..=2).contains(&c.lines.len()), "{:?}", c);
                prop_assert!(c.lines.iter().all(|l| (1..=LINE_CHARS).contains(&l.chars().count())), "{:?}", c);
            }
            prop_assert!(made.windows(2).all(|w| w[0].end_ms <= w[1].start_ms));
            let letters = |s: String| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(
                letters(made.iter().flat_map(|c| c.lines.clone()).collect()),
                letters(t.segments.iter().map(|s| s.text.clone()).collect())
            );
            if let (Some(first), Some(spoken)) = (made.first(), t.segments.iter().find(|s| !s.text.trim().is_empty())) {
                prop_assert_eq!(first.start_ms, spoken.start_ms);
            }
        }
    }
}
