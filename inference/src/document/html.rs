//! HTML: text is translated by blocks; tags, scripts, styles and code stay byte for byte, however broken the page is.

use std::ops::Range;

use encoding_rs::Encoding;
use html5gum::{
    Token, Tokenizer,
    emitters::default::{DefaultEmitter, StartTag},
};

use super::{
    DocumentError,
    escape::Escape,
    flow::Flow,
    limits::Watch,
    line::{Line, Solo, Style},
    template::{Chunk, Part, Slot, raw},
    unit::{Piece, Unit},
};

/// Elements inside a sentence; every other tag ends it.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font", "i", "ins",
    "label", "mark", "nobr", "q", "rb", "rp", "rt", "rtc", "ruby", "s", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var",
];
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Elements whose content is not language. Those of the first list may stand in a sentence.
const CODE: &[&str] = &["code", "kbd", "samp", "svg", "math", "script", "style", "template", "canvas"];
const BLOCKS: &[&str] = &["pre", "textarea", "xmp", "plaintext", "iframe", "noembed", "noframes"];
/// Attributes that people read.
const ATTRIBUTES: &[&str] =
    &["alt", "title", "placeholder", "aria-label", "aria-description", "summary", "label"];
const DESCRIPTIONS: &[&str] =
    &["description", "og:title", "og:description", "twitter:title", "twitter:description"];

/// Reads a page. Text between tags of blocks is a unit, inline tags are its marks; so are attributes that people
/// read. The language of the page is set to the target.
pub(super) fn part(source: String, watch: &Watch<'_>) -> Result<Part, DocumentError> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut reader = Reader {
        source: &source,
        part: Part::default(),
        line: Line::default(),
        done: 0,
        text: String::new(),
        opaque: None,
    };
    for (count, token) in Tokenizer::new_with_emitter(&source[..], emitter).enumerate() {
        if count % 1024 == 0 {
            watch.check()?;
        }
        let Ok(token) = token;
        match token {
            Token::String(text) => reader.text.push_str(&String::from_utf8_lossy(&text)),
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => {
                reader.end(&String::from_utf8_lossy(&tag.name), tag.span.start..tag.span.end);
            }
            Token::Comment(comment) => reader.comment(comment.span.start..comment.span.end),
            Token::Doctype(doctype) => reader.comment(doctype.span.start..doctype.span.end),
            Token::Error(_) => {}
        }
    }
    reader.reach(source.len());
    reader.block();
    let mut part = reader.part;
    part.source = source;
    Ok(part)
}

/// What a page says of its own encoding in its first kilobyte.
pub(super) fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let at = head.find("charset=").map(|at| at + 8).or_else(|| head.find("encoding=").map(|at| at + 9))?;
    let label = head[at..].trim_start_matches(['"', '\'']);
    let label = label.split(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).next()?;
    Encoding::for_label(label.as_bytes())
}

/// Name of the element of a tag.
pub(super) fn tag_name(tag: &str) -> Option<String> {
    let name = tag.strip_prefix('<')?.trim_start_matches('/');
    let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

/// Whether an element has no content.
pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Text with its character references read.
pub(super) fn decode_references(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::new();
    for token in Tokenizer::new(text) {
        let Ok(token) = token;
        if let Token::String(text) = token {
            out.push_str(&String::from_utf8_lossy(&text));
        }
    }
    out
}

/// An element that is left alone until it ends.
struct Opaque {
    name: String,
    /// How many of its name are open.
    depth: usize,
    from: usize,
    in_line: bool,
}

struct Reader<'a> {
    source: &'a str,
    part: Part,
    line: Line,
    /// Up to where the source was taken.
    done: usize,
    /// Text since then, read.
    text: String,
    opaque: Option<Opaque>,
}

impl Reader<'_> {
    fn start(&mut self, tag: &StartTag<usize>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let range = tag.span.start..tag.span.end;
        if let Some(opaque) = &mut self.opaque {
            opaque.depth += usize::from(opaque.name == name && !tag.self_closing);
            return;
        }
        self.reach(range.start);
        let inline = INLINE.contains(&&*name);
        let (code, block) = (CODE.contains(&&*name), BLOCKS.contains(&&*name));
        let left = !is_void(&name) && !tag.self_closing && (code || block || is_left_alone(tag));
        if left {
            let in_line = code || inline;
            if !in_line {
                self.block();
            }
            self.opaque = Some(Opaque { name, depth: 1, from: range.start, in_line });
            return;
        }
        let chunks = self.attributes(tag, &name, range.clone());
        self.done = range.end;
        match &*name {
            "br" => self.line.solo(Solo::Stop, String::new(), chunks),
            "img" | "wbr" | "input" => self.line.solo(Solo::Inline, String::new(), chunks),
            _ if inline && tag.self_closing => self.line.solo(Solo::Inline, String::new(), chunks),
            _ if inline => self.line.open(&name, chunks),
            _ => {
                self.block();
                super::template::append(&mut self.part.template, chunks);
            }
        }
    }

    fn end(&mut self, name: &str, range: Range<usize>) {
        if let Some(opaque) = &mut self.opaque {
            opaque.depth -= usize::from(opaque.name == name);
            if opaque.depth == 0 {
                self.close_opaque(range.end);
            }
            return;
        }
        self.reach(range.start);
        let same = vec![Chunk::Raw(range.clone())];
        self.done = range.end;
        if INLINE.contains(&name) {
            self.line.close(name, same);
        } else if name == "br" {
            self.line.solo(Solo::Stop, String::new(), same);
        } else {
            self.block();
            raw(&mut self.part.template, range);
        }
    }

    fn comment(&mut self, range: Range<usize>) {
        if self.opaque.is_none() && self.source[range.clone()].starts_with('<') {
            self.reach(range.start);
            self.done = range.end;
            self.line.solo(Solo::Before, String::new(), vec![Chunk::Raw(range)]);
        }
    }

    /// Takes what stands before `to` as text.
    fn reach(&mut self, to: usize) {
        if self.opaque.is_some() {
            return self.close_opaque(to);
        }
        let text = std::mem::take(&mut self.text);
        let range = self.done..to.max(self.done);
        self.done = range.end;
        if range.is_empty() {
            return;
        }
        let blank = |c: char| c.is_ascii_whitespace();
        let source = &self.source[range.clone()];
        let start = range.start + source.len() - source.trim_start_matches(blank).len();
        let end = (range.start + source.trim_end_matches(blank).len()).max(start);
        // white space at the ends is apart: it stays as it is where it surrounds a unit
        if range.start < start {
            self.line.text(" ".to_owned(), 0, vec![Chunk::Raw(range.start..start)]);
        }
        if start < end {
            let words: Vec<&str> = text.split(blank).filter(|w| !w.is_empty()).collect();
            self.line.text(words.join(" "), 0, vec![Chunk::Raw(start..end)]);
        }
        if end < range.end {
            self.line.text(" ".to_owned(), 0, vec![Chunk::Raw(end..range.end)]);
        }
    }

    fn close_opaque(&mut self, to: usize) {
        let Some(opaque) = self.opaque.take() else { return };
        let text = std::mem::take(&mut self.text);
        let hint = if opaque.name == "code" {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            String::new()
        };
        self.done = to;
        if opaque.in_line {
            self.line.solo(Solo::Inline, hint, vec![Chunk::Raw(opaque.from..to)]);
        } else {
            raw(&mut self.part.template, opaque.from..to);
        }
    }

    fn block(&mut self) {
        let style = Style { escape: Escape::Markup, flow: Flow::Free, wraps: &[] };
        self.line.flush(&style, &mut self.part.template, &mut self.part.slots);
    }

    /// A tag with slots for the attributes that people read.
    fn attributes(&mut self, tag: &StartTag<usize>, name: &str, range: Range<usize>) -> Vec<Chunk> {
        let get = |key: &str| {
            tag.attributes.get(key.as_bytes()).map(|v| String::from_utf8_lossy(v).to_ascii_lowercase())
        };
        let describes = name == "meta"
            && [get("name"), get("property")].into_iter().flatten().any(|n| DESCRIPTIONS.contains(&&*n));
        let is_button =
            name == "input" && matches!(get("type").as_deref(), Some("submit" | "button" | "reset"));
        let mut found: Vec<(Range<usize>, bool, Option<String>)> = Vec::new();
        let mut has_language = false;
        for (key, value) in &tag.attributes {
            let key = String::from_utf8_lossy(key);
            let language = name == "html" && (key == "lang" || key == "xml:lang");
            let read =
                ATTRIBUTES.contains(&&*key) || describes && key == "content" || is_button && key == "value";
            let Some((place, quoted)) =
                value_range(self.source, value.span.start, range.end).filter(|_| language || read)
            else {
                continue;
            };
            has_language |= language;
            let text = (!language).then(|| String::from_utf8_lossy(value).into_owned());
            found.push((place, quoted, text));
        }
        found.sort_by_key(|(place, ..)| place.start);
        let (mut chunks, mut at) = (Vec::new(), range.start);
        if name == "html" && !has_language {
            at = range.start + "<html".len();
            raw(&mut chunks, range.start..at);
            chunks.extend([Chunk::Text(" lang=\"".into()), Chunk::Language, Chunk::Text("\"".into())]);
        }
        for (place, quoted, text) in found {
            raw(&mut chunks, at..place.start);
            at = place.end;
            match text {
                None => chunks.push(Chunk::Language),
                Some(text) => {
                    let unit = Unit { pieces: vec![Piece::Text(text)], hints: Vec::new() };
                    if !unit.is_language() {
                        raw(&mut chunks, place);
                        continue;
                    }
                    chunks.push(Chunk::Unit(self.part.slots.len()));
                    self.part.slots.push(attribute(unit, place, quoted));
                }
            }
        }
        raw(&mut chunks, at..range.end);
        chunks
    }
}

fn attribute(unit: Unit, place: Range<usize>, quoted: bool) -> Slot {
    Slot {
        unit,
        same: vec![Chunk::Raw(place)],
        around: (Vec::new(), Vec::new()),
        marks: Vec::new(),
        wrap: (!quoted).then(|| ("\"".to_owned(), "\"".to_owned())),
        escape: Escape::Attribute,
        flow: Flow::Free,
        aside: true,
    }
}

/// Where the value of the attribute whose name begins at `start` stands, and whether it is in quotes.
fn value_range(source: &str, start: usize, end: usize) -> Option<(Range<usize>, bool)> {
    let tag = source.get(start..end)?;
    let equals = tag.find('=')?;
    let rest = &tag[equals + 1..];
    let value = rest.trim_start();
    let at = start + equals + 1 + rest.len() - value.len();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].find(quote).map(|length| (at + 1..at + 1 + length, true)),
        _ => {
            let length = value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len());
            Some((at..at + length, false))
        }
    }
}

/// What its author wants untranslated.
fn is_left_alone(tag: &StartTag<usize>) -> bool {
    let get = |key: &[u8]| tag.attributes.get(key).map(|v| String::from_utf8_lossy(v).into_owned());
    get(b"translate").is_some_and(|v| v.eq_ignore_ascii_case("no"))
        || get(b"class").is_some_and(|v| v.split_whitespace().any(|c| c == "notranslate"))
}
