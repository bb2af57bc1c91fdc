use std::{
    collections::{BTreeMap, HashMap},
    fmt, fs,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::watch;
use tonic::{Status, metadata::MetadataMap};

use crate::{
    fake::model::{Behaviour, Call, End, Reply},
    generated::ModelInferRequest,
    metadata::TensorInfo,
};

/// What a fake server has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Model and id of every request that reached a model, in order.
    pub calls: Vec<(String, String)>,
    /// Requests whose caller left before the end.
    pub cancelled: usize,
    /// Models loaded over the wire, with the configuration given, in order.
    pub loads: Vec<(String, Option<String>)>,
    /// Models unloaded over the wire, in order.
    pub unloads: Vec<String>,
    /// Names and keys of the shared-memory regions registered now.
    pub regions: BTreeMap<String, String>,
}

pub(crate) struct State {
    admin_key: Option<String>,
    models: Mutex<BTreeMap<String, Model>>,
    draining: AtomicBool,
    pub(super) seen: watch::Sender<Seen>,
}

#[derive(Clone)]
pub(super) struct Model {
    behaviour: Arc<Behaviour>,
    pub(super) state: &'static str,
    dead: bool,
    pub(super) inputs: Vec<TensorInfo>,
    pub(super) outputs: Vec<TensorInfo>,
}

/// A request in work; counts as cancelled if dropped before it is finished.
pub(super) struct InFlight {
    seen: watch::Sender<Seen>,
    finished: AtomicBool,
}

impl State {
    pub(super) fn new(admin_key: Option<String>) -> Self {
        Self {
            admin_key,
            models: Mutex::default(),
            draining: AtomicBool::new(false),
            seen: watch::Sender::new(Seen::default()),
        }
    }

    pub(super) fn models(&self) -> MutexGuard<'_, BTreeMap<String, Model>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, name: String, behaviour: Arc<Behaviour>, loaded: bool) {
        let state = if loaded { "READY" } else { "" };
        let model = Model { behaviour, state, dead: false, inputs: Vec::new(), outputs: Vec::new() };
        self.models().insert(name, model);
    }

    pub(super) fn describe(&self, name: &str, inputs: Vec<TensorInfo>, outputs: Vec<TensorInfo>) {
        if let Some(model) = self.models().get_mut(name) {
            (model.inputs, model.outputs) = (inputs, outputs);
        }
    }

    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    pub(super) fn draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Refuses a restricted call without the key, in Triton's words.
    pub(super) fn authorise(&self, metadata: &MetadataMap) -> Result<(), Status> {
        const HEADER: &str = "triton-grpc-protocol-admin-key";
        let given = metadata.get(HEADER).and_then(|value| value.to_str().ok());
        if self.admin_key.is_none() || self.admin_key.as_deref() == given {
            return Ok(());
        }
        Err(Status::unavailable(format!("This protocol is restricted, expecting header '{HEADER}'")))
    }

    /// A loaded model, or the sentence that says why there is none.
    pub(super) fn loaded(&self, name: &str) -> Result<Model, Status> {
        let fault = match self.models().get(name) {
            Some(model) if model.state == "READY" && !self.draining() => return Ok(model.clone()),
            Some(model) if model.state == "UNAVAILABLE" || self.draining() => "has no available versions",
            _ => "is not found",
        };
        Err(Status::not_found(format!("Request for unknown model: '{name}' {fault}")))
    }

    /// Sets a model's state and forgets that its process died.
    pub(super) fn turn(&self, name: &str, state: &'static str) -> bool {
        self.models().get_mut(name).map(|model| (model.state, model.dead) = (state, false)).is_some()
    }

    /// Runs a request through its model.
    pub(super) fn run(
        &self,
        message: ModelInferRequest,
        metadata: &MetadataMap,
    ) -> Result<(Reply, Arc<InFlight>), Status> {
        let name = message.model_name.clone();
        let model = self.loaded(&name)?;
        let call = Call::from_wire(message, metadata, |region| self.region(region))?;
        let id = call.inputs().id().to_owned();
        self.seen.send_modify(|seen| seen.calls.push((name.clone(), id)));
        let reply = if model.dead { Reply::end(End::Died) } else { (model.behaviour)(&call) };
        if reply.end == End::Died
            && let Some(model) = self.models().get_mut(&name)
        {
            model.dead = true;
        }
        Ok((reply, Arc::new(InFlight { seen: self.seen.clone(), finished: AtomicBool::new(false) })))
    }

    fn region(&self, name: &str) -> Result<Bytes, Status> {
        let unknown = || Status::not_found(format!("Unable to find shared memory region: '{name}'"));
        let key = self.seen.borrow().regions.get(name).cloned().ok_or_else(unknown)?;
        fs::read(format!("/dev/shm{key}")).map(Bytes::from).map_err(|_io| unknown())
    }

    /// How many requests each model has had.
    pub(super) fn counts(&self) -> HashMap<String, u64> {
        let mut counts = HashMap::new();
        for (model, _id) in &self.seen.borrow().calls {
            *counts.entry(model.clone()).or_default() += 1;
        }
        counts
    }
}

impl InFlight {
    pub(super) fn finish(&self) {
        self.finished.store(true, Ordering::SeqCst);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if !self.finished.load(Ordering::SeqCst) {
            self.seen.send_modify(|seen| seen.cancelled += 1);
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("seen", &*self.seen.borrow()).finish_non_exhaustive()
    }
}
