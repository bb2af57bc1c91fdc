//! `violet.v1.Reference`: decode, do, encode.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use domain::{ErrorKind, FailReason, Failure};
use futures_util::{Stream, StreamExt as _, stream};
use process::Stop;
use proto::{BadField, convert, pb, status};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::{
    Desk,
    decoding::Decoding,
    intake, outlet,
    recording::Recording,
    work::{self, Order},
};
use crate::media::Shape;

/// The service. Work under way is given up when `stop` fires.
pub(super) struct Face {
    pub(super) desk: Arc<Desk>,
    pub(super) stop: Stop,
}

type Answer<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl pb::reference_server::Reference for Face {
    type WorkStream = Answer<pb::WorkReply>;
    type DecodeStream = Answer<pb::DecodeReply>;
    type RenderStream = Answer<pb::RenderReply>;

    async fn work(
        &self,
        request: Request<Streaming<pb::WorkRequest>>,
    ) -> Result<Response<Self::WorkStream>, Status> {
        use pb::{work_reply::Part as Out, work_request::Part};
        let turn = self.desk.turns.next().await?;
        let mut parts = request.into_inner();
        let Some(pb::WorkRequest { part: Some(Part::Header(header)) }) = parts.message().await? else {
            return Err(BadField::new("header", "must come first").into());
        };
        let order = Order::try_from(header)?;
        let chunk = |m: pb::WorkRequest| match m.part {
            Some(Part::Chunk(bytes)) => Some(bytes),
            _ => None,
        };
        let input = self.input(&mut parts, chunk).await?;
        let (product, version) = work::done(&self.desk, order, input, turn, &self.stop).await?;
        let facts = product.facts.as_ref().map(serde_json::to_string).transpose();
        let header = pb::work_reply::Header {
            content_type: product.content_type.to_owned(),
            facts: facts.map_err(|e| status(ErrorKind::Internal, e.to_string()))?.unwrap_or_default(),
            model: product.model,
            model_version: version,
        };
        let bytes = outlet::body(product.body).map_err(|e| intake::no_room(&e))?;
        let say = |part| pb::WorkReply { part: Some(part) };
        let first = stream::iter([Ok(say(Out::Header(header)))]);
        Ok(Response::new(first.chain(bytes.map(move |b| b.map(|b| say(Out::Chunk(b))))).boxed()))
    }

    async fn decode(
        &self,
        request: Request<Streaming<pb::DecodeRequest>>,
    ) -> Result<Response<Self::DecodeStream>, Status> {
        let turn = self.desk.turns.next().await?;
        let wanted = AtomicU32::new(0);
        let chunk = |m: pb::DecodeRequest| {
            wanted.fetch_max(m.sample_rate, Ordering::Relaxed);
            Some(m.chunk)
        };
        let input = self.input(&mut request.into_inner(), chunk).await?;
        let rate = Some(wanted.into_inner()).filter(|rate| *rate > 0);
        let (cancel, on_drop) = until_dropped(&self.stop);
        let sound = self.desk.tools.decoder.sound(input.path(), Shape::AsIs, &cancel);
        let decoding = Decoding::new(sound, rate, (input, turn, on_drop));
        Ok(Response::new(decoding.replies().boxed()))
    }

    async fn read(
        &self,
        request: Request<Streaming<pb::ReadRequest>>,
    ) -> Result<Response<pb::ReadReply>, Status> {
        use pb::read_request::Part;
        let turn = self.desk.turns.next().await?;
        let mut parts = request.into_inner();
        let Some(pb::ReadRequest { part: Some(Part::Format(format)) }) = parts.message().await? else {
            return Err(BadField::new("format", "must come first").into());
        };
        let format = convert::optional(&format).map(|f| convert::parse("format", f)).transpose()?;
        let chunk = |m: pb::ReadRequest| match m.part {
            Some(Part::Chunk(bytes)) => Some(bytes),
            _ => None,
        };
        let document = self.input(&mut parts, chunk).await?;
        let text = work::read(document, format, turn, &self.stop).await?;
        Ok(Response::new(pb::ReadReply { text }))
    }

    async fn embed(&self, request: Request<pb::EmbedRequest>) -> Result<Response<pb::EmbedReply>, Status> {
        let turn = self.desk.turns.next().await?;
        let pb::EmbedRequest { texts, language } = request.into_inner();
        let language = convert::parse("language", &language)?;
        work::embedded(&self.desk, texts, language, turn, &self.stop).await.map(Response::new)
    }

    async fn render(
        &self,
        request: Request<Streaming<pb::RenderRequest>>,
    ) -> Result<Response<Self::RenderStream>, Status> {
        use pb::render_request::Part;
        let _turn = self.desk.turns.next().await?;
        let mut parts = request.into_inner();
        let recording = Recording::of(parts.message().await?)?;
        let chunk = |m: pb::RenderRequest| match m.part {
            Some(Part::Chunk(bytes)) => Some(bytes),
            _ => None,
        };
        let wave = self.input(&mut parts, chunk).await?;
        let missing = || status(ErrorKind::Unavailable, "there is no ffmpeg on this machine");
        let ffmpeg = self.desk.tools.ffmpeg.as_ref().ok_or_else(missing)?;
        let (cancel, _on_drop) = until_dropped(&self.stop);
        let made = recording.make(ffmpeg, wave.path(), &self.desk.tools.scratch, &cancel).await?;
        let bytes = outlet::file(made).map_err(|e| intake::no_room(&e))?;
        Ok(Response::new(bytes.map(|b| b.map(|chunk| pb::RenderReply { chunk })).boxed()))
    }
}

impl Face {
    async fn input<M>(
        &self,
        parts: &mut Streaming<M>,
        chunk: impl Fn(M) -> Option<Bytes>,
    ) -> Result<NamedTempFile, Status> {
        intake::file(parts, chunk, &self.desk.tools.scratch, self.desk.max_bytes).await
    }
}

/// What the caller hears of work without a result: whether the input is at fault, or this machine.
pub(super) fn refusal(failure: Option<Failure>) -> Status {
    let Some(failure) = failure else {
        return status(ErrorKind::Cancelled, "the work was given up");
    };
    let kind = match failure.reason {
        FailReason::BrokenFile
        | FailReason::NothingToDo
        | FailReason::Unsupported
        | FailReason::TooLong
        | FailReason::Poison => ErrorKind::Invalid,
        FailReason::ModelFailed | FailReason::MinerFault => ErrorKind::Unavailable,
        FailReason::TimedOut => ErrorKind::Deadline,
    };
    status(kind, failure.detail)
}

/// Cancels with the service and with the caller that goes away.
pub(super) fn until_dropped(stop: &Stop) -> (CancellationToken, tokio_util::sync::DropGuard) {
    let cancel = stop.child_token();
    (cancel.clone(), cancel.drop_guard())
}
