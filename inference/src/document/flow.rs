//! How a translated text is laid out in lines.

use super::unit::is_unspaced;

/// Where lines break in what is written for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// One line, however long.
    Free,
    /// Lines of at most that many characters.
    Lines { width: usize, newline: String },
    /// Cut up over several places in proportion to their weights, each laid out in lines of subtitles.
    Share { weights: Vec<usize>, newline: String },
}

/// Most characters of a line of subtitles.
pub(super) const CUE_WIDTH: usize = domain::caption::LINE_CHARS;

/// Writes texts piece by piece, breaking lines between words.
pub(super) struct Writer<'a> {
    flow: &'a Flow,
    column: usize,
    /// A space that is owed: it becomes a line break when the next word does not fit.
    space: bool,
}

impl<'a> Writer<'a> {
    pub(super) const fn new(flow: &'a Flow) -> Self {
        Self { flow, column: 0, space: false }
    }

    /// A mark follows: whatever space is owed comes before it.
    pub(super) fn mark(&mut self, out: &mut String) {
        if std::mem::take(&mut self.space) {
            out.push(' ');
            self.column += 1;
        }
    }

    pub(super) fn write(&mut self, text: &str, out: &mut String) {
        let Flow::Lines { width, newline } = self.flow else {
            out.push_str(text);
            return;
        };
        for word in words(text) {
            if word.starts_with(char::is_whitespace) {
                self.space = true;
                continue;
            }
            let length = word.chars().count();
            let full = self.column > 0 && self.column + usize::from(self.space) + length > *width;
            let may_break = self.space || word.starts_with(is_unspaced);
            if full && may_break {
                out.push_str(newline);
                self.column = 0;
                self.space = false;
            }
            self.mark(out);
            out.push_str(word);
            self.column += length;
        }
        if self.space && text.ends_with(char::is_whitespace) {
            self.mark(out);
        }
    }
}

/// Words, runs of white space, and single characters of scripts without spaces. Closing punctuation stays with the
/// character before it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let kind = |c: char| (c.is_whitespace(), is_unspaced(c));
        let mut end = rest.len();
        for (at, c) in rest.char_indices().skip(1) {
            let same = kind(c) == kind(first) && !is_unspaced(c);
            let closing = is_unspaced(first) && !c.is_alphanumeric() && !c.is_whitespace() && !is_unspaced(c);
            if !same && !closing {
                end = at;
                break;
            }
        }
        let (word, more) = rest.split_at(end);
        rest = more;
        Some(word)
    })
}

/// Lays one text out as the lines of a cue: one when it fits, else as few as it takes, of about the same length.
pub(super) fn cue(text: &str, newline: &str) -> String {
    let flow = Flow::Lines { width: cue_width(text.chars().count()), newline: newline.to_owned() };
    let mut out = String::new();
    Writer::new(&flow).write(text.trim(), &mut out);
    out
}

/// Width of the lines of a cue with that many characters.
pub(super) fn cue_width(chars: usize) -> usize {
    let lines = chars.div_ceil(CUE_WIDTH).max(1);
    if lines == 1 { CUE_WIDTH } else { (chars.div_ceil(lines) + 4).min(CUE_WIDTH) }
}

/// Cuts `text` into as many parts as there are weights, each about as long as its weight, between words, rather where
/// a phrase ends. No part is left empty while there are words enough.
pub(super) fn share(text: &str, weights: &[usize], newline: &str) -> Vec<String> {
    let all: Vec<&str> = words(text.trim()).collect();
    let chars: Vec<usize> = all.iter().map(|w| w.chars().count()).collect();
    let (total, sum) = (chars.iter().sum::<usize>().max(1), weights.iter().sum::<usize>().max(1));
    let (mut parts, mut at, mut done, mut wanted) = (Vec::with_capacity(weights.len()), 0, 0, 0);
    for (nth, weight) in weights.iter().enumerate() {
        wanted += weight;
        let goal = total * wanted / sum;
        let left = weights.len() - nth - 1;
        let start = at;
        let mut best: Option<(usize, usize)> = None;
        let mut reached = done;
        for end in start + 1..=all.len() {
            reached += chars[end - 1];
            let rest = all[end..].iter().filter(|w| !w.starts_with(char::is_whitespace)).count();
            if all[end - 1].starts_with(char::is_whitespace) || rest < left && end > start + 1 {
                continue;
            }
            let phrase = all[end - 1].ends_with([',', '.', '!', '?', ';', ':', '。', '、', '，', '！', '？']);
            let cost = reached.abs_diff(goal).saturating_sub(if phrase { total / 12 + 4 } else { 0 });
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, end));
            }
            if reached > goal + total / 6 + 8 {
                break;
            }
        }
        at = if left == 0 { all.len() } else { best.map_or(all.len(), |(_, end)| end) };
        done += chars[start..at].iter().sum::<usize>();
        parts.push(cue(&all[start..at].concat(), newline));
    }
    parts
}
