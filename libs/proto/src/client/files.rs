//! The file store of storage-svc.

use bytes::Bytes;
use domain::{FileId, FileMeta, FilePurpose, Sha256};
use futures_util::{Stream, StreamExt as _, stream};

use super::{Wire, unary};
use crate::{RpcError, convert, pb};

/// A file about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutFile {
    /// Its name.
    pub id: FileId,
    /// What it is for.
    pub purpose: FilePurpose,
    /// The client's own name for it.
    pub file_name: Option<String>,
    /// The first byte beyond this many ends the upload with `TooLarge`.
    pub max_size: u64,
    /// When given and the bytes differ, nothing is stored.
    pub expected: Option<Sha256>,
}

/// A file being read.
pub struct FileReader {
    /// What is known of the whole file.
    pub meta: FileMeta,
    rest: tonic::Streaming<pb::GetFileReply>,
}

impl FileReader {
    /// The bytes of the asked range, in order.
    pub fn chunks(self) -> impl Stream<Item = Result<Bytes, RpcError>> + Send + 'static {
        self.rest.filter_map(async |part| match part {
            Ok(pb::GetFileReply { part: Some(pb::get_file_reply::Part::Chunk(c)) }) => Some(Ok(c)),
            Ok(_) => None,
            Err(status) => Some(Err(status.into())),
        })
    }
}

/// Client of `violet.v1.Files`.
#[derive(Clone)]
pub struct FilesClient(pb::files_client::FilesClient<Wire>);

impl FilesClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::files_client::FilesClient::new(wire).max_decoding_message_size(8 << 20))
    }

    /// Stores the bytes of `body`; durable and hashed when this returns. Memory use does not depend on the size.
    /// An `Err` in `body` breaks the upload off: nothing is stored.
    ///
    /// # Errors
    /// `TooLarge`, `StorageFull`, `Conflict` when the id has other bytes, `Cancelled` when `body` broke off.
    pub async fn put<E>(
        &self,
        file: PutFile,
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Result<FileMeta, RpcError>
    where
        E: Send + 'static,
    {
        use pb::put_file_request::{Header, Part};
        let header = Header {
            id: file.id.to_string(),
            purpose: convert::purpose_to_pb(file.purpose),
            file_name: file.file_name.unwrap_or_default(),
            max_size: file.max_size,
            expected_sha256: file.expected.map(|d| d.0.to_vec()).unwrap_or_default(),
        };
        let first = stream::iter([pb::PutFileRequest { part: Some(Part::Header(header)) }]);
        // the end of the stream must mean the end of the file: a broken body ends with a message that is refused
        let rest = body.map(|chunk| pb::PutFileRequest { part: chunk.ok().map(Part::Chunk) });
        let reply = self.0.clone().put(first.chain(rest)).await?;
        Ok(convert::file_meta(reply.get_ref())?)
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// `NotFound` when there is none, or when it has expired.
    pub async fn stat(&self, id: FileId) -> Result<FileMeta, RpcError> {
        let reply = self.0.clone().stat(unary(pb::StatFileRequest { id: id.to_string() })).await?;
        Ok(convert::file_meta(reply.get_ref())?)
    }

    /// Reads `length` bytes from `offset`; `None` reads to the end.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the range begins past the end.
    pub async fn get(&self, id: FileId, offset: u64, length: Option<u64>) -> Result<FileReader, RpcError> {
        let request = pb::GetFileRequest { id: id.to_string(), offset, length: length.unwrap_or(0) };
        let mut rest = self.0.clone().get(request).await?.into_inner();
        let first = rest.message().await?;
        let Some(pb::GetFileReply { part: Some(pb::get_file_reply::Part::Meta(meta)) }) = first else {
            return Err(convert::BadField::new("meta", "must come first").into());
        };
        Ok(FileReader { meta: convert::file_meta(&meta)?, rest })
    }
}
