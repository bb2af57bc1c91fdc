//! Results become the bytes of an answer, a bounded piece at a time.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use tonic::Status;

use super::intake::no_room;
use crate::pipeline::Body;

/// Bytes of one message.
const PIECE: usize = 256 << 10;

/// The bytes of a result, in order. A file is gone when the stream is dropped.
pub(super) fn body(
    body: Body,
) -> io::Result<Box<dyn Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static>> {
    Ok(match body {
        Body::Bytes(bytes) => Box::new(pieces(bytes)),
        Body::File(kept) => Box::new(file(kept)?),
    })
}

/// The bytes of a file, which is gone when the stream is dropped.
pub(super) fn file(
    kept: NamedTempFile,
) -> io::Result<impl Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static> {
    let open = File::from_std(kept.reopen()?);
    let read = ReaderStream::with_capacity(open, PIECE);
    Ok(read.map(move |piece| {
        let _kept = &kept;
        piece.map_err(|e| no_room(&e))
    }))
}

fn pieces(mut rest: Bytes) -> impl Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static {
    stream::iter(std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some(Ok(piece))
    }))
}
