//! Paragraphs: what stands in each is one unit, formats and links are its marks.

use std::ops::Range;

use quick_xml::events::Event;

use super::{
    DocumentError, Watch,
    field::Fields,
    run::Formats,
    xml::{Xml, copied},
};
use crate::document::{
    escape::Escape,
    flow::Flow,
    line::{Line, Solo, Style},
    template::{Chunk, Part, append, raw},
};

/// Reads one part of a document.
pub(super) fn part(source: String, watch: &Watch<'_>) -> Result<Part, DocumentError> {
    let mut reader = Reader {
        xml: Xml::new(&source, watch),
        part: Part::default(),
        fields: Fields::default(),
        formats: Formats::default(),
    };
    let mut template = Vec::new();
    raw(&mut template, 0..reader.xml.start());
    reader.walk(&mut template, None)?;
    let mut part = reader.part;
    let done = end(&part, &template);
    raw(&mut template, done..source.len());
    (part.template, part.source) = (template, source);
    Ok(part)
}

fn end(part: &Part, chunks: &[Chunk]) -> usize {
    match chunks.last() {
        Some(Chunk::Raw(range)) => range.end,
        Some(Chunk::Unit(slot)) => end(part, &part.slots[*slot].same),
        _ => part.source.len(),
    }
}

pub(super) struct Reader<'a> {
    pub(super) xml: Xml<'a>,
    pub(super) part: Part,
    pub(super) fields: Fields,
    pub(super) formats: Formats,
}

impl<'a> Reader<'a> {
    /// Copies everything up to the end of the element that just began (or of the part), with the paragraphs in it read.
    /// Gives where it ends.
    pub(super) fn walk(
        &mut self,
        out: &mut Vec<Chunk>,
        begun: Option<Range<usize>>,
    ) -> Result<usize, DocumentError> {
        let outside = begun.is_some().then(|| self.xml.depth() - 1);
        raw(out, begun.unwrap_or_default());
        loop {
            let (event, range) = self.xml.next()?;
            raw(out, range.clone());
            match event {
                Event::Start(e) if self.xml.word(&e) == Some("p") => self.paragraph(out)?,
                Event::Eof => return Ok(range.end),
                _ if Some(self.xml.depth()) == outside => return Ok(range.end),
                _ => {}
            }
        }
    }

    /// A paragraph, from after its beginning to after its end.
    fn paragraph(&mut self, out: &mut Vec<Chunk>) -> Result<(), DocumentError> {
        let mut line = Line::default();
        // a paragraph may stand in a picture of another one
        let outer = std::mem::take(&mut self.formats);
        let outside = self.xml.depth() - 1;
        loop {
            let (event, range) = self.xml.next()?;
            match event {
                Event::Start(e) => {
                    let name = self.xml.word(&e).unwrap_or_default().to_owned();
                    self.begin(&name, range, &mut line)?;
                }
                Event::Empty(e) => {
                    let kind = solo_kind(self.xml.word(&e).unwrap_or_default());
                    line.solo(kind, String::new(), copied(range));
                }
                Event::End(_) if self.xml.depth() == outside => {
                    self.flush(&mut line, out);
                    raw(out, range);
                    self.formats = outer;
                    return Ok(());
                }
                Event::End(_) => line.close("", copied(range)),
                // blanks and comments between elements mean nothing
                _ => {}
            }
        }
    }

    fn begin(&mut self, name: &str, range: Range<usize>, line: &mut Line) -> Result<(), DocumentError> {
        match name {
            "r" => self.run(range, line),
            // what surrounds runs
            "hyperlink" | "ins" | "moveTo" | "smartTag" | "customXml" | "dir" | "bdo" => {
                line.open("", copied(range));
                Ok(())
            }
            "sdt" => self.control(range, line),
            "pPr" | "del" | "moveFrom" | "smartTagPr" | "customXmlPr" => {
                let end = self.xml.skip()?;
                line.solo(Solo::Before, String::new(), copied(range.start..end));
                Ok(())
            }
            _ => {
                let mut chunks = Vec::new();
                self.walk(&mut chunks, Some(range))?;
                line.solo(solo_kind(name), String::new(), chunks);
                Ok(())
            }
        }
    }

    /// A content control: its properties go with its beginning. Without content it is a mark of its own.
    fn control(&mut self, range: Range<usize>, line: &mut Line) -> Result<(), DocumentError> {
        let outside = self.xml.depth() - 1;
        loop {
            let (event, inner) = self.xml.next()?;
            match event {
                Event::Start(e) if self.xml.word(&e) == Some("sdtContent") => {
                    // both ends are one mark: the end of the content and of the control come one after the other
                    line.open("", copied(range.start..inner.end));
                    line.open("", Vec::new());
                    return Ok(());
                }
                Event::Start(_) => {
                    self.xml.skip()?;
                }
                Event::End(_) if self.xml.depth() == outside => {
                    line.solo(Solo::Inline, String::new(), copied(range.start..inner.end));
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn flush(&mut self, line: &mut Line, out: &mut Vec<Chunk>) {
        let style = Style { escape: Escape::Markup, flow: Flow::Free, wraps: &self.formats.wraps };
        let mut chunks = Vec::new();
        line.flush(&style, &mut chunks, &mut self.part.slots);
        append(out, chunks);
    }
}

/// What elements between runs do to the text around them.
fn solo_kind(name: &str) -> Solo {
    match name {
        "proofErr" => Solo::Gone,
        "bookmarkStart" | "commentRangeStart" | "permStart" | "moveFromRangeStart" | "moveToRangeStart" => {
            Solo::Before
        }
        "bookmarkEnd" | "commentRangeEnd" | "permEnd" | "moveFromRangeEnd" | "moveToRangeEnd" => Solo::After,
        _ => Solo::Inline,
    }
}
