//! SubRip and WebVTT: what is said is translated; numbers, times, settings and notes stay byte for byte.

use std::ops::Range;

use super::{
    DocumentError,
    escape::Escape,
    flow::{CUE_WIDTH, Flow, cue_width},
    html::decode_references,
    line::{Line, Solo, Style},
    template::{Chunk, Part, raw},
};

/// A sentence goes on in the next cue when that follows within this time ...
const PAUSE_MS: u64 = 1_500;
/// ... and is translated together with it while there are at most so many cues and characters.
const MOST_CUES: usize = 6;
const MOST_CHARS: usize = 400;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Srt,
    Vtt,
}

/// One cue: its times where they could be read, and the range of each line.
struct Cue {
    times: Option<(u64, u64)>,
    lines: Vec<Range<usize>>,
}

/// Reads subtitles. A cue is a unit; cues that one sentence runs over are one together; lines of several speakers are
/// units of their own.
pub(super) fn part(source: String, kind: Kind) -> Result<Part, DocumentError> {
    let cues = cues(&source, kind);
    if cues.is_empty() {
        let format = if kind == Kind::Srt { "srt" } else { "vtt" };
        return Err(DocumentError::Broken { format, what: "it has no cue with times" });
    }
    let newline = if source.contains("\r\n") { "\r\n" } else { "\n" };
    let mut reader = Reader { kind, newline, part: Part::default(), done: 0 };
    let mut at = 0;
    while at < cues.len() {
        let together = run(&cues[at..], &source, kind);
        if together > 1 {
            reader.together(&cues[at..at + together], &source);
        } else {
            reader.alone(&cues[at], &source);
        }
        at += together;
    }
    let mut part = reader.part;
    raw(&mut part.template, reader.done..source.len());
    part.source = source;
    Ok(part)
}

/// How many cues from the first belong to one sentence.
fn run(cues: &[Cue], source: &str, kind: Kind) -> usize {
    let plain = |cue: &Cue| {
        let text: Vec<&str> = cue.lines.iter().map(|l| &source[l.clone()]).collect();
        let marked = text.iter().any(|l| l.contains('<') || kind == Kind::Srt && l.contains('{'));
        (!marked && !text.is_empty() && !are_turns(&text)).then(|| text.join(" "))
    };
    let (mut count, mut chars) = (1, 0);
    while let (Some(this), Some(next)) = (cues.get(count - 1), cues.get(count)) {
        let (Some(text), Some(after)) = (plain(this), plain(next)) else { break };
        chars += text.chars().count();
        let soon = matches!((this.times, next.times), (Some((_, end)), Some((start, _))) if start.saturating_sub(end) <= PAUSE_MS && start >= end);
        let ended = text
            .trim_end_matches(['"', '\'', '»', '”', '’', ')', ' '])
            .ends_with(['.', '!', '?', '…', ':', '。', '！', '？', '♪', ']', '*']);
        if ended || !soon || count == MOST_CUES || chars + after.chars().count() > MOST_CHARS {
            break;
        }
        count += 1;
    }
    count
}

/// Whether lines are said by different people.
fn are_turns(lines: &[&str]) -> bool {
    lines.iter().any(|l| l.trim_start().starts_with(['-', '–', '—', '♪', '#']))
}

struct Reader {
    kind: Kind,
    newline: &'static str,
    part: Part,
    done: usize,
}

impl Reader {
    fn escape(&self) -> Escape {
        if self.kind == Kind::Srt { Escape::Srt } else { Escape::Vtt }
    }

    /// Several cues as one unit, of which each gets its share.
    fn together(&mut self, cues: &[Cue], source: &str) {
        let span = |c: &Cue| c.lines.first().map_or(0, |l| l.start)..c.lines.last().map_or(0, |l| l.end);
        let text = |c: &Cue| {
            c.lines.iter().map(|l| self.read(source[l.clone()].trim())).collect::<Vec<_>>().join(" ")
        };
        let texts: Vec<String> = cues.iter().map(text).collect();
        let slot = self.part.slots.len();
        let mut line = Line::default();
        line.text(texts.join(" "), 0, Vec::new());
        let weights = texts.iter().map(|t| t.chars().count().max(1)).collect();
        let style = Style {
            escape: self.escape(),
            flow: Flow::Share { weights, newline: self.newline.to_owned() },
            wraps: &[],
        };
        line.flush(&style, &mut Vec::new(), &mut self.part.slots);
        let Some(made) = self.part.slots.get_mut(slot) else { return };
        made.same = cues.iter().map(|c| Chunk::Raw(span(c))).collect();
        for (nth, cue) in cues.iter().enumerate() {
            raw(&mut self.part.template, self.done..span(cue).start);
            self.part.template.push(Chunk::Share(slot, nth));
            self.done = span(cue).end;
        }
    }

    /// One cue: a unit, or one for each line.
    fn alone(&mut self, cue: &Cue, source: &str) {
        let texts: Vec<&str> = cue.lines.iter().map(|l| &source[l.clone()]).collect();
        let groups: Vec<&[Range<usize>]> =
            if are_turns(&texts) { cue.lines.chunks(1).collect() } else { vec![&cue.lines[..]] };
        for lines in groups.into_iter().filter(|g| !g.is_empty()) {
            raw(&mut self.part.template, self.done..lines[0].start);
            let mut line = Line::default();
            for (nth, range) in lines.iter().enumerate() {
                if nth > 0 {
                    line.text(" ".to_owned(), 0, vec![Chunk::Raw(lines[nth - 1].end..range.start)]);
                }
                self.markup(&mut line, source, range.clone());
            }
            let chars = lines.iter().map(|l| source[l.clone()].chars().count()).sum();
            let flow = match lines.len() {
                1 if texts.len() > 1 => Flow::Free,
                _ => Flow::Lines {
                    width: cue_width(chars).max(CUE_WIDTH / 2),
                    newline: self.newline.to_owned(),
                },
            };
            let style = Style { escape: self.escape(), flow, wraps: &[] };
            line.flush(&style, &mut self.part.template, &mut self.part.slots);
            self.done = lines[lines.len() - 1].end;
        }
    }

    /// Text of a line and the tags in it.
    fn markup(&self, line: &mut Line, source: &str, range: Range<usize>) {
        let mut at = range.start;
        let mut from = at;
        while at < range.end {
            let rest = &source[at..range.end];
            let Some(length) = self.tag(rest) else {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            };
            self.plain(line, source, from..at);
            let same = vec![Chunk::Raw(at..at + length)];
            let name: String = rest[1..length]
                .trim_start_matches('/')
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric())
                .collect();
            // a voice has no end; a time inside a cue stands alone
            match rest.as_bytes()[1] {
                b'/' => line.close(&name, same),
                b'a'..=b'z' | b'A'..=b'Z' if name != "v" => line.open(&name, same),
                _ => line.solo(Solo::Inline, String::new(), same),
            }
            at += length;
            from = at;
        }
        self.plain(line, source, from..range.end);
    }

    fn plain(&self, line: &mut Line, source: &str, range: Range<usize>) {
        if !range.is_empty() {
            line.text(self.read(&source[range.clone()]), 0, vec![Chunk::Raw(range)]);
        }
    }

    fn read(&self, text: &str) -> String {
        if self.kind == Kind::Vtt { decode_references(text) } else { text.to_owned() }
    }

    /// Length of the tag at the start of `text`.
    fn tag(&self, text: &str) -> Option<usize> {
        let close = match text.as_bytes() {
            [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'0'..=b'9', ..] => '>',
            [b'{', b'\\', ..] if self.kind == Kind::Srt => '}',
            _ => return None,
        };
        text.find(close).map(|end| end + 1)
    }
}

/// Finds cues by their time lines. What follows one up to a blank line is its text; in SubRip also what follows the
/// blank line, up to the number of the next.
fn cues(source: &str, kind: Kind) -> Vec<Cue> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        lines.push(at..at + line.trim_end_matches(['\n', '\r']).len());
        at += line.len();
    }
    let is_time = |l: &Range<usize>| source[l.clone()].contains("-->");
    let times: Vec<usize> = (0..lines.len()).filter(|i| is_time(&lines[*i])).collect();
    let mut cues = Vec::new();
    for (nth, line) in times.iter().enumerate() {
        let next = times.get(nth + 1).copied();
        let mut body: Vec<Range<usize>> = lines[line + 1..next.unwrap_or(lines.len())].to_vec();
        let blank = |l: &Range<usize>| source[l.clone()].trim().is_empty();
        if kind == Kind::Vtt {
            let end = body.iter().position(blank).unwrap_or(body.len());
            // a time line right after the name of its cue
            body.truncate(end);
        } else {
            let number = |l: &Range<usize>| source[l.clone()].trim().parse::<u64>().is_ok();
            if next.is_some() && body.last().is_some_and(number) {
                body.pop();
            }
        }
        body.retain(|l| !blank(l));
        if let Some(times) = clock(&source[lines[*line].clone()]) {
            cues.push(Cue { times: Some(times), lines: body });
        } else if kind == Kind::Srt {
            cues.push(Cue { times: None, lines: body });
        }
    }
    if cues.iter().all(|c| c.times.is_none()) { Vec::new() } else { cues }
}

/// Both times of a time line, in milliseconds.
fn clock(line: &str) -> Option<(u64, u64)> {
    let (start, end) = line.split_once("-->")?;
    let time = |text: &str| {
        let (clock, fraction) = text.trim().split_once([',', '.'])?;
        let millis = fraction.get(..3).unwrap_or(fraction).parse::<u64>().ok()?;
        let seconds = clock.trim().split(':').try_fold(0u64, |sum, part| {
            let part: u64 = part.trim().parse().ok()?;
            sum.checked_mul(60)?.checked_add(part)
        })?;
        seconds.checked_mul(1000)?.checked_add(millis)
    };
    Some((time(start)?, time(end.split_whitespace().next()?)?))
}
