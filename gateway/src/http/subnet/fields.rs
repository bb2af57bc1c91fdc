//! What a POST says: JSON or a form, told by its media type.

use domain::ErrorKind;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::http::{encoded, problem::Problem};

/// The fields of a body.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Takes a body apart.
    ///
    /// # Errors
    /// 415 for another media type, 400 for a form that is none, 422 for a body that is no JSON object.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        if encoded::announced(headers) {
            let pairs = encoded::pairs(body)?;
            return Ok(Self(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect()));
        }
        let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let media = given.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") {
            let what = "this address takes application/json and application/x-www-form-urlencoded";
            return Err(Problem::unsupported_media_type(what));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            _ => Err(Problem::unprocessable("body", "is no JSON object")),
        }
    }

    fn value(&self, name: &str) -> Result<&Value, Problem> {
        let value = self.0.get(name).filter(|v| !v.is_null());
        value.ok_or_else(|| Problem::unprocessable(name, "is missing"))
    }

    /// A number or a name, as text.
    ///
    /// # Errors
    /// 422 with what its parser says.
    pub(super) fn take<T: std::str::FromStr<Err: ToString>>(&self, name: &str) -> Result<T, Problem> {
        let text = match self.value(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(Problem::unprocessable(name, "must be a text or a number")),
        };
        text.parse().map_err(|e: T::Err| Problem::unprocessable(name, e.to_string()))
    }

    /// A value of its own inside the body: JSON, or JSON in a text.
    ///
    /// # Errors
    /// 422 with what is wrong with it.
    pub(super) fn data<T: DeserializeOwned>(&self, name: &str) -> Result<T, Problem> {
        let parsed = match self.value(name)? {
            Value::String(text) => serde_json::from_str(text),
            other => T::deserialize(other),
        };
        parsed.map_err(|e| Problem::unprocessable(name, shown(&e.to_string())))
    }
}

/// What a parser says, fit to be sent back.
fn shown(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(160).collect()
}

/// What the store finds wrong with a body is a matter of that body.
pub(super) fn unprocessable(name: &'static str) -> impl Fn(proto::RpcError) -> Problem {
    move |e| match e.kind {
        ErrorKind::Invalid => Problem::unprocessable(name, e.message),
        _ => e.into(),
    }
}
