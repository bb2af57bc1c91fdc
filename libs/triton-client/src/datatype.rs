use std::{fmt, marker::PhantomData, slice::ChunksExact, str::FromStr};

/// The type of a tensor's elements, by Triton's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant is the name that Display writes")]
pub enum DataType {
    Bool,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Fp32,
    Fp64,
    Bf16,
    /// Elements of any length, each a u32 little-endian length and its bytes.
    Bytes,
}

const NAMES: [(DataType, &str); 14] = [
    (DataType::Bool, "BOOL"),
    (DataType::Uint8, "UINT8"),
    (DataType::Uint16, "UINT16"),
    (DataType::Uint32, "UINT32"),
    (DataType::Uint64, "UINT64"),
    (DataType::Int8, "INT8"),
    (DataType::Int16, "INT16"),
    (DataType::Int32, "INT32"),
    (DataType::Int64, "INT64"),
    (DataType::Fp16, "FP16"),
    (DataType::Fp32, "FP32"),
    (DataType::Fp64, "FP64"),
    (DataType::Bf16, "BF16"),
    (DataType::Bytes, "BYTES"),
];

impl DataType {
    /// Bytes of one element; none for `Bytes`.
    pub fn size(self) -> Option<usize> {
        match self {
            Self::Bool | Self::Uint8 | Self::Int8 => Some(1),
            Self::Uint16 | Self::Int16 | Self::Fp16 | Self::Bf16 => Some(2),
            Self::Uint32 | Self::Int32 | Self::Fp32 => Some(4),
            Self::Uint64 | Self::Int64 | Self::Fp64 => Some(8),
            Self::Bytes => None,
        }
    }

    /// The name in metadata and on the wire, such as `FP32`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(datatype, _)| *datatype == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A data type name that this crate does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown data type `{0}`")]
pub struct UnknownDataType(String);

impl FromStr for DataType {
    type Err = UnknownDataType;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = NAMES.iter().find(|(_, known)| *known == name);
        found.map(|(datatype, _)| *datatype).ok_or_else(|| UnknownDataType(name.to_owned()))
    }
}

/// The elements of a numeric tensor, read from the wire one by one and never copied as a whole.
#[derive(Debug, Clone)]
pub struct Values<'a, T> {
    chunks: ChunksExact<'a, u8>,
    element: PhantomData<T>,
}

impl<'a, T: Element> Values<'a, T> {
    /// `data` is a whole number of elements.
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { chunks: data.chunks_exact(size_of::<T>()), element: PhantomData }
    }
}

impl<T: Element> Iterator for Values<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.chunks.next().map(T::read)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chunks.size_hint()
    }
}

impl<T: Element> ExactSizeIterator for Values<'_, T> {}

/// A number that a tensor holds. Sealed: implemented for `i16`, `i32`, `i64` and `f32`.
pub trait Element: private::Read {}

mod private {
    pub trait Read: Copy {
        const DATATYPE: super::DataType;
        fn read(chunk: &[u8]) -> Self;
    }
}
pub(crate) use private::Read;

macro_rules! element {
    ($($number:ty => $datatype:ident),*) => {$(
        impl Element for $number {}
        impl Read for $number {
            const DATATYPE: DataType = DataType::$datatype;
            fn read(chunk: &[u8]) -> Self {
                let mut wire = [0; size_of::<$number>()];
                wire.copy_from_slice(chunk);
                <$number>::from_le_bytes(wire)
            }
        }
    )*};
}
element!(i16 => Int16, i32 => Int32, i64 => Int64, f32 => Fp32);

/// The elements of a BYTES tensor; none if the lengths do not add up.
pub(crate) fn blobs(mut data: &[u8]) -> Option<Vec<&[u8]>> {
    let mut blobs = Vec::new();
    while !data.is_empty() {
        let (length, rest) = data.split_first_chunk()?;
        let (blob, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        blobs.push(blob);
        data = rest;
    }
    Some(blobs)
}
