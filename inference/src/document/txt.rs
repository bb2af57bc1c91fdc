//! Plain text: paragraphs, and lines that stand on their own.

use std::ops::Range;

use super::{
    escape::Escape,
    flow::Flow,
    line::{Line, Style},
    template::{Chunk, Part, raw},
};

/// Lines of a paragraph that was broken by hand are at least this long, but for the last ...
const SHORTEST: usize = 45;
/// ... and at most this long.
const LONGEST: usize = 120;

/// Reads a text. Paragraphs that were broken into lines by hand are units and are broken again at the same width;
/// every other line is a unit of its own.
pub(super) fn part(source: String) -> Part {
    let mut part = Part::default();
    let mut block: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive(['\n', '\r']) {
        let range = at..at + line.trim_end_matches(['\n', '\r']).len();
        at += line.len();
        if source[range.clone()].trim().is_empty() {
            // the line feed of a pair counts as such a line too, but holds nothing
            if line != "\n" || !source[..range.start].ends_with('\r') {
                emit(&mut part, &source, &block);
                block.clear();
            }
        } else {
            block.push(range);
        }
    }
    emit(&mut part, &source, &block);
    let done = end(&part.template, &part);
    raw(&mut part.template, done..source.len());
    part.source = source;
    part
}

/// Appends a block of lines and whatever blank stands before each.
fn emit(part: &mut Part, source: &str, block: &[Range<usize>]) {
    let wide = |r: &Range<usize>| source[r.clone()].chars().count();
    let (Some(first), Some((last, full))) = (block.first(), block.split_last()) else { return };
    let width = block.iter().map(wide).max().unwrap_or(0);
    let by_hand = block.len() > 1
        && full.iter().all(|r| wide(r) >= SHORTEST && wide(r) * 10 >= width * 6)
        && width <= LONGEST
        && block[1..]
            .iter()
            .all(|r| !source[r.clone()].starts_with(char::is_whitespace) && !is_item(&source[r.clone()]));
    if by_hand {
        let newline = source[first.end..block[1].start].to_owned();
        let flow = Flow::Lines { width, newline };
        let text = block.iter().map(|r| source[r.clone()].trim()).collect::<Vec<_>>().join(" ");
        unit(part, source, first.start..last.end, &text, flow);
    } else {
        for range in block {
            unit(part, source, range.clone(), &source[range.clone()], Flow::Free);
        }
    }
}

/// Lists: a line that begins with a sign or a number.
fn is_item(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with(['-', '*', '+', '•', '–', '>', '#', '|'])
        || rest.len() < line.len() && rest.starts_with(['.', ')'])
}

fn unit(part: &mut Part, source: &str, range: Range<usize>, text: &str, flow: Flow) {
    let start = range.start + (source[range.clone()].len() - source[range.clone()].trim_start().len());
    let end_of = range.start + source[range].trim_end().len();
    let done = end(&part.template, part);
    raw(&mut part.template, done..start);
    let mut line = Line::default();
    line.text(text.trim().to_owned(), 0, vec![Chunk::Raw(start..end_of)]);
    line.flush(&Style { escape: Escape::Plain, flow, wraps: &[] }, &mut part.template, &mut part.slots);
}

/// Where in the source the template ends so far.
pub(super) fn end(template: &[Chunk], part: &Part) -> usize {
    match template.last() {
        Some(Chunk::Raw(range)) => range.end,
        Some(Chunk::Unit(slot)) => end(&part.slots[*slot].same, part),
        _ => 0,
    }
}
