//! What is known of the server and its models, for everybody who wants to watch.

use std::{collections::BTreeMap, fmt, net::SocketAddr, time::Duration};

use triton_client::Triton;

use super::runtime::Fault;

/// Where the server is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It cannot be started here. Looked at again every minute: what is missing may be fetched meanwhile.
    Missing(Fault),
    /// It comes up: spawned, then models one by one, each with its canary.
    Starting,
    /// It answers, and so does every model that is ready.
    Serving,
    /// As `Serving`, while this one model is unloaded and loaded because its process died.
    Healing(&'static str),
    /// It is gone, or had to go. The next start follows after the pause.
    Restarting {
        /// Why, for the operator.
        why: String,
        /// Time until the next start: 1 s, doubled with every failure up to 60 s.
        pause: Duration,
    },
    /// It finishes what it has and takes nothing new.
    Draining,
    /// It has left and nothing of it remains.
    Stopped,
}

/// Whether a model can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelState {
    /// Not yet loaded, or its canary has not answered yet.
    Loading,
    /// Its canary gave the right answer.
    Ready,
    /// Not loaded, and will be when somebody asks for it.
    Resting,
    /// Somebody asked for it while it was resting; it is being loaded.
    Waking,
    /// Its process died; it is being loaded again.
    Healing,
    /// Not to be asked, with the reason for the operator.
    Out(String),
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelView {
    /// Whether it can be asked.
    pub state: ModelState,
    /// Grows each time the model becomes ready. A report of a crash names the generation it was seen in,
    /// so that ten calls that met one dead process heal it once.
    pub generation: u64,
    /// How long it took when it was last loaded, with its warm-up and its canary.
    pub load: Option<Duration>,
}

/// Everything, at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The server.
    pub state: State,
    /// Its models.
    pub models: BTreeMap<&'static str, ModelView>,
    /// Where the server's own metrics are (Prometheus text at `/metrics`); `None` while there are none.
    pub metrics: Option<SocketAddr>,
    /// How often the server was started again since this process began.
    pub restarts: u64,
    /// How often a model was loaded again because its process died.
    pub heals: u64,
    pub(super) triton: Option<Triton>,
}

impl Snapshot {
    /// Before anything happened.
    pub(super) fn new(models: impl IntoIterator<Item = &'static str>) -> Self {
        let view = ModelView { state: ModelState::Loading, generation: 0, load: None };
        let models = models.into_iter().map(|name| (name, view.clone())).collect();
        Self { state: State::Starting, models, metrics: None, restarts: 0, heals: 0, triton: None }
    }

    /// Client of the server; `None` while there is none.
    #[must_use]
    pub fn triton(&self) -> Option<Triton> {
        self.triton.clone()
    }

    /// Whether this model can be asked now.
    #[must_use]
    pub fn ready(&self, model: &str) -> bool {
        self.triton.is_some() && self.models.get(model).is_some_and(|m| m.state == ModelState::Ready)
    }

    /// Whether work for this model can be taken: it can be asked, or will be loaded when it is asked.
    #[must_use]
    pub fn serves(&self, model: &str) -> bool {
        use ModelState::{Ready, Resting, Waking};
        let able = |view: &ModelView| matches!(view.state, Ready | Resting | Waking);
        self.triton.is_some() && self.models.get(model).is_some_and(able)
    }

    /// Why a model cannot be asked, or the server not be started; `None` when all is well.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        match &self.state {
            State::Serving => {}
            other => return Some(other.to_string()),
        }
        self.models.iter().find_map(|(name, m)| match &m.state {
            ModelState::Out(why) => Some(format!("{name}: {why}")),
            _ => None,
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(fault) => write!(f, "{fault}"),
            Self::Starting => f.write_str("starting"),
            Self::Serving => f.write_str("serving"),
            Self::Healing(model) => write!(f, "loading {model} again"),
            Self::Restarting { why, pause } => write!(f, "restarting in {} s: {why}", pause.as_secs()),
            Self::Draining => f.write_str("draining"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}
