//! Several miners for one task.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the answers of several miners to one task are waited for and compared.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fanout {
    /// How long the others are waited for after the first answer.
    #[serde(with = "process::config::duration")]
    pub window: Duration,
    /// Comparisons under way at once.
    pub judgements: usize,
}

impl Fanout {
    /// What is wrong with it.
    pub(super) fn fault(&self) -> Option<String> {
        (self.judgements == 0).then(|| "fanout.judgements: must be at least 1".to_owned())
    }
}
