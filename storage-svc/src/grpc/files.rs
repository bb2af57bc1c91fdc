//! `violet.v1.Files`.

use domain::ErrorKind;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use proto::client::PutFile;
use proto::{BadField, convert, pb};
use tonic::{Request, Response, Status, Streaming};

use super::{MAX_CHUNK, status};
use crate::StoreError;
use crate::blob::ByteStream;
use crate::files::Depot;

type Reply<T> = Result<Response<T>, Status>;

pub(super) struct FilesService {
    pub(super) depot: Depot,
}

fn header(message: Option<pb::PutFileRequest>) -> Result<PutFile, BadField> {
    let part = message.and_then(|m| m.part);
    let Some(pb::put_file_request::Part::Header(h)) = part else {
        return Err(BadField::new("header", "must come first"));
    };
    let expected = match h.expected_sha256.is_empty() {
        true => None,
        false => Some(convert::digest("expected_sha256", &h.expected_sha256)?),
    };
    Ok(PutFile {
        id: convert::parse("id", &h.id)?,
        purpose: convert::purpose(h.purpose)?,
        file_name: convert::optional(&h.file_name).map(str::to_owned),
        max_size: h.max_size,
        expected,
    })
}

/// The bytes after the header. A message without a part says that the sender broke off; so does a broken connection.
fn chunks(messages: Streaming<pb::PutFileRequest>) -> ByteStream {
    use pb::put_file_request::Part;
    let broke_off = || StoreError::new(ErrorKind::Cancelled, "the upload was broken off");
    let too_long = || StoreError::new(ErrorKind::Invalid, format!("chunk: is longer than {MAX_CHUNK} bytes"));
    let one = move |message: Result<pb::PutFileRequest, Status>| match message.map(|m| m.part) {
        Ok(Some(Part::Chunk(bytes))) if bytes.len() > MAX_CHUNK => Err(too_long()),
        Ok(Some(Part::Chunk(bytes))) => Ok(bytes),
        Ok(Some(Part::Header(_))) => Err(StoreError::new(ErrorKind::Invalid, "header: came twice")),
        Ok(None) => Err(broke_off()),
        Err(e) if e.code() == tonic::Code::OutOfRange => Err(too_long()),
        Err(e) => Err(broke_off().because(e)),
    };
    messages.map(one).boxed()
}

#[tonic::async_trait]
impl pb::files_server::Files for FilesService {
    async fn put(&self, request: Request<Streaming<pb::PutFileRequest>>) -> Reply<pb::FileMeta> {
        let mut messages = request.into_inner();
        let file = header(messages.message().await?)?;
        let meta = self.depot.put(file, chunks(messages)).await.map_err(|e| status("put", e))?;
        Ok(Response::new(convert::file_meta_to_pb(&meta)))
    }

    async fn stat(&self, request: Request<pb::StatFileRequest>) -> Reply<pb::FileMeta> {
        let id = convert::parse("id", &request.get_ref().id)?;
        let meta = self.depot.stat(id).await.map_err(|e| status("stat", e))?;
        Ok(Response::new(convert::file_meta_to_pb(&meta)))
    }

    type GetStream = BoxStream<'static, Result<pb::GetFileReply, Status>>;

    async fn get(&self, request: Request<pb::GetFileRequest>) -> Reply<Self::GetStream> {
        use pb::get_file_reply::Part;
        let r = request.into_inner();
        let length = (r.length != 0).then_some(r.length);
        let got = self.depot.get(convert::parse("id", &r.id)?, r.offset, length).await;
        let (meta, bytes) = got.map_err(|e| status("get", e))?;
        let reply = |part| pb::GetFileReply { part: Some(part) };
        let first = stream::iter([Ok(reply(Part::Meta(convert::file_meta_to_pb(&meta))))]);
        let rest = bytes.map_ok(move |b| reply(Part::Chunk(b))).map_err(|e| status("get", e));
        Ok(Response::new(first.chain(rest).boxed()))
    }
}
