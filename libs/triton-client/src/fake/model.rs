use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use tonic::{Status, metadata::MetadataMap};

use crate::{
    Tensor,
    generated::{
        InferParameter, ModelInferRequest, ModelInferResponse, infer_parameter::ParameterChoice,
        model_infer_response::InferOutputTensor,
    },
    output::Output,
    tensor::Payload,
};

pub(super) type Behaviour = dyn Fn(&Call) -> Reply + Send + Sync;

/// A request as a model sees it.
#[derive(Debug, Clone)]
pub struct Call {
    inputs: Output,
    headers: HashMap<String, String>,
}

impl Call {
    /// The inputs, the request's id and its parameters.
    pub fn inputs(&self) -> &Output {
        &self.inputs
    }

    /// A header of the call in text, such as `traceparent`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// `read_region` gives the contents of a registered region.
    pub(super) fn from_wire(
        message: ModelInferRequest,
        metadata: &MetadataMap,
        read_region: impl Fn(&str) -> Result<Bytes, Status>,
    ) -> Result<Self, Status> {
        let mut wire = message.raw_input_contents.into_iter();
        let mut contents = Vec::new();
        let mut tensors = Vec::new();
        for input in message.inputs {
            let region =
                input.parameters.get("shared_memory_region").and_then(|p| p.parameter_choice.as_ref());
            contents.push(match region {
                Some(ParameterChoice::StringParam(name)) => read_region(name)?,
                _ => wire.next().unwrap_or_default(),
            });
            let (name, datatype, shape) = (input.name, input.datatype, input.shape);
            tensors.push(InferOutputTensor { name, datatype, shape, ..Default::default() });
        }
        let inputs = Output::from_wire(ModelInferResponse {
            model_name: message.model_name,
            model_version: "1".into(),
            id: message.id,
            parameters: message.parameters,
            outputs: tensors,
            raw_output_contents: contents,
        })
        .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let headers = metadata.iter().filter_map(|entry| match entry {
            tonic::metadata::KeyAndValueRef::Ascii(key, value) => {
                Some((key.to_string(), value.to_str().ok()?.to_owned()))
            }
            tonic::metadata::KeyAndValueRef::Binary(..) => None,
        });
        Ok(Self { headers: headers.collect(), inputs })
    }
}

/// What a model does with a request: any number of answers, then an end.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(super) parts: Vec<Vec<(String, Tensor)>>,
    pub(super) end: End,
    pub(super) decoupled: bool,
    pub(super) pause: Duration,
}

/// How a model's work on a request ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Final,
    /// The server refuses the request before the model sees it, with this text.
    Door(String),
    /// The model refuses the input with this sentence (`TritonError`, INVALID_ARG).
    Refused(String),
    /// The model raises an exception with this text; a traceback follows.
    Raised(String),
    /// The model's process dies, and stays dead until the model is unloaded and loaded.
    Died,
    /// The queue is full.
    QueueFull,
    /// The model never ends.
    Never,
    /// The stream ends without its final answer.
    Cut,
}

impl Reply {
    /// One answer.
    pub fn answer(outputs: impl IntoIterator<Item = (&'static str, Tensor)>) -> Self {
        Self::end(End::Final).part(outputs)
    }

    /// The reply of a streaming (decoupled) model, so far without parts: only `stream` reaches it.
    pub fn stream() -> Self {
        Self { decoupled: true, ..Self::end(End::Final) }
    }

    /// No answer, and this end.
    pub fn end(end: End) -> Self {
        Self { parts: Vec::new(), end, decoupled: false, pause: Duration::ZERO }
    }

    /// Adds an answer before the end.
    #[must_use]
    pub fn part(mut self, outputs: impl IntoIterator<Item = (&'static str, Tensor)>) -> Self {
        self.parts.push(outputs.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect());
        self
    }

    /// Pauses before each part.
    #[must_use]
    pub fn every(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Ends in another way.
    #[must_use]
    pub fn then(mut self, end: End) -> Self {
        self.end = end;
        self
    }
}

impl End {
    /// The status a failed end comes with; none for an end without one.
    pub(super) fn status(&self, model: &str) -> Option<Status> {
        Some(match self {
            Self::Final | Self::Never | Self::Cut => return None,
            Self::Door(text) | Self::Refused(text) => Status::invalid_argument(text),
            Self::Raised(text) => Status::internal(format!(
                "Failed to process the request(s) for model '{model}_0_0', message: ValueError: {text}\n\n\
                 At:\n  /models/{model}/1/model.py(8): execute\n"
            )),
            Self::Died => Status::internal(format!("Stub process '{model}_0_0' is not healthy.")),
            Self::QueueFull => Status::unavailable("Exceeds maximum queue size"),
        })
    }
}

/// One answer on the wire.
pub(super) fn response(model: &str, id: &str, tensors: Vec<(String, Tensor)>) -> ModelInferResponse {
    let mut message = ModelInferResponse {
        model_name: model.to_owned(),
        model_version: "1".into(),
        id: id.to_owned(),
        ..Default::default()
    };
    for (name, tensor) in tensors {
        message.outputs.push(InferOutputTensor {
            name,
            datatype: tensor.datatype.name().to_owned(),
            shape: tensor.shape.iter().map(|dim| i64::try_from(*dim).unwrap_or(i64::MAX)).collect(),
            ..Default::default()
        });
        message.raw_output_contents.push(match tensor.payload {
            Payload::Wire(data) => data,
            Payload::Shared(region) => Bytes::copy_from_slice(region.contents()),
        });
    }
    message
}

/// Says in an answer whether it is the last one.
pub(super) fn mark(message: &mut ModelInferResponse, last: bool) {
    let parameter = InferParameter { parameter_choice: Some(ParameterChoice::BoolParam(last)) };
    message.parameters.insert("triton_final_response".into(), parameter);
}
