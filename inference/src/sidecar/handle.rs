//! The way into a running supervisor: watch it, ask for a model, report a death.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::sync::{mpsc, watch};
use triton_client::Triton;

use super::state::{ModelState, Snapshot, State};

/// Watches and informs a [`super::Service`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) snapshot: watch::Receiver<Snapshot>,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) activity: Activities,
}

/// A report that a resting model is wanted, or that something is wrong with a model.
#[derive(Debug)]
pub(super) struct Report {
    pub model: String,
    pub generation: u64,
    /// Whether the server itself said that the model's process is dead.
    pub certain: bool,
}

/// What goes on in each model.
pub(super) type Activities = Arc<BTreeMap<&'static str, Arc<Activity>>>;

/// Calls to one model: a busy model needs no canary, and would not answer one in time.
#[derive(Debug, Default)]
pub(super) struct Activity {
    pub in_flight: AtomicUsize,
    pub answered: AtomicU64,
}

/// A model that can be asked.
#[derive(Debug, Clone)]
pub struct Live {
    /// The server that has it.
    pub triton: Triton,
    /// Which life of the model this is; goes into a report of its death.
    pub generation: u64,
}

/// Why a model will not be ready soon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Away {
    /// It is out of service.
    #[error("the model is out of service: {0}")]
    Out(String),
    /// There is no server, or not for much longer.
    #[error("there is no model server: {0}")]
    NoServer(String),
    /// The supervisor does not know a model of this name.
    #[error("no such model")]
    Unknown,
}

impl Handle {
    /// How things stand now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot.borrow().clone()
    }

    /// To be told when something changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Snapshot> {
        self.snapshot.clone()
    }

    /// Waits until a model is ready in a later life than `after` (0: any); has a resting one loaded. Does not wait for a
    /// model that is out, nor for a server that cannot be started or is leaving. Give it a time limit.
    ///
    /// # Errors
    /// The model will not be ready soon.
    pub async fn ready(&self, model: &str, after: u64) -> Result<Live, Away> {
        let mut snapshot = self.snapshot.clone();
        loop {
            let resting = {
                let now = snapshot.borrow_and_update();
                if let Some(answer) = look(&now, model, after) {
                    return answer;
                }
                now.models.get(model).is_some_and(|view| view.state == ModelState::Resting)
            };
            if resting {
                let wanted = Report { model: model.to_owned(), generation: 0, certain: false };
                // without a supervisor nothing changes any more, which is seen below
                let _ = self.reports.send(wanted).await;
            }
            if snapshot.changed().await.is_err() {
                return Err(Away::NoServer("it is no longer supervised".to_owned()));
            }
        }
    }

    /// Reports that a model's process was found dead in this life. Of many reports of one death the first counts.
    pub fn died(&self, model: &str, generation: u64) {
        self.report(model, generation, true);
    }

    /// Reports that a model could not be reached or was not there. Its canary decides; if that passes,
    /// a new life of the model begins, so that callers who wait for one go on.
    pub fn doubt(&self, model: &str, generation: u64) {
        self.report(model, generation, false);
    }

    fn report(&self, model: &str, generation: u64, certain: bool) {
        // a full queue holds enough reports of the same death
        let _ = self.reports.try_send(Report { model: model.to_owned(), generation, certain });
    }

    /// Says that a call to a model is under way, as long as the answer lives.
    #[must_use]
    pub fn busy(&self, model: &str) -> Busy {
        let activity = self.activity.get(model).cloned().unwrap_or_default();
        activity.in_flight.fetch_add(1, Ordering::Relaxed);
        Busy { activity, answered: false }
    }
}

fn look(snapshot: &Snapshot, model: &str, after: u64) -> Option<Result<Live, Away>> {
    match &snapshot.state {
        State::Missing(_) | State::Draining | State::Stopped => {
            return Some(Err(Away::NoServer(snapshot.state.to_string())));
        }
        State::Starting | State::Serving | State::Healing(_) | State::Restarting { .. } => {}
    }
    let Some(view) = snapshot.models.get(model) else {
        return Some(Err(Away::Unknown));
    };
    match (&view.state, &snapshot.triton) {
        (ModelState::Out(why), _) => Some(Err(Away::Out(why.clone()))),
        (ModelState::Ready, Some(triton)) if view.generation > after => {
            Some(Ok(Live { triton: triton.clone(), generation: view.generation }))
        }
        _ => None,
    }
}

/// A call under way.
#[derive(Debug)]
pub struct Busy {
    activity: Arc<Activity>,
    answered: bool,
}

impl Busy {
    /// The model answered, with a result or a refusal: it lives.
    pub fn answered(&mut self) {
        self.answered = true;
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.activity.in_flight.fetch_sub(1, Ordering::Relaxed);
        if self.answered {
            self.activity.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}
