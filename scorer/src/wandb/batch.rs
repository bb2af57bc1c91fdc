//! What the server is told, out of the records of the file.

use prost::Message as _;
use serde_json::{Map, Value, json};

use super::{
    run::seconds,
    wire::{self, Body, Item, micros},
};

/// How many lines go together, at most.
const LINES: usize = 1_000;
/// How many bytes of lines go together, about.
const BYTES: usize = 1 << 20;

/// Turns records into what is to be sent, in their order.
#[derive(Debug, Default)]
pub(super) struct Feed {
    began: i64,
    summary: Map<String, Value>,
    metrics: Vec<wire::Metric>,
}

/// What goes to the server together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// At the beginning of a run: what it is.
    pub opening: Option<Opening>,
    /// Lines of `wandb-history.jsonl`.
    pub history: Vec<String>,
    /// Lines of `wandb-events.jsonl`.
    pub events: Vec<String>,
    /// The newest `wandb-summary.json`, where it changed.
    pub summary: Option<String>,
    /// The exit code, at the end of a run.
    pub exit: Option<i32>,
    bytes: usize,
}

/// A run as the server is to make it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Opening {
    pub id: String,
    pub entity: Option<String>,
    pub project: String,
    pub display_name: Option<String>,
    pub job_type: String,
    pub host: String,
    pub program: String,
    /// Each setting as `{"value": ..}`.
    pub config: Map<String, Value>,
}

impl Batch {
    /// Whether there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.opening.is_none()
            && self.history.is_empty()
            && self.events.is_empty()
            && self.summary.is_none()
            && self.exit.is_none()
    }

    /// Whether more would be too much for one request, or there is no more.
    pub(super) fn is_full(&self) -> bool {
        self.exit.is_some() || self.history.len() + self.events.len() >= LINES || self.bytes >= BYTES
    }
}

impl Feed {
    /// Adds the record in `bytes` to `batch`.
    ///
    /// # Errors
    /// When the bytes are no record.
    pub(super) fn take(&mut self, bytes: &[u8], batch: &mut Batch) -> Result<(), prost::DecodeError> {
        batch.bytes += bytes.len();
        match wire::Record::decode(bytes)?.body {
            Some(Body::Run(run)) => {
                self.began = micros(run.start_time.unwrap_or_default());
                batch.opening = Some(opening(run));
            }
            Some(Body::Environment(environment)) => {
                if let Some(opening) = &mut batch.opening {
                    opening.program = environment.program;
                }
            }
            Some(Body::Metric(metric)) => {
                self.metrics.push(metric);
                if let Some(opening) = &mut batch.opening {
                    let own = json!({"m": axes(&self.metrics), "cli_version": env!("CARGO_PKG_VERSION")});
                    opening.config.insert("_wandb".to_owned(), json!({"value": own}));
                }
            }
            Some(Body::History(history)) => {
                let line: Map<String, Value> = values(history.item).collect();
                batch.history.push(Value::Object(line).to_string());
            }
            Some(Body::Stats(stats)) => {
                let at = micros(stats.timestamp.unwrap_or_default());
                let mut line: Map<String, Value> =
                    values(stats.item).map(|(name, value)| (format!("system.{name}"), value)).collect();
                line.insert("_wandb".to_owned(), true.into());
                line.insert("_timestamp".to_owned(), seconds(at).into());
                line.insert("_runtime".to_owned(), seconds(at - self.began).into());
                batch.events.push(Value::Object(line).to_string());
            }
            Some(Body::Summary(summary)) => {
                for item in summary.update {
                    set(&mut self.summary, item);
                }
                batch.summary = Some(Value::Object(self.summary.clone()).to_string());
            }
            Some(Body::Exit(exit)) => batch.exit = Some(exit.exit_code),
            Some(Body::Header(_)) | None => {}
        }
        Ok(())
    }
}

fn opening(run: wire::Run) -> Opening {
    let given = |text: String| Some(text).filter(|t| !t.is_empty());
    let config = values(run.config.unwrap_or_default().update);
    Opening {
        id: run.run_id,
        entity: given(run.entity),
        project: run.project,
        display_name: given(run.display_name),
        job_type: run.job_type,
        host: run.host,
        program: String::new(),
        config: config.map(|(name, value)| (name, json!({"value": value}))).collect(),
    }
}

/// Values by name; the parts of a name are joined by dots.
fn values(items: Vec<Item>) -> impl Iterator<Item = (String, Value)> {
    items.into_iter().map(|item| {
        let name = if item.nested_key.is_empty() { item.key } else { item.nested_key.join(".") };
        (name, serde_json::from_str(&item.value_json).unwrap_or_default())
    })
}

/// Puts a value where the parts of its name say.
fn set(summary: &mut Map<String, Value>, item: Item) {
    let value = serde_json::from_str(&item.value_json).unwrap_or_default();
    let names = if item.nested_key.is_empty() { vec![item.key] } else { item.nested_key };
    let Some((last, groups)) = names.split_last() else {
        return;
    };
    let mut place = summary;
    for group in groups {
        let inner = place.entry(group.clone()).or_insert_with(|| Value::Object(Map::new()));
        if !inner.is_object() {
            *inner = Value::Object(Map::new());
        }
        let Value::Object(inner) = inner else {
            return;
        };
        place = inner;
    }
    place.insert(last.clone(), value);
}

/// The definitions of metrics as the server keeps them: numbers for the names of fields (1 name, 2 group, 5 the place of the
/// step metric in this list, from 1; 6 options, of which 1 is that the step is added to rows and 3 that a name is defined).
fn axes(metrics: &[wire::Metric]) -> Value {
    let one = |metric: &wire::Metric| {
        let mut fields = Map::new();
        for (field, text) in [("1", &metric.name), ("2", &metric.glob_name)] {
            if !text.is_empty() {
                fields.insert(field.to_owned(), text.clone().into());
            }
        }
        let step = metrics.iter().position(|m| !m.name.is_empty() && m.name == metric.step_metric);
        if let Some(place) = step {
            fields.insert("5".to_owned(), (place + 1).into());
        }
        let options = metric.options.unwrap_or_default();
        // of a group only what holds for the names in it
        let defined = options.defined && metric.glob_name.is_empty();
        let set = [(1, options.step_sync), (3, defined)].into_iter().filter(|(_, on)| *on);
        fields.insert("6".to_owned(), set.map(|(option, _)| option).collect());
        fields.insert("7".to_owned(), json!([]));
        Value::Object(fields)
    };
    metrics.iter().map(one).collect()
}
