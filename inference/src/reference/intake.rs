//! Bytes of a call become a file, no more of them than may be.

use bytes::Bytes;
use domain::ErrorKind;
use proto::{BadField, status};
use tempfile::NamedTempFile;
use tokio::{fs::File, io::AsyncWriteExt as _};
use tonic::{Status, Streaming};

/// The chunks that `parts` has from now on, as a file in `scratch` that is gone when it is dropped.
///
/// # Errors
/// `TooLarge` at the first byte beyond `most`; `Invalid` for a message that is no chunk.
pub(super) async fn file<M>(
    parts: &mut Streaming<M>,
    chunk: impl Fn(M) -> Option<Bytes>,
    scratch: &std::path::Path,
    most: u64,
) -> Result<NamedTempFile, Status> {
    let file = tempfile::Builder::new().prefix("reference-").tempfile_in(scratch).map_err(|e| no_room(&e))?;
    let mut to = File::from_std(file.reopen().map_err(|e| no_room(&e))?);
    let mut taken = 0_u64;
    while let Some(message) = parts.message().await? {
        let bytes = chunk(message).ok_or_else(|| BadField::new("chunk", "is missing"))?;
        taken = taken.saturating_add(bytes.len() as u64);
        if taken > most {
            return Err(status(ErrorKind::TooLarge, format!("the input has more than {most} bytes")));
        }
        to.write_all(&bytes).await.map_err(|e| no_room(&e))?;
    }
    to.flush().await.map_err(|e| no_room(&e))?;
    Ok(file)
}

/// A file of ours that can't be used.
pub(super) fn no_room(error: &std::io::Error) -> Status {
    tracing::error!(%error, "a file of the scratch folder can't be used");
    status(ErrorKind::StorageFull, "there is no room for the input")
}
