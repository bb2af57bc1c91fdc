//! Windows joined into one transcript. Pure.

use domain::{Segment, Word};

use super::{
    guard,
    tokens::{self, Token},
};
use crate::{
    engine::{SAMPLE_RATE, WindowText},
    media::chunk::Plan,
};

/// How far a word may be heard from its place, when one window is held against the next.
const SLACK_MS: u64 = 500;

/// Takes windows in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Merger {
    segments: Vec<Segment>,
    /// End of the last window, in ms.
    end_ms: u64,
}

impl Merger {
    /// Adds what was heard in the window that `plan` made.
    pub(super) fn add(&mut self, plan: &Plan, text: WindowText) {
        let no_speech = text.no_speech_probability;
        let length_ms = plan.len() * 1000 / u64::from(SAMPLE_RATE);
        let mut new: Vec<Segment> = Vec::new();
        for heard in guard::keep(text.segments, no_speech) {
            let begin = |ms: u64| plan.begin_in_file(ms.min(length_ms));
            let end = |ms: u64| plan.end_in_file(ms.min(length_ms));
            let words = heard
                .words
                .into_iter()
                .filter(|w| !w.text.trim().is_empty())
                .map(|w| Word { start_ms: begin(w.start_ms), end_ms: end(w.end_ms), ..w })
                .collect();
            new.push(Segment {
                start_ms: begin(heard.start_ms),
                end_ms: end(heard.end_ms),
                text: heard.text.trim().to_owned(),
                words,
                avg_logprob: heard.avg_logprob.min(0.0),
                no_speech_prob: no_speech.clamp(0.0, 1.0),
            });
        }
        let begins = plan.start() * 1000 / u64::from(SAMPLE_RATE);
        if begins < self.end_ms && !self.segments.is_empty() && !new.is_empty() {
            self.join(&mut new, begins);
        }
        self.end_ms = self.end_ms.max(plan.end() * 1000 / u64::from(SAMPLE_RATE));
        self.segments.append(&mut new);
    }

    /// All segments: in order, not overlapping, words within their segment.
    pub(super) fn finish(self, duration_ms: u64) -> Vec<Segment> {
        let mut floor = 0;
        let mut segments = self.segments;
        for s in &mut segments {
            s.start_ms = s.start_ms.clamp(floor, duration_ms.max(floor));
            s.end_ms = s.end_ms.clamp(s.start_ms, duration_ms.max(s.start_ms));
            let mut at = s.start_ms;
            for w in &mut s.words {
                w.start_ms = w.start_ms.clamp(at, s.end_ms);
                w.end_ms = w.end_ms.clamp(w.start_ms, s.end_ms);
                w.probability = w.probability.clamp(0.0, 1.0);
                at = w.end_ms;
            }
            floor = s.end_ms;
        }
        segments
    }

    /// Drops what both windows heard of the stretch from `begins` to the end of the last one: the join is the longest
    /// run of words that both have there; without one, the middle of the stretch.
    fn join(&mut self, new: &mut Vec<Segment>, begins: u64) {
        let near = |t: &Token| t.end_ms + SLACK_MS > begins && t.start_ms < self.end_ms + SLACK_MS;
        let old = flat(&self.segments).into_iter().filter(|(_, _, t)| near(t)).collect::<Vec<_>>();
        let fresh = flat(new).into_iter().filter(|(_, _, t)| near(t)).collect::<Vec<_>>();
        let (keep_old, keep_new) = match longest_run(&old, &fresh) {
            Some((old_end, fresh_end)) => (old.get(old_end).map(at), fresh.get(fresh_end).map(at)),
            None => {
                let middle = u64::midpoint(begins, self.end_ms);
                let late = old.iter().find(|(_, _, t)| t.middle() >= middle).map(at);
                (late, fresh.iter().find(|(_, _, t)| t.middle() >= middle).map(at))
            }
        };
        if let Some((segment, token)) = keep_old {
            self.segments.truncate(segment + 1);
            let last = self.segments.pop().and_then(|s| tokens::trim(s, 0, token));
            self.segments.extend(last);
        }
        // without a token to go on with, everything near the joint was heard before
        let (segment, token) = keep_new.unwrap_or_else(|| match fresh.last() {
            Some((segment, token, _)) => (*segment, token + 1),
            None => (0, 0),
        });
        let mut rest = new.split_off(segment.min(new.len())).into_iter();
        let first = rest.next().and_then(|s| {
            let count = tokens::of(&s).len();
            tokens::trim(s, token.min(count), count)
        });
        *new = first.into_iter().chain(rest).collect();
    }
}

/// A token and where it stands: segment, token, itself.
type Placed = (usize, usize, Token);

fn at((segment, token, _): &Placed) -> (usize, usize) {
    (*segment, *token)
}

fn flat(segments: &[Segment]) -> Vec<Placed> {
    let of = |(i, s): (usize, &Segment)| tokens::of(s).into_iter().enumerate().map(move |(j, t)| (i, j, t));
    segments.iter().enumerate().flat_map(of).collect()
}

/// Ends of the longest run of equal words in both, one past its last word. A single word counts only where both heard
/// it at the same moment.
fn longest_run(old: &[Placed], fresh: &[Placed]) -> Option<(usize, usize)> {
    let letters = |placed: &[Placed]| placed.iter().map(|(_, _, t)| t.letters()).collect::<Vec<_>>();
    let (a, b) = (letters(old), letters(fresh));
    let mut best: Option<(usize, usize, usize)> = None;
    let mut above = vec![0usize; b.len() + 1];
    for i in 0..a.len() {
        let mut row = vec![0usize; b.len() + 1];
        for j in 0..b.len() {
            let together = old[i].2.middle().abs_diff(fresh[j].2.middle()) <= 2 * SLACK_MS;
            if a[i] == b[j] && !a[i].is_empty() && together {
                row[j + 1] = above[j] + 1;
                if best.is_none_or(|(length, ..)| row[j + 1] > length) {
                    best = Some((row[j + 1], i + 1, j + 1));
                }
            }
        }
        above = row;
    }
    best.map(|(_, i, j)| (i, j))
}

#[cfg(test)]
mod tests;
