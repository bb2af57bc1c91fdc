use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::{Request, Streaming, metadata::MetadataValue};

use crate::{
    Triton,
    error::{Error, ErrorKind},
    generated::{ModelInferRequest, ModelStreamInferResponse},
    infer::{Late, within},
    output::Output,
    param::Param,
    shm::Region,
    status::{failed, in_band},
};

const FINAL: &str = "triton_final_response";

/// The answers to one request, in the model's order.
///
/// Ends after the model's final answer. An error is the last item: also if the deadline passes, or
/// the connection ends before the final answer. Dropping the stream cancels the request, which a
/// model sees when it asks.
pub struct OutputStream {
    model: String,
    wire: Option<Streaming<ModelStreamInferResponse>>,
    deadline: Option<Pin<Box<Sleep>>>,
    regions: Vec<Region>,
}

#[derive(Debug, thiserror::Error)]
#[error("the stream ended before its final answer")]
struct Truncated;

impl OutputStream {
    pub(crate) async fn open(
        triton: &Triton,
        model: String,
        request: Request<ModelInferRequest>,
        regions: Vec<Region>,
        deadline: Option<Instant>,
    ) -> Result<Self, Error> {
        let (metadata, extensions, message) = request.into_parts();
        let mut request = Request::from_parts(metadata, extensions, tokio_stream::once(message));
        // a failed execution then ends the stream with a status instead of a bare text
        request.metadata_mut().insert("triton_grpc_error", MetadataValue::from_static("true"));
        let mut rpc = triton.rpc();
        let reply = within(deadline, "stream", &model, rpc.model_stream_infer(request)).await?;
        let wire = reply.map_err(|status| failed("stream", &model, status))?.into_inner();
        Ok(Self { model, wire: Some(wire), deadline: deadline.map(|at| Box::pin(sleep_until(at))), regions })
    }

    /// One message: an answer, the error that ends the stream, or nothing if it only ends it.
    fn read(&mut self, message: ModelStreamInferResponse) -> Option<Result<Output, Error>> {
        let executed = message.infer_response.as_ref().is_some_and(|r| r.parameters.contains_key(FINAL));
        if !message.error_message.is_empty() {
            self.close();
            return Some(Err(in_band(&self.model, message.error_message, executed)));
        }
        let output = Output::from_wire(message.infer_response.unwrap_or_default());
        let last = match &output {
            Ok(output) => output.param(FINAL) == Some(&Param::Bool(true)),
            Err(_) => true,
        };
        if last {
            self.close();
        }
        match output {
            Ok(output) if last && output.names().len() == 0 => None,
            output => Some(output),
        }
    }

    fn close(&mut self) {
        self.wire = None;
        self.regions.clear();
    }

    fn end(&mut self, error: Error) -> Poll<Option<Result<Output, Error>>> {
        self.close();
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for OutputStream {
    type Item = Result<Output, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Some(wire) = &mut this.wire else {
                return Poll::Ready(None);
            };
            let Poll::Ready(received) = Pin::new(wire).poll_next(cx) else {
                let Some(deadline) = &mut this.deadline else {
                    return Poll::Pending;
                };
                ready!(deadline.as_mut().poll(cx));
                let late = Error::new(ErrorKind::Deadline, "stream", this.model.clone(), Late);
                return this.end(late);
            };
            match received {
                Some(Ok(message)) => match this.read(message) {
                    Some(item) => return Poll::Ready(Some(item)),
                    None => continue,
                },
                Some(Err(status)) => {
                    let error = failed("stream", &this.model, status);
                    return this.end(error);
                }
                None => {
                    let error = Error::new(ErrorKind::Unreachable, "stream", this.model.clone(), Truncated);
                    return this.end(error);
                }
            }
        }
    }
}

impl fmt::Debug for OutputStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputStream").field("model", &self.model).finish_non_exhaustive()
    }
}
