//! Dynamic values: built for the types in the metadata, and read back without trusting their shape.

use scale_value::{Primitive, ValueDef};
use serde_json::Value as Json;

use crate::keys::{self, Hash};

/// A value without the type ids it was decoded with.
pub(crate) type Value = scale_value::Value<()>;

/// A number of any width: newtypes and compact forms are seen through when it is encoded.
pub(crate) fn num(x: impl Into<u128>) -> Value {
    Value::u128(x.into())
}

/// A variant without fields.
pub(crate) fn unit(name: &str) -> Value {
    Value::unnamed_variant(name, [])
}

/// `Some` of a value.
pub(crate) fn some(v: Value) -> Value {
    Value::unnamed_variant("Some", [v])
}

/// A list, tuple or newtype of values.
pub(crate) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::unnamed_composite(items.into_iter().collect::<Vec<_>>())
}

/// Thirty-two bytes, or any other count of them.
pub(crate) fn raw(b: impl AsRef<[u8]>) -> Value {
    Value::from_bytes(b)
}

/// A number, seen through newtypes (`NetUid`, `TaoBalance`, ..).
pub(crate) fn as_num(v: &Value) -> Option<u128> {
    match &v.value {
        ValueDef::Primitive(Primitive::U128(x)) => Some(*x),
        ValueDef::Composite(c) if c.len() == 1 => c.values().next().and_then(as_num),
        _ => None,
    }
}

/// A list of numbers.
pub(crate) fn as_nums(v: &Value) -> Option<Vec<u128>> {
    match &v.value {
        ValueDef::Composite(c) => c.values().map(as_num).collect(),
        _ => None,
    }
}

/// All bytes in a value, in order, seen through newtypes, lists and one level of variant (`MultiAddress::Id`).
pub(crate) fn as_bytes(v: &Value) -> Option<Vec<u8>> {
    fn collect(v: &Value, out: &mut Vec<u8>) -> bool {
        match &v.value {
            ValueDef::Primitive(Primitive::U128(x)) => u8::try_from(*x).map(|b| out.push(b)).is_ok(),
            ValueDef::Composite(c) => c.values().all(|x| collect(x, out)),
            ValueDef::Variant(x) => x.values.values().all(|x| collect(x, out)),
            _ => false,
        }
    }
    let mut out = vec![];
    collect(v, &mut out).then_some(out)
}

/// The 32 bytes of an account.
pub(crate) fn as_account(v: &Value) -> Option<Hash> {
    as_bytes(v)?.try_into().ok()
}

/// A value as a caller writes it in JSON: numbers, booleans, `0x` bytes, ss58 accounts and `//Names` of development
/// keys, lists, and objects for structs. Any other text is a variant without fields.
pub(crate) fn from_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => match (n.as_u64(), n.as_i64()) {
            (Some(x), _) => num(x),
            (None, Some(x)) => Value::i128(i128::from(x)),
            (None, None) => return None,
        },
        Json::String(s) => match s.strip_prefix("0x") {
            Some(digits) => raw(hex::decode(digits).ok()?),
            None => keys::account_of(s).map_or_else(|_| unit(s), raw),
        },
        Json::Array(items) => list(items.iter().map(from_json).collect::<Option<Vec<_>>>()?),
        Json::Object(fields) => Value::named_composite(
            fields.iter().map(|(k, v)| Some((k.clone(), from_json(v)?))).collect::<Option<Vec<_>>>()?,
        ),
        Json::Null => unit("None"),
    })
}
