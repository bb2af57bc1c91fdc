//! From the wire to an [`Output`], and why one cannot be read.

use bytes::Bytes;

use crate::{
    datatype::{DataType, UnknownDataType},
    error::{Error, ErrorKind},
    generated::ModelInferResponse,
    output::{Named, Output},
    param::Param,
    tensor::fits,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("no output `{wanted}` among {present:?}")]
    NoSuchOutput { wanted: String, present: Vec<String> },
    #[error("output `{name}` is {found}, not {wanted}")]
    OtherType { name: String, found: DataType, wanted: DataType },
    #[error("output `{name}` holds {found} elements, not one")]
    NotOne { name: String, found: usize },
    #[error("output `{name}` is not UTF-8")]
    NotText {
        name: String,
        #[source]
        source: std::str::Utf8Error,
    },
    #[error("{bytes} bytes of output `{name}` are not {datatype} of shape {shape:?}")]
    WrongSize { name: String, datatype: DataType, shape: Vec<usize>, bytes: usize },
    #[error("output `{name}` has a negative dimension in {shape:?}")]
    WrongShape { name: String, shape: Vec<i64> },
    #[error("output `{name}`")]
    UnknownType {
        name: String,
        #[source]
        source: UnknownDataType,
    },
    #[error("{named} outputs are named and {sent} are sent")]
    Unpaired { named: usize, sent: usize },
}

impl Output {
    /// Checks the whole answer, so that getters only look up.
    pub(crate) fn from_wire(wire: ModelInferResponse) -> Result<Self, Error> {
        let ModelInferResponse { model_name: model, model_version: version, id, parameters, outputs, .. } =
            wire;
        let decode = |why: Unreadable| Error::new(ErrorKind::Decode, "decode", model.clone(), why);
        if outputs.len() != wire.raw_output_contents.len() {
            let (named, sent) = (outputs.len(), wire.raw_output_contents.len());
            return Err(decode(Unreadable::Unpaired { named, sent }));
        }
        let pairs = outputs.into_iter().zip(wire.raw_output_contents);
        let tensors = pairs
            .map(|(output, data)| Named::from_wire(output.name, &output.datatype, output.shape, data))
            .collect::<Result<_, _>>()
            .map_err(decode)?;
        let known = parameters.into_iter().filter_map(|(name, value)| Some((name, Param::from_wire(value)?)));
        Ok(Self { params: known.collect(), model, version, id, tensors })
    }
}

impl Named {
    fn from_wire(name: String, datatype: &str, shape: Vec<i64>, data: Bytes) -> Result<Self, Unreadable> {
        let datatype = match datatype.parse::<DataType>() {
            Ok(datatype) => datatype,
            Err(source) => return Err(Unreadable::UnknownType { name, source }),
        };
        let Ok(shape) = shape.iter().map(|dim| usize::try_from(*dim)).collect::<Result<Vec<_>, _>>() else {
            return Err(Unreadable::WrongShape { name, shape });
        };
        if fits(datatype, &shape, &data) {
            Ok(Self { name, datatype, shape, data })
        } else {
            Err(Unreadable::WrongSize { name, datatype, shape, bytes: data.len() })
        }
    }
}
