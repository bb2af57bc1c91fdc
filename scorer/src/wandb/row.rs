//! A row of the history: values by name.

use std::collections::BTreeMap;

use serde_json::Value;

/// Values by name, in the order of their names. A name is `group/what`; the site draws a panel for each group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row(BTreeMap<String, Value>);

impl Row {
    /// Adds a measurement. What is no number, or has no end, is left out: a gap in a curve is what it is.
    pub fn number(&mut self, name: impl Into<String>, value: f64) {
        if let Some(value) = serde_json::Number::from_f64(value) {
            self.0.insert(name.into(), Value::Number(value));
        }
    }

    /// Adds a count.
    pub fn count(&mut self, name: impl Into<String>, value: u64) {
        self.0.insert(name.into(), value.into());
    }

    /// Adds a word.
    pub fn text(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), Value::String(value.into()));
    }

    /// The values in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}
