//! Documents: what in them is translated, and the same document again with other words.
//!
//! Order: [`sniff`](sniff::sniff) the format; [`Document::open`] reads [`Unit`]s, texts with marks that must survive;
//! somebody translates them; [`Document::write`] puts them back. Nothing here knows of models, waits, or writes to
//! disk but into the file it is given. A file is never trusted: see [`Limits`].

mod docx;
mod encoding;
mod error;
mod escape;
mod flow;
mod html;
mod limits;
mod line;
mod markdown;
mod pdf;
mod project;
pub mod sniff;
mod subtitles;
mod template;
#[cfg(test)]
mod tests;
mod txt;
mod unit;

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
};

use domain::{DocumentFormat, Language};

pub use error::DocumentError;
pub use limits::Limits;
pub use unit::{Translated, Unit};

use self::{
    docx::Package,
    encoding::Coding,
    limits::{Watch, within},
    pdf::Pages,
    template::{Part, Slot},
};

/// A document whose texts were read.
pub struct Document {
    format: DocumentFormat,
    body: Body,
}

enum Body {
    Text(Part, Coding),
    Docx(Package),
    Pdf(Pages),
}

impl Document {
    /// Reads the texts of a file. Blocking; asks `stop` often and ends soon after it says `true`. Memory is bounded by
    /// `limits`, whatever the file claims.
    ///
    /// # Errors
    /// Why it can't be read, among them that there is no language in it.
    pub fn open(
        path: &Path,
        format: DocumentFormat,
        limits: &Limits,
        stop: &dyn Fn() -> bool,
    ) -> Result<Self, DocumentError> {
        let watch = Watch { limits, stop };
        let length = path.metadata().map_err(|_| DocumentError::Internal)?.len();
        within(length, limits.file_bytes, "bytes")?;
        if length == 0 {
            return Err(DocumentError::Empty);
        }
        let body = match format {
            DocumentFormat::Docx => Body::Docx(Package::open(path, &watch)?),
            DocumentFormat::Pdf => Body::Pdf(Pages::read(&bytes(path, limits)?, &watch)?),
            text => {
                let bytes = bytes(path, limits)?;
                let declared = if text == DocumentFormat::Html { html::declared(&bytes) } else { None };
                let (source, coding) = encoding::decode(&bytes, declared, text.name())?;
                drop(bytes);
                within(source.len() as u64, limits.chars as u64 * 8, "bytes of text")?;
                let part = match text {
                    DocumentFormat::Md => markdown::part(source, &watch)?,
                    DocumentFormat::Html => html::part(source, &watch)?,
                    DocumentFormat::Srt => subtitles::part(source, subtitles::Kind::Srt)?,
                    DocumentFormat::Vtt => subtitles::part(source, subtitles::Kind::Vtt)?,
                    _ => txt::part(source),
                };
                Body::Text(part, coding)
            }
        };
        let document = Self { format, body };
        document.check(limits)?;
        Ok(document)
    }

    /// The format it was read from.
    #[must_use]
    pub const fn format(&self) -> DocumentFormat {
        self.format
    }

    /// Media type of what [`write`](Self::write) makes. Without a charset for text that is not UTF-8.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        let plain = matches!(&self.body, Body::Text(_, coding) if !coding.is_utf8());
        match self.format {
            DocumentFormat::Txt if plain => "text/plain",
            DocumentFormat::Md if plain => "text/markdown",
            DocumentFormat::Html if plain => "text/html",
            DocumentFormat::Srt if plain => "application/x-subrip",
            DocumentFormat::Vtt if plain => "text/vtt",
            format => format.translated().content_type(),
        }
    }

    /// Texts to translate, in the order in which people read them. Never empty.
    #[must_use]
    pub fn units(&self) -> Vec<&Unit> {
        self.slots().map(|slot| &slot.unit).collect()
    }

    /// Words of all units; characters where words are written without spaces.
    #[must_use]
    pub fn words(&self) -> u64 {
        self.slots().map(|slot| slot.unit.words()).sum()
    }

    /// The running text, a line for each block: what a summary is made of.
    #[must_use]
    pub fn text(&self) -> String {
        let between = match self.format {
            DocumentFormat::Srt | DocumentFormat::Vtt => " ",
            _ => "\n",
        };
        let texts = self.slots().filter(|slot| !slot.aside).map(|slot| slot.unit.plain());
        texts.map(|t| t.trim().to_owned()).collect::<Vec<_>>().join(between)
    }

    /// Writes the document into an empty file, in [`DocumentFormat::translated`] of its format, with `answers` instead
    /// of its units, in their order. A unit that is answered unchanged stays byte for byte, as does all that is no
    /// unit. Blocking.
    ///
    /// # Errors
    /// [`DocumentError::Internal`] when there are not as many answers as units, or the disk refuses.
    pub fn write(
        &self,
        answers: &[Translated],
        target: Language,
        into: &mut File,
    ) -> Result<(), DocumentError> {
        if answers.len() != self.slots().count() {
            return Err(DocumentError::Internal);
        }
        match &self.body {
            Body::Text(part, coding) => {
                let text = part.render(answers, target);
                let bytes = coding.encode(&text, self.format == DocumentFormat::Html);
                into.write_all(&bytes).and_then(|()| into.flush()).map_err(|_| DocumentError::Internal)
            }
            Body::Docx(package) => package.write(answers, target, into),
            Body::Pdf(pages) => pages.write(answers, target, into),
        }
    }

    fn slots(&self) -> Box<dyn Iterator<Item = &Slot> + '_> {
        match &self.body {
            Body::Text(part, _) => Box::new(part.slots.iter()),
            Body::Docx(package) => Box::new(package.parts().flat_map(|part| part.slots.iter())),
            Body::Pdf(pages) => Box::new(pages.part().slots.iter()),
        }
    }

    fn check(&self, limits: &Limits) -> Result<(), DocumentError> {
        let (mut units, mut chars) = (0, 0);
        for slot in self.slots() {
            units += 1;
            chars += slot.unit.chars();
        }
        within(units as u64, limits.units as u64, "paragraphs")?;
        within(chars as u64, limits.chars as u64, "characters of text")?;
        if units == 0 { Err(DocumentError::NoText) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("format", &self.format).finish_non_exhaustive()
    }
}

/// The running text of a file, as [`Document::text`]. Blocking.
///
/// # Errors
/// As [`Document::open`].
pub fn read_text(
    path: &Path,
    format: DocumentFormat,
    limits: &Limits,
    stop: &dyn Fn() -> bool,
) -> Result<String, DocumentError> {
    Ok(Document::open(path, format, limits, stop)?.text())
}

fn bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, DocumentError> {
    let internal = |_| DocumentError::Internal;
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(internal)?
        .take(limits.file_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(internal)?;
    within(bytes.len() as u64, limits.file_bytes, "bytes")?;
    Ok(bytes)
}
