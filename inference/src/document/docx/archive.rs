//! The zip archive that a Word document is.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
    path::Path,
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{DocumentError, Watch, xml::broken};
use crate::document::limits::within;

/// Office files compress their text well, but not this well.
const RATIO: u64 = 400;
/// Parts this small may unpack to anything.
const SMALL: u64 = 4 << 20;

/// An archive whose claims were checked.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    names: Vec<String>,
    unpacked: u64,
}

impl Archive {
    /// Reads the list of files. Refuses too many, too large ones, encrypted ones, and files that overlap.
    pub(super) fn open(path: &Path, watch: &Watch<'_>) -> Result<Self, DocumentError> {
        let file = File::open(path).map_err(|_| DocumentError::Internal)?;
        let length = file.metadata().map_err(|_| DocumentError::Internal)?.len();
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| fault(&e))?;
        within(zip.len() as u64, watch.limits.entries as u64, "files in the archive")?;
        let (mut names, mut packed, mut claimed) = (Vec::with_capacity(zip.len()), 0u64, 0u64);
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(|e| fault(&e))?;
            if entry.encrypted() {
                return Err(DocumentError::Encrypted);
            }
            let name = entry.name().map_err(|e| fault(&e))?.into_owned();
            (packed, claimed) =
                (packed.saturating_add(entry.compressed_size()), claimed.saturating_add(entry.size()));
            if entry.size() > SMALL && entry.size() / entry.compressed_size().max(1) > RATIO {
                return Err(DocumentError::TooLarge { most: RATIO, unit: "times its packed size, unpacked" });
            }
            names.push(name);
        }
        within(claimed, watch.limits.claimed_bytes, "bytes unpacked")?;
        if packed > length {
            return Err(broken("its parts overlap"));
        }
        Ok(Self { zip, names, unpacked: 0 })
    }

    /// Where the file of that name is.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n.eq_ignore_ascii_case(name))
    }

    /// Unpacks one file as text, whatever size it claims, within what is left of the limit.
    pub(super) fn text(&mut self, index: usize, watch: &Watch<'_>) -> Result<String, DocumentError> {
        let most = watch.limits.unpacked_bytes;
        let left = most.saturating_sub(self.unpacked);
        let entry = self.zip.by_index(index).map_err(|e| fault(&e))?;
        let mut bytes = Vec::new();
        let mut limited = entry.take(left + 1);
        let mut block = vec![0; 64 << 10];
        loop {
            watch.check()?;
            let n = limited.read(&mut block).map_err(|_| broken("a part of it can't be unpacked"))?;
            if n == 0 {
                break;
            }
            bytes.extend_from_slice(&block[..n]);
        }
        within(bytes.len() as u64, left, "bytes of text, unpacked")
            .map_err(|_| DocumentError::TooLarge { most, unit: "bytes of text, unpacked" })?;
        self.unpacked += bytes.len() as u64;
        String::from_utf8(bytes).map_err(|_| broken("a part of it is not UTF-8"))
    }
}

/// Copies an archive: the files at these places get new text, all others keep their packed bytes.
pub(super) fn copy(from: &Path, texts: &[(usize, String)], into: &File) -> Result<(), DocumentError> {
    let internal = |_| DocumentError::Internal;
    let file = File::open(from).map_err(internal)?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| fault(&e))?;
    let mut out = ZipWriter::new(BufWriter::new(into));
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|e| fault(&e))?;
        match texts.iter().find(|(at, _)| *at == index) {
            None => out.raw_copy_file(entry).map_err(|_| DocumentError::Internal)?,
            Some((_, text)) => {
                let mut options =
                    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
                if let Some(time) = entry.last_modified() {
                    options = options.last_modified_time(time);
                }
                let name = entry.name().map_err(|e| fault(&e))?.into_owned();
                out.start_file(name, options).map_err(|_| DocumentError::Internal)?;
                out.write_all(text.as_bytes()).map_err(internal)?;
            }
        }
    }
    let mut written = out.finish().map_err(|_| DocumentError::Internal)?;
    written.flush().map_err(internal)
}

fn fault(error: &ZipError) -> DocumentError {
    match error {
        ZipError::UnsupportedArchive(text) if text.contains("assword") => DocumentError::Encrypted,
        ZipError::UnsupportedArchive(_) => DocumentError::Unsupported("zip archives of this kind"),
        _ => broken("its zip archive can't be read"),
    }
}
