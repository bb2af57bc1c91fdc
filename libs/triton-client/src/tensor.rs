use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    datatype::{DataType, blobs},
    shm::Region,
};

/// A typed, shaped input of a request.
///
/// Elements are row-major and little-endian, as on the wire. Building never fails; a shape that does
/// not fit the data is refused by `send` and `stream` before anything is sent.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub(crate) datatype: DataType,
    pub(crate) shape: Vec<usize>,
    pub(crate) payload: Payload,
}

#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Wire(Bytes),
    Shared(Region),
}

impl Tensor {
    /// Elements in wire form, without a copy.
    pub fn raw(datatype: DataType, shape: impl IntoIterator<Item = usize>, data: impl Into<Bytes>) -> Self {
        Self { datatype, shape: shape.into_iter().collect(), payload: Payload::Wire(data.into()) }
    }

    /// UINT8, without a copy.
    pub fn u8(shape: impl IntoIterator<Item = usize>, data: impl Into<Bytes>) -> Self {
        Self::raw(DataType::Uint8, shape, data)
    }

    /// BOOL.
    pub fn bool(shape: impl IntoIterator<Item = usize>, values: impl AsRef<[bool]>) -> Self {
        Self::raw(DataType::Bool, shape, little_endian(values.as_ref(), |v| [u8::from(v)]))
    }

    /// INT16, the form of PCM audio.
    pub fn i16(shape: impl IntoIterator<Item = usize>, values: impl AsRef<[i16]>) -> Self {
        Self::raw(DataType::Int16, shape, little_endian(values.as_ref(), i16::to_le_bytes))
    }

    /// INT32.
    pub fn i32(shape: impl IntoIterator<Item = usize>, values: impl AsRef<[i32]>) -> Self {
        Self::raw(DataType::Int32, shape, little_endian(values.as_ref(), i32::to_le_bytes))
    }

    /// INT64.
    pub fn i64(shape: impl IntoIterator<Item = usize>, values: impl AsRef<[i64]>) -> Self {
        Self::raw(DataType::Int64, shape, little_endian(values.as_ref(), i64::to_le_bytes))
    }

    /// FP32.
    pub fn f32(shape: impl IntoIterator<Item = usize>, values: impl AsRef<[f32]>) -> Self {
        Self::raw(DataType::Fp32, shape, little_endian(values.as_ref(), f32::to_le_bytes))
    }

    /// BYTES holding UTF-8 text. For audio take INT16 or FP32: BYTES is slow in a Python model.
    pub fn text(
        shape: impl IntoIterator<Item = usize>,
        texts: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        let mut wire = BytesMut::new();
        for text in texts {
            let text = text.as_ref();
            // a text over 4 GiB cannot be sent at all: the message limit refuses it long before
            wire.put_u32_le(u32::try_from(text.len()).unwrap_or(u32::MAX));
            wire.put_slice(text.as_bytes());
        }
        Self::raw(DataType::Bytes, shape, wire)
    }

    /// The type of the elements.
    pub fn datatype(&self) -> DataType {
        self.datatype
    }

    /// The dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Refuses data that is not exactly what type and shape promise.
    pub(crate) fn check(&self) -> Result<(), Mismatch> {
        let (fit, bytes) = match &self.payload {
            Payload::Wire(data) => (fits(self.datatype, &self.shape, data), data.len()),
            Payload::Shared(region) => (fits(self.datatype, &self.shape, region.contents()), region.len()),
        };
        if fit {
            return Ok(());
        }
        Err(Mismatch { datatype: self.datatype, shape: self.shape.clone(), bytes })
    }
}

/// True if `data` holds exactly as many elements as the shape says.
pub(crate) fn fits(datatype: DataType, shape: &[usize], data: &[u8]) -> bool {
    let wanted = shape.iter().try_fold(1usize, |product, dim| product.checked_mul(*dim));
    let found = match datatype.size() {
        Some(size) if data.len().is_multiple_of(size) => Some(data.len() / size),
        Some(_) => None,
        None => blobs(data).map(|blobs| blobs.len()),
    };
    wanted.is_some() && wanted == found
}

/// Data that does not fit its type and shape.
#[derive(Debug, thiserror::Error)]
#[error("{bytes} bytes are not {datatype} of shape {shape:?}")]
pub(crate) struct Mismatch {
    datatype: DataType,
    shape: Vec<usize>,
    bytes: usize,
}

fn little_endian<T: Copy, const N: usize>(values: &[T], encode: impl Fn(T) -> [u8; N]) -> Bytes {
    let mut wire = vec![0; values.len() * N];
    for (slot, value) in wire.chunks_exact_mut(N).zip(values) {
        slot.copy_from_slice(&encode(*value));
    }
    wire.into()
}
