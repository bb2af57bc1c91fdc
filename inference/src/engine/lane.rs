//! The way to one model: limit, order, deadline, and what happens when the model dies under a call.
//!
//! The server's queue has no limit of its own, so the limit is here: a request enters only while fewer are with the
//! server than its instances execute plus one batch, first come first served. A place is free when the model has
//! answered, not when the caller has left: an execution cannot be taken back.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};
use tracing::Instrument;
use triton_client::{Error, ErrorKind, Infer, Output};

use super::{Call, EngineError, triton::Ask};
use crate::sidecar::{Away, Handle, repository};

/// How often one call is put to a model that died, or a server that was restarted, under it.
const TRIES: u32 = 3;
/// After this a place is given back even without an answer.
const LONGEST: Duration = Duration::from_secs(300);

/// The way to one model.
pub(super) struct Lane {
    model: &'static str,
    slots: usize,
    places: Arc<Semaphore>,
    sidecar: Handle,
}

impl Lane {
    /// As many places as the model's configuration under this profile allows.
    pub(super) fn new(model: &'static str, profile: &str, sidecar: Handle) -> Self {
        let slots = repository::in_flight(model, profile);
        Self { model, slots, places: Arc::new(Semaphore::new(slots)), sidecar }
    }

    /// How many calls may be with the server at once.
    pub(super) const fn slots(&self) -> usize {
        self.slots
    }

    /// Puts a question to the model, within the caller's time.
    pub(super) async fn ask(&self, call: &Call, question: &impl Ask) -> Result<Output, EngineError> {
        if call.timeout.is_zero() {
            return Err(EngineError::Deadline);
        }
        tokio::select! {
            biased;
            () = call.cancel.cancelled() => Err(EngineError::Cancelled),
            answer = self.put(call, question) => answer,
            () = sleep(call.timeout) => Err(EngineError::Deadline),
        }
    }

    async fn put(&self, call: &Call, question: &impl Ask) -> Result<Output, EngineError> {
        let mut place = self.places.clone().acquire_owned().await.map_err(|_| EngineError::Unavailable)?;
        let mut after = 0;
        for _ in 0..TRIES {
            let live = self.sidecar.ready(self.model, after).await.map_err(|away| self.refused(&away))?;
            let request = question.request(&live.triton).id(&call.request_id).timeout(LONGEST);
            let (answer, kept) = self.send(request, place).await?;
            match answer.map_err(|error| (error.kind, error)) {
                Ok(output) => return Ok(output),
                Err((ErrorKind::DeadStub, _)) => self.sidecar.died(self.model, live.generation),
                Err((ErrorKind::Unreachable | ErrorKind::Draining | ErrorKind::UnknownModel, _)) => {
                    self.sidecar.doubt(self.model, live.generation);
                }
                Err((_, error)) => return Err(failed(&error)),
            }
            (place, after) = (kept, live.generation);
        }
        Err(EngineError::Unavailable)
    }

    /// Sends in a task of its own, which goes on when the caller leaves: the place is taken until the model answers.
    async fn send(
        &self,
        request: Infer,
        place: OwnedSemaphorePermit,
    ) -> Result<(Result<Output, Error>, OwnedSemaphorePermit), EngineError> {
        let mut busy = self.sidecar.busy(self.model);
        let span = tracing::info_span!("infer", model = self.model);
        let task = async move {
            let answer = request.send().await;
            if answer.as_ref().map_or_else(|e| e.kind == ErrorKind::BadRequest, |_| true) {
                busy.answered();
            }
            (answer, place)
        };
        tokio::spawn(task.instrument(span)).await.map_err(|_| EngineError::Unavailable)
    }

    fn refused(&self, away: &Away) -> EngineError {
        tracing::warn!(model = self.model, %away, "model cannot be asked");
        EngineError::Unavailable
    }
}

/// What a failure means to a pipeline. Logged here, because the server's own words go no further.
pub(super) fn failed(error: &Error) -> EngineError {
    let said = error.detail().unwrap_or_default();
    tracing::error!(error = error as &dyn std::error::Error, said, "model call failed");
    match error.kind {
        ErrorKind::BadRequest => EngineError::BadInput,
        ErrorKind::Model | ErrorKind::Decode | ErrorKind::Deadline => EngineError::Failed,
        ErrorKind::UnknownModel
        | ErrorKind::Draining
        | ErrorKind::DeadStub
        | ErrorKind::Unreachable
        | ErrorKind::Cancelled => EngineError::Unavailable,
    }
}
