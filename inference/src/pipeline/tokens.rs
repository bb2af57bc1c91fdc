//! The words of a segment with their times, known or guessed. Pure.

use domain::{Segment, Word};

/// A word, or one character of a script that writes no spaces.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// As written, with the space before it.
    pub(super) text: String,
    /// Time in the file in ms.
    pub(super) start_ms: u64,
    /// Time in the file in ms.
    pub(super) end_ms: u64,
}

impl Token {
    /// Its letters alone, for comparison.
    pub(super) fn letters(&self) -> String {
        self.text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    }

    /// The middle of its time.
    pub(super) const fn middle(&self) -> u64 {
        u64::midpoint(self.start_ms, self.end_ms)
    }
}

/// The tokens of `segment`: its words where it has them, else its text cut up, with times by length.
pub(super) fn of(segment: &Segment) -> Vec<Token> {
    if !segment.words.is_empty() {
        let token = |w: &Word| Token { text: w.text.clone(), start_ms: w.start_ms, end_ms: w.end_ms };
        return segment.words.iter().map(token).collect();
    }
    let parts = cut(&segment.text);
    let total = parts.iter().map(String::len).sum::<usize>().max(1) as u64;
    let span = segment.end_ms.saturating_sub(segment.start_ms);
    let mut done = 0;
    parts
        .into_iter()
        .map(|text| {
            let start_ms = segment.start_ms + span * done / total;
            done += text.len() as u64;
            Token { text, start_ms, end_ms: segment.start_ms + span * done / total }
        })
        .collect()
}

/// Keeps tokens `from..to` of `segment`; `None` when nothing is left.
pub(super) fn trim(mut segment: Segment, from: usize, to: usize) -> Option<Segment> {
    let tokens = of(&segment);
    let kept = tokens.get(from..to)?;
    let (first, last) = (kept.first()?, kept.last()?);
    if kept.len() < tokens.len() {
        let text: String = kept.iter().map(|t| t.text.as_str()).collect();
        text.trim().clone_into(&mut segment.text);
        (segment.start_ms, segment.end_ms) = (first.start_ms, last.end_ms.max(first.start_ms));
        if !segment.words.is_empty() {
            segment.words = segment.words[from..to].to_vec();
        }
    }
    (!segment.text.is_empty()).then_some(segment)
}

/// Words with the space before them; ideographs and kana one by one.
fn cut(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut new = true;
    for c in text.chars() {
        let alone = matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}');
        match parts.last_mut() {
            Some(last) if !new && !alone && !c.is_whitespace() => last.push(c),
            // spaces gather in front of the word they belong to
            Some(last) if last.chars().all(char::is_whitespace) => last.push(c),
            _ => parts.push(c.to_string()),
        }
        new = alone;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_into_words_and_ideographs_without_loss() {
        assert_eq!(cut("Hello  there, you"), ["Hello", "  there,", " you"]);
        assert_eq!(cut("今日は OK です。"), ["今", "日", "は", " OK", " で", "す", "。"]);
        for text in ["", " ", "a", "a b ", "今 b今"] {
            assert_eq!(cut(text).concat(), text);
        }
    }

    #[test]
    fn a_trimmed_segment_takes_the_times_of_what_is_left() {
        let whole = Segment {
            start_ms: 1_000,
            end_ms: 2_000,
            text: "aa bb cc dd".into(),
            words: vec![],
            avg_logprob: 0.0,
            no_speech_prob: 0.0,
        };
        let part = trim(whole.clone(), 1, 3).unwrap();
        assert_eq!((part.text.as_str(), part.start_ms, part.end_ms), ("bb cc", 1_181, 1_727));
        assert_eq!(trim(whole.clone(), 0, 4), Some(whole.clone()));
        assert_eq!(trim(whole, 2, 2), None);
    }
}
