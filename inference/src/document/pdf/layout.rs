//! From pieces of text on pages to paragraphs and headings.

use std::collections::HashMap;

use super::content::Span;
use crate::document::unit::is_unspaced;

/// A paragraph; level 0 is running text, 1 to 3 are headings. A tab parts an entry of a table of contents from its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) level: u8,
    pub(super) text: String,
}

/// A line of text.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    from: f64,
    to: f64,
    base: f64,
    size: f64,
    bold: bool,
    turn: u8,
}

/// Lines that belong together.
#[derive(Debug)]
struct Paragraph {
    lines: Vec<Line>,
}

/// How far apart lines are that are too few to measure, as a share of their size.
const LEADING: f64 = 1.25;
/// So many pairs of lines are a measurement.
const MEASURED: usize = 4;
/// A gap wider than this share of the size parts cells of a table.
const CELL_GAP: f64 = 1.3;
/// A line that stands on at least so many pages is a header or a footer, and is kept once.
const REPEATS: usize = 3;

/// Paragraphs of all pages, in the order in which they are drawn.
pub(super) fn blocks(pages: Vec<Vec<Span>>) -> Vec<Block> {
    let pages: Vec<Vec<Line>> = pages.into_iter().map(lines).collect();
    let body = body_size(&pages);
    let pages = once(pages);
    let leading = leading(&pages);
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    for page in pages {
        let mut on_page = page_paragraphs(page, &leading);
        if let (Some(last), Some(first)) = (paragraphs.last_mut(), on_page.first_mut())
            && goes_on(last, first, body)
        {
            let first = on_page.remove(0);
            last.lines.extend(first.lines);
        }
        paragraphs.extend(on_page);
    }
    let levels = levels(&paragraphs, body);
    paragraphs
        .into_iter()
        .map(|p| Block { level: level(&p, body, &levels), text: p.text() })
        .filter(|b| !b.text.is_empty())
        .collect()
}

fn lines(spans: Vec<Span>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for span in spans {
        let Span { text, from, to, base, size, bold, turn } = span;
        if let Some(line) = lines.last_mut() {
            let gap = from - line.to;
            let larger = line.size.max(size);
            let level = (line.base - base).abs() < larger * 0.55;
            if turn == line.turn && level && gap > -larger * 0.5 && gap < larger * CELL_GAP {
                let parted =
                    line.text.ends_with(char::is_whitespace) || text.starts_with(char::is_whitespace);
                if gap > larger * 0.15 && !parted {
                    line.text.push(' ');
                }
                line.bold &= bold || text.trim().is_empty();
                // a raised or smaller letter does not change the line
                if size > line.size {
                    (line.size, line.base) = (size, base);
                }
                line.text.push_str(&text);
                line.to = to;
                continue;
            }
        }
        lines.push(Line { text, from, to, base, size, bold, turn });
    }
    lines.retain(|l| !l.text.trim().is_empty());
    for line in &mut lines {
        line.text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    lines
}

/// The size that most letters have.
fn body_size(pages: &[Vec<Line>]) -> f64 {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for line in pages.iter().flatten() {
        *counts.entry(size_key(line)).or_default() += line.text.chars().count();
    }
    counts.into_iter().max_by_key(|(size, count)| (*count, *size)).map_or(10.0, |(size, _)| size as f64 / 4.0)
}

/// Leaves page numbers out, and headers and footers but for the first.
fn once(mut pages: Vec<Vec<Line>>) -> Vec<Vec<Line>> {
    let key = |line: &Line| {
        let letters: String = line.text.chars().filter(|c| !c.is_ascii_digit()).collect();
        (letters, (line.base / 3.0).round() as i64)
    };
    let mut seen: HashMap<(String, i64), usize> = HashMap::new();
    for page in &pages {
        let mut own: Vec<_> = page.iter().map(key).collect();
        own.sort_unstable();
        own.dedup();
        for key in own {
            *seen.entry(key).or_default() += 1;
        }
    }
    let mut kept: HashMap<(String, i64), bool> = HashMap::new();
    for page in &mut pages {
        let ends = [page.first().map(|l| l.base), page.last().map(|l| l.base)];
        page.retain(|line| {
            let number = line.text.chars().all(|c| c.is_ascii_digit() || " -–—/.|".contains(c));
            if number && line.text.len() < 12 && ends.contains(&Some(line.base)) {
                return false;
            }
            let key = key(line);
            let often = seen.get(&key).is_some_and(|n| *n >= REPEATS);
            !(often && kept.insert(key, true).is_some())
        });
    }
    pages
}

/// For each size of letters, how far apart lines usually are, as a share of the size.
fn leading(pages: &[Vec<Line>]) -> HashMap<i64, f64> {
    let mut counts: HashMap<i64, HashMap<i64, usize>> = HashMap::new();
    for pair in pages.iter().flat_map(|page| page.windows(2)) {
        let (share, same) =
            ((pair[0].base - pair[1].base) / pair[1].size, size_key(&pair[0]) == size_key(&pair[1]));
        if same && (0.8..2.6).contains(&share) {
            *counts
                .entry(size_key(&pair[1]))
                .or_default()
                .entry((share * 20.0).round() as i64)
                .or_default() += 1;
        }
    }
    let usual = |shares: HashMap<i64, usize>| {
        let (share, count) = shares.into_iter().max_by_key(|(share, count)| (*count, -share))?;
        (count >= MEASURED).then_some(share as f64 / 20.0)
    };
    counts.into_iter().filter_map(|(size, shares)| Some((size, usual(shares)?))).collect()
}

fn size_key(line: &Line) -> i64 {
    (line.size * 4.0).round() as i64
}

fn page_paragraphs(lines: Vec<Line>, leading: &HashMap<i64, f64>) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    for line in lines {
        let usual = leading.get(&size_key(&line)).copied().unwrap_or(LEADING);
        match paragraphs.last_mut() {
            Some(last) if last.takes(&line, usual) => last.lines.push(line),
            _ => paragraphs.push(Paragraph { lines: vec![line] }),
        }
    }
    paragraphs
}

impl Paragraph {
    /// Whether a line, which is drawn next, goes on with this paragraph; `usual` is how far apart such lines are.
    fn takes(&self, line: &Line, usual: f64) -> bool {
        let Some(last) = self.lines.last() else { return true };
        let drop = last.base - line.base;
        let size = last.size.max(line.size);
        if last.turn != line.turn || (last.size - line.size).abs() > size * 0.08 || last.bold != line.bold {
            return false;
        }
        // one line below, not further and not above
        if drop < size * 0.5
            || drop > size * (usual * 1.18 + 0.05)
            || begins_item(&line.text)
            || leader(&last.text).is_some()
        {
            return false;
        }
        let left = self.lines.iter().skip(1).map(|l| l.from).fold(f64::INFINITY, f64::min);
        let right = self.lines.iter().map(|l| l.to).fold(f64::NEG_INFINITY, f64::max);
        // an indent begins a paragraph, unless all lines but the first have it
        if self.lines.len() > 1 && line.from > left + size * 1.2 {
            return false;
        }
        // a line that ends early after the end of a sentence ends the paragraph
        let early = last.to < right.max(line.to) - size * 5.0;
        let ended = last.text.ends_with(['.', '!', '?', ':', '。', '！', '？', '…']);
        !(early && (ended || last.to < (right.max(line.to) - last.from).mul_add(0.6, last.from)))
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            join(&mut out, &line.text);
        }
        if let Some(dots) = leader(&out) {
            out.replace_range(dots, "\t");
        }
        out.trim().to_owned()
    }
}

/// Adds a line: a word that was cut at its end is made whole, and scripts without spaces get none.
fn join(out: &mut String, line: &str) {
    let lower = line.starts_with(char::is_lowercase);
    let mut end = out.chars().rev();
    match (end.next(), end.next()) {
        (Some('\u{ad}'), _) => {
            out.pop();
        }
        (Some('-' | '\u{2010}'), Some(letter)) if lower && letter.is_alphabetic() => {
            out.pop();
        }
        (Some(last), _) if is_unspaced(last) && line.starts_with(is_unspaced) => {}
        (Some(_), _) => out.push(' '),
        (None, _) => {}
    }
    out.push_str(line);
}

/// Where dots lead to the page in a line of a table of contents.
fn leader(text: &str) -> Option<std::ops::Range<usize>> {
    let start =
        ["....", "::::", ". . . .", "····", "____"].iter().filter_map(|leader| text.find(leader)).min()?;
    let dots = text[start..].trim_start_matches(['.', ':', '·', '_', ' ']);
    Some(text[..start].trim_end().len()..text.len() - dots.len())
}

fn begins_item(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = rest.len() < text.len()
        && text.len() - rest.len() < 4
        && (rest.starts_with(") ") || rest.starts_with(". "));
    numbered || ["•", "◦", "▪", "‣", "- ", "– ", "— ", "* ", "·"].iter().any(|b| text.starts_with(b))
}

/// Whether a paragraph was cut by the end of its page.
fn goes_on(last: &Paragraph, first: &Paragraph, body: f64) -> bool {
    let (Some(end), Some(start)) = (last.lines.last(), first.lines.first()) else { return false };
    let open = !end.text.ends_with(['.', '!', '?', ':', '。', '！', '？', '…', '"', '”', '»']);
    let same =
        (end.size - start.size).abs() < body * 0.08 && end.bold == start.bold && end.turn == start.turn;
    open && same && start.text.starts_with(|c: char| c.is_lowercase() || is_unspaced(c))
}

/// Sizes of headings, the largest first.
fn levels(paragraphs: &[Paragraph], body: f64) -> Vec<i64> {
    let mut sizes: Vec<i64> = paragraphs
        .iter()
        .filter_map(|p| p.lines.first())
        .filter(|l| l.size > body * 1.12)
        .map(|l| (l.size * 2.0).round() as i64)
        .collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes.dedup();
    sizes
}

fn level(paragraph: &Paragraph, body: f64, levels: &[i64]) -> u8 {
    let [first, rest @ ..] = &paragraph.lines[..] else { return 0 };
    let letters: usize = paragraph.lines.iter().map(|l| l.text.chars().count()).sum();
    let size = (first.size * 2.0).round() as i64;
    if first.size > body * 1.12 && letters < 300 {
        let rank = levels.iter().position(|s| *s == size).unwrap_or(2);
        return u8::try_from(rank.min(2)).unwrap_or(2) + 1;
    }
    // bold lines on their own are headings of the lowest kind
    let alone = first.bold && rest.len() < 2 && letters < 120 && !first.text.ends_with(['.', ',', ';']);
    if alone && first.size > body * 0.95 { u8::try_from(levels.len().min(2)).unwrap_or(2) + 1 } else { 0 }
}
