use std::{collections::HashMap, future::Future, time::Duration};

use prost::Message as _;
use tokio::time::{Instant, timeout_at};
use tonic::Request;

use crate::{
    Triton,
    error::{Error, ErrorKind},
    generated::{InferParameter, ModelInferRequest, model_infer_request::InferInputTensor},
    output::Output,
    param::Param,
    propagate,
    shm::Region,
    status::failed,
    stream::OutputStream,
    tensor::{Payload, Tensor},
};

/// A request to a model, built step by step and then sent once.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until `send` or `stream`"]
pub struct Infer {
    triton: Triton,
    model: String,
    id: String,
    deadline: Option<Instant>,
    params: HashMap<String, InferParameter>,
    inputs: Vec<(String, Tensor)>,
}

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("input `{name}`")]
    Input {
        name: String,
        #[source]
        source: crate::tensor::Mismatch,
    },
    #[error("input `{0}` is given twice")]
    Twice(String),
    #[error("a message of {bytes} bytes is above the limit of {limit}")]
    TooLarge { bytes: usize, limit: usize },
}

#[derive(Debug, thiserror::Error)]
#[error("no answer in time")]
pub(crate) struct Late;

impl Infer {
    pub(crate) fn new(triton: Triton, model: String) -> Self {
        Self { triton, model, id: String::new(), deadline: None, params: HashMap::new(), inputs: Vec::new() }
    }

    /// Adds an input, under the name the model gives it.
    pub fn input(mut self, name: impl Into<String>, tensor: Tensor) -> Self {
        self.inputs.push((name.into(), tensor));
        self
    }

    /// Names the request: in the server's traces, to the model, and in the answer.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Gives up at `at` with kind `Deadline`; the earliest of several counts. The model finishes an
    /// execution that it has begun, so its slot may still be busy.
    pub fn deadline(mut self, at: impl Into<Instant>) -> Self {
        let at = at.into();
        self.deadline = Some(self.deadline.map_or(at, |known| known.min(at)));
        self
    }

    /// As `deadline`, counted from now.
    pub fn timeout(self, limit: Duration) -> Self {
        match Instant::now().checked_add(limit) {
            Some(at) => self.deadline(at),
            None => self,
        }
    }

    /// Sets a parameter that the model reads by name.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Param>) -> Self {
        self.params.insert(name.into(), value.into().into());
        self
    }

    /// Sends the request and waits for its one answer. Dropping the future cancels the call.
    ///
    /// Refused before anything is sent (kind `BadRequest`): an input whose shape does not fit its
    /// data or that is given twice, and a message above the limit.
    pub async fn send(self) -> Result<Output, Error> {
        let Self { triton, model, deadline, .. } = self.clone();
        let (request, regions) = self.encode()?;
        let mut rpc = triton.rpc();
        let reply = if regions.is_empty() {
            within(deadline, "infer", &model, rpc.model_infer(request)).await?
        } else {
            // the server may read a region until it has answered, however long the caller waits
            let call = tokio::spawn(async move {
                let reply = rpc.model_infer(request).await;
                drop(regions);
                reply
            });
            let joined = within(deadline, "infer", &model, call).await?;
            joined.map_err(|source| Error::new(ErrorKind::Cancelled, "infer", model.clone(), source))?
        };
        let message = reply.map_err(|status| failed("infer", &model, status))?.into_inner();
        Output::from_wire(message)
    }

    /// Sends the request to a model that answers in parts. Dropping the stream cancels the request.
    ///
    /// Refuses what `send` refuses. Every later failure comes as the stream's last item.
    pub async fn stream(self) -> Result<OutputStream, Error> {
        let Self { triton, model, deadline, .. } = self.clone();
        let (request, regions) = self.param("triton_enable_empty_final_response", true).encode()?;
        OutputStream::open(&triton, model, request, regions, deadline).await
    }

    /// The request as it goes on the wire, and the regions that it refers to.
    fn encode(self) -> Result<(Request<ModelInferRequest>, Vec<Region>), Error> {
        let refuse = |why| Error::new(ErrorKind::BadRequest, "infer", self.model.clone(), why);
        let mut message = ModelInferRequest {
            model_name: self.model.clone(),
            id: self.id,
            parameters: self.params,
            ..Default::default()
        };
        let mut regions = Vec::new();
        for (name, tensor) in self.inputs {
            if message.inputs.iter().any(|input| input.name == name) {
                return Err(refuse(Refused::Twice(name)));
            }
            if let Err(source) = tensor.check() {
                return Err(refuse(Refused::Input { name, source }));
            }
            let mut input = InferInputTensor {
                name,
                datatype: tensor.datatype.name().to_owned(),
                // a dimension beyond i64 has been refused with its data
                shape: tensor.shape.iter().map(|dim| i64::try_from(*dim).unwrap_or(i64::MAX)).collect(),
                ..Default::default()
            };
            match tensor.payload {
                Payload::Wire(data) => message.raw_input_contents.push(data),
                Payload::Shared(region) => {
                    input.parameters = region.parameters();
                    regions.push(region);
                }
            }
            message.inputs.push(input);
        }
        let (bytes, limit) = (message.encoded_len(), self.triton.limits.max_message);
        if bytes > limit {
            return Err(refuse(Refused::TooLarge { bytes, limit }));
        }
        let mut request = Request::new(message);
        propagate::inject(request.metadata_mut());
        Ok((request, regions))
    }
}

/// Runs a call until the deadline; one that has passed sends nothing.
///
/// The server is not told (no grpc-timeout header): dropping the call cancels it there as well, while a
/// deadline that expires at Triton makes its gRPC library reset the stream twice, which breaks the
/// whole connection and every other call on it.
pub(crate) async fn within<T>(
    deadline: Option<Instant>,
    operation: &'static str,
    model: &str,
    call: impl Future<Output = T>,
) -> Result<T, Error> {
    let late = || Error::new(ErrorKind::Deadline, operation, model, Late);
    match deadline {
        None => Ok(call.await),
        Some(at) if at <= Instant::now() => Err(late()),
        Some(at) => timeout_at(at, call).await.map_err(|_elapsed| late()),
    }
}
