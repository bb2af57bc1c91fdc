//! Metadata of stored files.

use domain::{FileMeta, Timestamp};

use super::{BadField, digest, optional, parse, purpose, purpose_to_pb};
use crate::pb;

/// From the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn file_meta(f: &pb::FileMeta) -> Result<FileMeta, BadField> {
    Ok(FileMeta {
        id: parse("id", &f.id)?,
        sha256: digest("sha256", &f.sha256)?,
        size: f.size,
        content_type: f.content_type.clone(),
        file_name: optional(&f.file_name).map(str::to_owned),
        purpose: purpose(f.purpose)?,
        created_at: Timestamp::from_micros(f.created_at),
        expires_at: Timestamp::from_micros(f.expires_at),
    })
}

/// To the wire.
#[must_use]
pub fn file_meta_to_pb(f: &FileMeta) -> pb::FileMeta {
    pb::FileMeta {
        id: f.id.to_string(),
        sha256: f.sha256.0.to_vec(),
        size: f.size,
        content_type: f.content_type.clone(),
        file_name: f.file_name.clone().unwrap_or_default(),
        purpose: purpose_to_pb(f.purpose),
        created_at: f.created_at.micros(),
        expires_at: f.expires_at.micros(),
    }
}
