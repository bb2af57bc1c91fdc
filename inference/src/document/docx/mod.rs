//! Word documents: texts of the body, headers, footers and notes are translated; all else is copied byte for byte.

mod archive;
mod field;
mod paragraph;
mod run;
mod xml;

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use domain::Language;

use self::archive::Archive;
use super::{DocumentError, limits::Watch, template::Part, unit::Translated};

/// The parts of a document that hold text, by the media types that its list of contents gives them.
const TEXTS: &[&str] = &[
    "wordprocessingml.document.main+xml",
    "wordprocessingml.template.main+xml",
    "ms-word.document.macroEnabled.main+xml",
    "wordprocessingml.header+xml",
    "wordprocessingml.footer+xml",
    "wordprocessingml.footnotes+xml",
    "wordprocessingml.endnotes+xml",
];

/// What office files that are no text documents hold.
const OTHERS: &[(&str, &str)] = &[
    ("spreadsheetml", "a spreadsheet"),
    ("presentationml", "a presentation"),
    ("ms-excel", "a spreadsheet"),
    ("ms-powerpoint", "a presentation"),
];

/// A Word document whose texts were read.
pub(super) struct Package {
    path: PathBuf,
    /// Index in the archive, and the part that was read there.
    parts: Vec<(usize, Part)>,
}

impl Package {
    /// Reads the texts of the file. Only parts that hold text are unpacked, never to disk.
    pub(super) fn open(path: &Path, watch: &Watch<'_>) -> Result<Self, DocumentError> {
        let mut archive = Archive::open(path, watch)?;
        let contents =
            archive.index("[Content_Types].xml").ok_or(DocumentError::NotDocument("a zip archive"))?;
        let contents = archive.text(contents, watch)?;
        let names = xml::overrides(&contents, watch)?;
        let texts = names.iter().filter(|(_, kind)| TEXTS.iter().any(|t| kind.ends_with(t)));
        let mut parts = Vec::new();
        for (name, kind) in texts {
            watch.check()?;
            let Some(index) = archive.index(name.trim_start_matches('/')) else {
                continue;
            };
            let part = paragraph::part(archive.text(index, watch)?, watch)?;
            // the body first: its words begin the text that is read
            let at = if kind.contains(".main+") { 0 } else { parts.len() };
            parts.insert(at, (index, part));
        }
        if !names.iter().any(|(_, kind)| kind.contains(".main+") && TEXTS.iter().any(|t| kind.ends_with(t))) {
            let other = OTHERS.iter().find(|(mark, _)| contents.contains(mark));
            return Err(DocumentError::NotDocument(other.map_or("a zip archive", |(_, kind)| kind)));
        }
        if parts.is_empty() {
            return Err(xml::broken("its text is missing"));
        }
        Ok(Self { path: path.to_owned(), parts })
    }

    /// The parts, in the order of their units.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().map(|(_, part)| part)
    }

    /// Writes the document with its units replaced by answers, in the order of [`parts`](Self::parts).
    pub(super) fn write(
        &self,
        answers: &[Translated],
        target: Language,
        into: &File,
    ) -> Result<(), DocumentError> {
        let mut texts = Vec::new();
        let mut rest = answers;
        for (index, part) in &self.parts {
            let (own, more) = rest.split_at_checked(part.slots.len()).ok_or(DocumentError::Internal)?;
            texts.push((*index, part.render(own, target)));
            rest = more;
        }
        archive::copy(&self.path, &texts, into)
    }
}
