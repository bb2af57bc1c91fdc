//! Runs: stretches of text of one format, with what else stands in them.

use std::{collections::HashMap, ops::Range};

use quick_xml::events::Event;

use super::{
    DocumentError,
    paragraph::Reader,
    xml::{Xml, copied},
};
use crate::document::{
    escape::Escape,
    line::{Line, Solo},
    template::{Chunk, Wrap},
};

/// Properties that say nothing of how text looks: Word splits runs by them.
const INVISIBLE: &[&str] = &["lang", "noProof", "webHidden"];

/// The formats of a paragraph, by number.
#[derive(Default)]
pub(super) struct Formats {
    numbers: HashMap<String, usize>,
    /// What is written around text of each.
    pub(super) wraps: Vec<Wrap>,
}

impl Formats {
    fn number(&mut self, key: String, wrap: Wrap) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.wraps.push(wrap);
            self.wraps.len() - 1
        })
    }
}

/// A run that is being read.
struct Run {
    range: Range<usize>,
    properties: Option<Range<usize>>,
    key: String,
    /// Text that was read since the last element of another kind.
    text: String,
    items: usize,
}

impl Reader<'_> {
    /// A run, from after its beginning to its end.
    pub(super) fn run(&mut self, range: Range<usize>, line: &mut Line) -> Result<(), DocumentError> {
        let outside = self.xml.depth() - 1;
        let mut run = Run { range, properties: None, key: String::new(), text: String::new(), items: 0 };
        loop {
            let (event, inner) = self.xml.next()?;
            let (name, empty, kind) = match &event {
                Event::Start(e) | Event::Empty(e) => (
                    self.xml.word(e).unwrap_or_default().to_owned(),
                    matches!(event, Event::Empty(_)),
                    Xml::attribute(e, "fldCharType"),
                ),
                Event::End(_) if self.xml.depth() == outside => {
                    // a run of text alone is copied as it is
                    let whole = (run.items == 0).then_some(run.range.start..inner.end);
                    self.take_text(&mut run, line, whole);
                    return Ok(());
                }
                _ => continue,
            };
            match &*name {
                "rPr" => {
                    let end = if empty { inner.end } else { self.properties(&mut run)? };
                    run.properties = Some(inner.start..end);
                }
                "t" if !empty && self.fields.allow_text() => run.text.push_str(&self.xml.text()?.0),
                "noBreakHyphen" if empty => run.text.push('\u{2011}'),
                "t" | "lastRenderedPageBreak" | "softHyphen" if empty => {}
                _ => {
                    let mut chunks = Vec::new();
                    match &*name {
                        "fldChar" => self.fields.step(kind.as_deref().unwrap_or_default()),
                        "instrText" if !empty => {
                            let (text, end) = self.xml.text()?;
                            self.fields.instruct(&text);
                            chunks = copied(inner.start..end);
                        }
                        _ => {}
                    }
                    if chunks.is_empty() {
                        if empty {
                            chunks = copied(inner);
                        } else {
                            self.walk(&mut chunks, Some(inner))?;
                        }
                    }
                    let stops = matches!(&*name, "tab" | "ptab" | "br" | "cr");
                    self.take_text(&mut run, line, None);
                    run.items += 1;
                    let solo = if stops { Solo::Stop } else { Solo::Inline };
                    line.solo(solo, String::new(), self.wrapped(&run, chunks));
                }
            }
        }
    }

    /// Passes the properties of a run; what of them is visible tells its format.
    fn properties(&mut self, run: &mut Run) -> Result<usize, DocumentError> {
        let outside = self.xml.depth() - 1;
        loop {
            let (event, range) = self.xml.next()?;
            let (visible, start) = match &event {
                Event::Start(e) | Event::Empty(e) => {
                    let name = self.xml.word(e).unwrap_or("other");
                    (!INVISIBLE.contains(&name) && !is_hint(name, e.attributes_raw()), range.start)
                }
                _ if self.xml.depth() == outside => return Ok(range.end),
                _ => continue,
            };
            let end = if matches!(event, Event::Start(_)) { self.xml.skip()? } else { range.end };
            if visible {
                run.key.push_str(&self.xml.source[start..end]);
            }
        }
    }

    /// Puts text that was read into the line.
    fn take_text(&mut self, run: &mut Run, line: &mut Line, whole: Option<Range<usize>>) {
        if run.text.is_empty() {
            if let Some(range) = whole.filter(|_| run.items == 0) {
                // nothing in it, such as a run of properties alone
                line.solo(Solo::Before, String::new(), copied(range));
            }
            return;
        }
        let text = std::mem::take(&mut run.text);
        let wrap = self.wrap(run);
        let same = whole.map_or_else(
            || vec![Chunk::Text(format!("{}{}{}", wrap.0, Escape::Markup.apply(&text, false), wrap.1))],
            copied,
        );
        let number = self.formats.number(run.key.clone(), wrap);
        line.text(text, number, same);
    }

    /// What is written around text of the run.
    fn wrap(&self, run: &Run) -> Wrap {
        let properties = run.properties.clone().map_or("", |range| &self.xml.source[range]);
        let (r, t) = (self.xml.named("r"), self.xml.named("t"));
        (format!("<{r}>{properties}<{t} xml:space=\"preserve\">"), format!("</{t}></{r}>"))
    }

    /// Something else than text, as a run of its own with the same properties.
    fn wrapped(&self, run: &Run, chunks: Vec<Chunk>) -> Vec<Chunk> {
        let r = self.xml.named("r");
        let properties = run.properties.clone().map(Chunk::Raw);
        let before = std::iter::once(Chunk::Text(format!("<{r}>"))).chain(properties);
        before.chain(chunks).chain([Chunk::Text(format!("</{r}>"))]).collect()
    }
}

/// A font that is only a hint for which of several fonts to take.
fn is_hint(name: &str, attributes: &str) -> bool {
    name == "rFonts" && attributes.matches('=').count() == 1 && attributes.contains("hint=")
}
