use std::collections::HashMap;

use bytes::Bytes;

use crate::{
    datatype::{DataType, Element, Values, blobs},
    decode::Unreadable,
    error::{Error, ErrorKind},
    param::Param,
};

/// One answer of a model: named, typed, shaped tensors.
///
/// Every getter borrows from the received message. A name the answer lacks, or another type than the
/// getter's, is an error of kind `Decode` whose source names both.
#[derive(Debug, Clone)]
pub struct Output {
    pub(crate) model: String,
    pub(crate) version: String,
    pub(crate) id: String,
    pub(crate) params: HashMap<String, Param>,
    pub(crate) tensors: Vec<Named>,
}

#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) datatype: DataType,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Bytes,
}

impl Output {
    /// The model that answered.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The version that answered.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The id of the request.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The names of the outputs, in the model's order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.iter().map(|tensor| tensor.name.as_str())
    }

    /// A parameter of the answer.
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.get(name)
    }

    /// The dimensions of an output.
    pub fn shape(&self, name: &str) -> Result<&[usize], Error> {
        Ok(&self.tensor(name)?.shape)
    }

    /// The element type of an output.
    pub fn datatype(&self, name: &str) -> Result<DataType, Error> {
        Ok(self.tensor(name)?.datatype)
    }

    /// An output of any type in wire form; shares the message's memory.
    pub fn raw(&self, name: &str) -> Result<Bytes, Error> {
        Ok(self.tensor(name)?.data.clone())
    }

    /// A UINT8 output.
    pub fn u8(&self, name: &str) -> Result<&[u8], Error> {
        self.data(name, DataType::Uint8)
    }

    /// An INT16 output.
    pub fn i16(&self, name: &str) -> Result<Values<'_, i16>, Error> {
        self.values(name)
    }

    /// An INT32 output.
    pub fn i32(&self, name: &str) -> Result<Values<'_, i32>, Error> {
        self.values(name)
    }

    /// An INT64 output.
    pub fn i64(&self, name: &str) -> Result<Values<'_, i64>, Error> {
        self.values(name)
    }

    /// An FP32 output.
    pub fn f32(&self, name: &str) -> Result<Values<'_, f32>, Error> {
        self.values(name)
    }

    /// A BYTES output of exactly one element, as text.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        let texts = self.texts(name)?;
        match texts.as_slice() {
            [text] => Ok(text),
            _ => Err(self.unreadable(Unreadable::NotOne { name: name.to_owned(), found: texts.len() })),
        }
    }

    /// A BYTES output as texts, in row-major order.
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, Error> {
        let data = self.data(name, DataType::Bytes)?;
        // from_wire has refused lengths that do not add up
        let elements = blobs(data).unwrap_or_default().into_iter().map(std::str::from_utf8);
        elements
            .collect::<Result<_, _>>()
            .map_err(|source| self.unreadable(Unreadable::NotText { name: name.to_owned(), source }))
    }

    fn values<T: Element>(&self, name: &str) -> Result<Values<'_, T>, Error> {
        Ok(Values::new(self.data(name, T::DATATYPE)?))
    }

    fn data(&self, name: &str, wanted: DataType) -> Result<&[u8], Error> {
        let tensor = self.tensor(name)?;
        if tensor.datatype == wanted {
            return Ok(&tensor.data);
        }
        let name = name.to_owned();
        Err(self.unreadable(Unreadable::OtherType { name, found: tensor.datatype, wanted }))
    }

    fn tensor(&self, name: &str) -> Result<&Named, Error> {
        self.tensors.iter().find(|tensor| tensor.name == name).ok_or_else(|| {
            let present = self.names().map(str::to_owned).collect();
            self.unreadable(Unreadable::NoSuchOutput { wanted: name.to_owned(), present })
        })
    }

    fn unreadable(&self, why: Unreadable) -> Error {
        Error::new(ErrorKind::Decode, "decode", self.model.clone(), why)
    }
}
