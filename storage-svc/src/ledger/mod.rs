//! The ledger of a validator: named documents that are written once. The seam between what the service promises and the
//! databases that keep it.

#[cfg(test)]
pub(crate) mod conformance;
mod memory;
mod sql;

use async_trait::async_trait;
use domain::ErrorKind;
pub use proto::client::{Entry, Written};

pub use sql::SqlLedger;

use crate::StoreError;

/// Longest body, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// Most entries of one answer.
pub const MAX_ENTRIES: u32 = 1_000;
/// Bodies of one answer together, in bytes, from which on no further entry is added to it.
const MAX_ANSWER: usize = 2 << 20;
/// Longest name of a stream and of a key, in bytes.
const NAMES: (usize, usize) = (64, 200);

/// Where documents last.
///
/// A document has a stream and a key in it. What was written is durable before it is acknowledged, and is never changed nor
/// removed: of any number of writers of one key, at once or one after the other and across restarts, one is told
/// [`Written::Fresh`], and all read what that one wrote. A name or a body out of bounds is refused as `Invalid`.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Writes a document unless one of that name is there.
    ///
    /// # Errors
    /// `Invalid`, or when the store itself fails; the same call may then be made again.
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, StoreError>;

    /// A document; `None` when there is none of that name.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` (at most [`MAX_ENTRIES`]) documents with keys behind `key`, in the order of the bytes of their keys;
    /// from the first one for an empty key. Fewer when they are long, but one when there is any.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// The last key of a stream; `None` when the stream is empty.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    async fn head(&self, stream: &str) -> Result<Option<String>, StoreError>;
}

/// Whether a stream may be so called.
fn check_stream(stream: &str) -> Result<(), StoreError> {
    if is_name(stream, NAMES.0) { Ok(()) } else { Err(bad_name("stream", NAMES.0)) }
}

/// Whether a document may have this name.
fn check_names(stream: &str, key: &str) -> Result<(), StoreError> {
    check_stream(stream)?;
    if is_name(key, NAMES.1) { Ok(()) } else { Err(bad_name("key", NAMES.1)) }
}

/// Whether a page may begin behind `key`.
fn check_after(stream: &str, key: &str, limit: u32) -> Result<(), StoreError> {
    if !(1..=MAX_ENTRIES).contains(&limit) {
        let range = format!("limit: must be from 1 to {MAX_ENTRIES}");
        return Err(StoreError::new(ErrorKind::Invalid, range));
    }
    if key.is_empty() { check_stream(stream) } else { check_names(stream, key) }
}

/// Whether a document may be written.
fn check(stream: &str, key: &str, body: &[u8]) -> Result<(), StoreError> {
    check_names(stream, key)?;
    if body.len() > MAX_BODY {
        let long = format!("body: has {} bytes, more than {MAX_BODY}", body.len());
        return Err(StoreError::new(ErrorKind::TooLarge, long));
    }
    Ok(())
}

fn is_name(text: &str, longest: usize) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':');
    (1..=longest).contains(&text.len()) && text.bytes().all(fits)
}

fn bad_name(field: &'static str, longest: usize) -> StoreError {
    let expected = format!("{field}: must be 1 to {longest} letters, digits or . _ - / :");
    StoreError::new(ErrorKind::Invalid, expected)
}

/// Documents of one answer.
#[derive(Default)]
struct Answer {
    entries: Vec<Entry>,
    bytes: usize,
}

impl Answer {
    /// Adds an entry. `false` when no further one fits.
    fn add(&mut self, entry: Entry) -> bool {
        self.bytes = self.bytes.saturating_add(entry.body.len());
        self.entries.push(entry);
        self.bytes < MAX_ANSWER
    }
}
