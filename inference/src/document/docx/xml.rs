//! Walking through the XML of a part, with the place of each event.

use std::ops::Range;

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use super::{DocumentError, Watch};
use crate::document::template::{Chunk, raw};

/// Namespaces of text in Word documents: the usual one and the strict one.
const NAMESPACES: [&str; 2] = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];
const MARK: &str = "\u{feff}";

/// An event and where it stands.
pub(super) type Placed<'a> = (Event<'a>, Range<usize>);

/// A cursor over one part.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    pub(super) source: &'a str,
    base: usize,
    depth: usize,
    events: usize,
    watch: &'a Watch<'a>,
    /// What elements of text begin with, such as `w:`.
    prefix: String,
}

impl<'a> Xml<'a> {
    pub(super) fn new(source: &'a str, watch: &'a Watch<'a>) -> Self {
        let body = source.strip_prefix(MARK).unwrap_or(source);
        let base = source.len() - body.len();
        Self {
            reader: Reader::from_str(body),
            source,
            base,
            depth: 0,
            events: 0,
            watch,
            prefix: "w:".to_owned(),
        }
    }

    /// Where the first event begins.
    pub(super) const fn start(&self) -> usize {
        self.base
    }

    /// The next event. Refuses document types, so nothing is ever expanded, deep nesting, and what is not well formed.
    pub(super) fn next(&mut self) -> Result<Placed<'a>, DocumentError> {
        self.events += 1;
        if self.events.is_multiple_of(1024) {
            self.watch.check()?;
        }
        let from = self.at();
        let event = self.reader.read_event().map_err(|_| broken("its XML is not well formed"))?;
        match &event {
            Event::Start(start) => {
                self.depth += 1;
                if self.depth > self.watch.limits.depth {
                    return Err(broken("its elements are nested too deeply"));
                }
                if self.depth == 1 {
                    self.prefix = prefix(start).unwrap_or_else(|| "w:".to_owned());
                }
            }
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => {
                return Err(broken("its XML has a document type, which is not allowed there"));
            }
            Event::Eof if self.depth > 0 => return Err(broken("its XML is cut off")),
            _ => {}
        }
        Ok((event, from..self.at()))
    }

    fn at(&self) -> usize {
        self.base + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Name of an element of text without its prefix; `None` for elements of other vocabularies.
    pub(super) fn word<'n>(&self, start: &'n BytesStart<'_>) -> Option<&'n str> {
        let name = start.name().into_inner();
        name.strip_prefix(&*self.prefix)
    }

    /// `name` as an element of text.
    pub(super) fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Value of an attribute, whatever its prefix.
    pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
        let found = start.attributes().flatten().find(|a| a.key.local_name().into_inner() == name)?;
        Some(found.value.into_owned())
    }

    /// Passes everything up to the end of the element that just began; gives where that ends.
    pub(super) fn skip(&mut self) -> Result<usize, DocumentError> {
        let outside = self.depth - 1;
        loop {
            let (_, range) = self.next()?;
            if self.depth == outside {
                return Ok(range.end);
            }
        }
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// Text of the element that just began, and where the element ends.
    pub(super) fn text(&mut self) -> Result<(String, usize), DocumentError> {
        let outside = self.depth - 1;
        let mut text = String::new();
        loop {
            let (event, range) = self.next()?;
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::CData(part) => text.push_str(&part),
                Event::GeneralRef(reference) => text.push(character(&reference)?),
                _ if self.depth == outside => return Ok((text, range.end)),
                _ => {}
            }
        }
    }
}

/// The character that a reference stands for. Others than those of XML itself can't be declared without a document
/// type.
fn character(reference: &BytesRef<'_>) -> Result<char, DocumentError> {
    let known = match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    };
    known.ok_or_else(|| broken("its XML has a reference to nothing"))
}

/// The prefix that the root binds to the vocabulary of text.
fn prefix(root: &BytesStart<'_>) -> Option<String> {
    root.attributes().flatten().find_map(|a| {
        let key = a.key.into_inner();
        let ours = NAMESPACES.contains(&&*a.value);
        match key.strip_prefix("xmlns:") {
            Some(name) if ours => Some(format!("{name}:")),
            _ if ours && key == "xmlns" => Some(String::new()),
            _ => None,
        }
    })
}

/// The names of parts and their media types, of a list of contents.
pub(super) fn overrides(contents: &str, watch: &Watch<'_>) -> Result<Vec<(String, String)>, DocumentError> {
    let mut xml = Xml::new(contents, watch);
    let mut found = Vec::new();
    loop {
        match xml.next()?.0 {
            Event::Eof => return Ok(found),
            Event::Start(e) | Event::Empty(e) if e.local_name().into_inner() == "Override" => {
                let pair = (Xml::attribute(&e, "PartName"), Xml::attribute(&e, "ContentType"));
                found.extend(pair.0.zip(pair.1));
            }
            _ => {}
        }
    }
}

/// Damage, in the words of this format.
pub(super) const fn broken(what: &'static str) -> DocumentError {
    DocumentError::Broken { format: "docx", what }
}

/// Appends a range of the source.
pub(super) fn copied(range: Range<usize>) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    raw(&mut chunks, range);
    chunks
}
