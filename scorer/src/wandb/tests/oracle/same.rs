//! Whether two values are the same, whoever wrote them.

use std::collections::BTreeSet;

use super::*;

/// Panics unless they are. Numbers are compared by what they count, for one writes 1.0 where the other writes 1, and up to the
/// last digits, in which readers of JSON differ.
#[track_caller]
pub(super) fn same(ours: &Value, theirs: &Value, place: &str) {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 4.0 * f64::EPSILON * a.abs(), "{place}: {a} and {b}");
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{place}");
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                same(a, b, &format!("{place}[{i}]"));
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            let names = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(a), names(b), "{place}");
            for (name, value) in a {
                same(value, &b[name], &format!("{place}.{name}"));
            }
        }
        (a, b) => assert_eq!(a, b, "{place}"),
    }
}

/// Long texts as the answers have them.
pub(super) fn shortened(value: &Value) -> Value {
    match value {
        Value::String(s) if s.chars().count() > 1_000 => format!("sha256:{}", hex(&Sha256::digest(s))).into(),
        Value::Array(list) => list.iter().map(shortened).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), shortened(v))).collect(),
        other => other.clone(),
    }
}

/// The settings without what a client adds of itself; the older one adds an empty description to each.
pub(super) fn without_own(config: &Value) -> Value {
    let own = ["_wandb", "wandb_version"];
    let settings = config.as_object().unwrap().iter().filter(|(name, _)| !own.contains(&name.as_str()));
    settings.map(|(name, setting)| (name.clone(), json!({"value": setting["value"]}))).collect()
}

/// Definitions of metrics in one order: that of the names, then that of the groups. The newer client shuffles them, so what
/// one is drawn along, which is said by its place from 1, is said by its name.
pub(super) fn sorted(metrics: &Value) -> Value {
    let named = |metric: &Value| {
        let mut metric = metric.clone();
        if let Some(place) = metric["5"].as_u64() {
            metric["5"] = metrics[usize::try_from(place - 1).unwrap()]["1"].clone();
        }
        metric
    };
    let mut list: Vec<Value> = metrics.as_array().unwrap().iter().map(named).collect();
    list.sort_by_key(|m| (m.get("2").is_some(), m["1"].to_string(), m["2"].to_string()));
    list.into()
}

/// A file of the run, read as JSON.
pub(super) fn file(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("files").join(name)).unwrap()).unwrap()
}
