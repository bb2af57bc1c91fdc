//! Portable documents: their text as paragraphs and headings. Read only; a translation is a Word document.
//!
//! The reader is small and our own because its input is hostile: every object is read when it is asked for, every
//! stream is unpacked within a limit, every operator is counted, and nothing recurses without bound.

mod cmap;
mod content;
mod filter;
mod font;
mod glyph;
mod layout;
mod lexer;
mod page;
mod store;
mod write;

use std::fs::File;

use domain::Language;

use self::{content::Reader, store::Store};
use super::{DocumentError, limits::Watch, template::Part, unit::Translated};

/// Most pieces of text of all pages.
const MOST_SPANS: u64 = 500_000;

/// The text of a pdf.
pub(super) struct Pages {
    part: Part,
}

impl Pages {
    /// Reads all pages. Refuses what is encrypted, pages of pictures, and fonts that do not say their letters.
    pub(super) fn read(data: &[u8], watch: &Watch<'_>) -> Result<Self, DocumentError> {
        let store = Store::new(data, watch)?;
        let pages = page::pages(&store, watch)?;
        let mut reader = Reader::new(&store);
        let (mut spans, mut pictures, mut known, mut unknown, mut chars, mut pieces) =
            (Vec::new(), 0, 0, 0, 0, 0);
        for page in &pages {
            watch.check()?;
            let found = reader.read(&page.drawing(&store, watch)?, &page.resources)?;
            (pictures, known, unknown) =
                (pictures + found.pictures, known + found.known, unknown + found.unknown);
            chars += found.spans.iter().map(|s| s.text.len()).sum::<usize>();
            super::limits::within(chars as u64 / 4, watch.limits.chars as u64, "characters of text")?;
            pieces += found.spans.len();
            super::limits::within(pieces as u64, MOST_SPANS, "pieces of text")?;
            spans.push(found.spans);
        }
        if unknown > known {
            return Err(DocumentError::NoLetters);
        }
        let part = write::part(&layout::blocks(spans));
        if part.slots.is_empty() {
            return Err(if pictures > 0 { DocumentError::PicturesOnly } else { DocumentError::NoText });
        }
        Ok(Self { part })
    }

    /// The text of the Word document that is written.
    pub(super) const fn part(&self) -> &Part {
        &self.part
    }

    /// Writes a Word document with answers instead of its units.
    pub(super) fn write(
        &self,
        answers: &[Translated],
        target: Language,
        into: &File,
    ) -> Result<(), DocumentError> {
        write::package(&self.part.render(answers, target), target, into)
    }
}
