//! One way to write a record as JSON, so that its digest and its signatures mean the same everywhere.
//!
//! The rules are those of RFC 8785 (JCS) for what is allowed here: keys sorted, no white space, strings escaped as little as
//! possible, numbers integers of at most 2^53 in size. Other numbers are refused, because languages write them differently.

use serde_json::Value;
use sha2::Digest as _;

use crate::Sha256;

/// Largest integer that every reader of JSON keeps exact.
const EXACT: u64 = 1 << 53;

/// A value that has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    /// It can't be written as JSON at all.
    #[error("write it as JSON")]
    Json(#[source] serde_json::Error),
    /// A number that is no integer, or too large.
    #[error("{0} is no integer of at most 2^53")]
    Number(serde_json::Number),
}

/// The canonical bytes of `record`.
///
/// # Errors
/// When it holds a number that is no integer of at most 2^53.
pub fn bytes(record: &impl serde::Serialize) -> Result<Vec<u8>, NotCanonical> {
    let mut out = Vec::new();
    write(&serde_json::to_value(record).map_err(NotCanonical::Json)?, &mut out)?;
    Ok(out)
}

/// sha256 of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    match value {
        Value::Null | Value::Bool(_) => out.extend(value.to_string().bytes()),
        Value::Number(n) => {
            let size = n.as_u64().or_else(|| n.as_i64().map(i64::unsigned_abs));
            if size.is_none_or(|s| s > EXACT) {
                return Err(NotCanonical::Number(n.clone()));
            }
            out.extend(n.to_string().bytes());
        }
        Value::String(text) => string(text, out)?,
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            // JCS sorts by UTF-16 units; that differs from this order for keys beyond ASCII only, and ours are ASCII
            fields.sort_by_key(|(key, _)| *key);
            out.push(b'{');
            for (i, (key, field)) in fields.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                string(key, out)?;
                out.push(b':');
                write(field, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn string(text: &str, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    serde_json::to_writer(out, text).map_err(NotCanonical::Json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_nothing_is_written_that_need_not_be() {
        let record = json!({ "b": [1, -2, true, null], "a": "é\n\u{1f}\"\\/", "c": { "y": 1, "x": 2 } });
        let text = String::from_utf8(bytes(&record).unwrap()).unwrap();
        assert_eq!(text, "{\"a\":\"é\\n\\u001f\\\"\\\\/\",\"b\":[1,-2,true,null],\"c\":{\"x\":2,\"y\":1}}");
    }

    #[test]
    fn a_number_that_languages_write_differently_is_refused() {
        for number in [json!(0.5), json!(1e300), json!((1_u64 << 53) + 1)] {
            assert!(bytes(&number).is_err(), "{number}");
        }
        assert_eq!(bytes(&json!(1_u64 << 53)).unwrap(), b"9007199254740992");
    }
}
