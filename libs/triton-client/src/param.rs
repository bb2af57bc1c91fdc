use crate::generated::{InferParameter, infer_parameter::ParameterChoice};

/// A parameter of a request or an answer. A model reads its own; names that start with `triton_`
/// are the server's.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A fraction.
    Float(f64),
    /// Text.
    Text(String),
}

impl From<bool> for Param {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Param {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Param {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Param {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Param> for InferParameter {
    fn from(value: Param) -> Self {
        Self {
            parameter_choice: Some(match value {
                Param::Bool(value) => ParameterChoice::BoolParam(value),
                Param::Int(value) => ParameterChoice::Int64Param(value),
                Param::Float(value) => ParameterChoice::DoubleParam(value),
                Param::Text(value) => ParameterChoice::StringParam(value),
            }),
        }
    }
}

impl Param {
    /// None for a parameter without a value, and for an unsigned one beyond `i64`.
    pub(crate) fn from_wire(value: InferParameter) -> Option<Self> {
        Some(match value.parameter_choice? {
            ParameterChoice::BoolParam(value) => Self::Bool(value),
            ParameterChoice::Int64Param(value) => Self::Int(value),
            ParameterChoice::Uint64Param(value) => Self::Int(i64::try_from(value).ok()?),
            ParameterChoice::DoubleParam(value) => Self::Float(value),
            ParameterChoice::StringParam(value) => Self::Text(value),
        })
    }
}
