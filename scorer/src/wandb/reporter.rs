//! The handle of a service: says what happened and never waits.

use std::time::Duration;

use process::{clock::Clock, telemetry::Causes};
use serde_json::{Map, Value};

use super::{
    Mode, Pace, RoundReport, Settings, TaskReport,
    active::{Active, Report},
};

/// What a run is begun with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether, where, under which names.
    pub settings: Settings,
    /// The run's id ([`run_id`](super::run_id)).
    pub id: String,
    /// What the service was told, for the site's table of runs: netuid, hotkey, version; no secrets.
    pub config: Map<String, Value>,
    /// The system is measured this often.
    pub measure: Duration,
    /// Reports that may wait to be written; further ones are lost, and that is said once.
    pub queue: usize,
    /// At the end, what is not sent after this time stays in the file.
    pub drain: Duration,
    /// How fast a run is sent.
    pub pace: Pace,
}

/// Takes reports for a run. Nothing here waits, and nothing that goes wrong with the run comes back: it is logged.
pub struct Reporter(Option<Active>);

impl Options {
    /// The usual times and sizes.
    #[must_use]
    pub fn new(settings: Settings, id: String, config: Map<String, Value>) -> Self {
        Self {
            settings,
            id,
            config,
            measure: Duration::from_secs(15),
            queue: 1_024,
            drain: Duration::from_secs(10),
            pace: Pace::default(),
        }
    }
}

impl Reporter {
    /// One that reports to nobody.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Begins a run, unless the settings say that there is none. A run that can't be begun is a warning: the service does its
    /// work without.
    pub async fn start(options: Options, clock: Clock) -> Self {
        if options.settings.mode == Mode::Disabled {
            return Self::off();
        }
        match Active::start(options, clock).await {
            Ok(active) => Self(Some(active)),
            Err(e) => {
                tracing::warn!(error = %Causes(&e), "no run for weights & biases");
                Self::off()
            }
        }
    }

    /// Reports a round that was closed.
    pub fn round(&self, report: &RoundReport) {
        if let Self(Some(active)) = self {
            active.say(Report::Round(report.clone()));
        }
    }

    /// Reports a task that was graded.
    pub fn task(&self, report: &TaskReport) {
        if let Self(Some(active)) = self {
            active.say(Report::Task(report.clone()));
        }
    }

    /// Ends the run: what was reported is written, and sent as far as the drain time allows.
    pub async fn finish(self, exit_code: i32) {
        if let Self(Some(active)) = self {
            active.finish(exit_code).await;
        }
    }
}
