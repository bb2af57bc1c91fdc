//! Patience with models that are away for a moment: a restart of the model server costs a task some seconds, not its lease.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{Language, TaskKind};
use tokio::time::{Instant, sleep};
use tokio_util::task::TaskTracker;

use super::backoff::Backoff;
use crate::engine::{
    Batch, Call, Capabilities, Draft, Engine, EngineError, Meaning, Sentence, Spoken, Summarised, Translated,
    Window, WindowText,
};

/// An engine for one piece of work. A call that finds the model away is made again until it gets another answer, is
/// cancelled, or the kind of the work has been out of service for the whole of `patience`. It knows when no call of
/// this work is under way any more, even of work that was dropped.
pub(crate) struct Patient {
    inner: Arc<dyn Engine>,
    kind: TaskKind,
    patience: Duration,
    calls: TaskTracker,
}

/// The waits within one call.
struct Wait {
    backoff: Backoff,
    missing_since: Option<Instant>,
}

impl Patient {
    pub(crate) fn new(inner: Arc<dyn Engine>, kind: TaskKind, patience: Duration) -> Self {
        Self { inner, kind, patience, calls: TaskTracker::new() }
    }

    /// Waits until no call is under way.
    pub(crate) async fn at_rest(&self) {
        self.calls.close();
        self.calls.wait().await;
    }

    /// Waits for the model. `Unavailable` when that is in vain.
    async fn wait(&self, wait: &mut Wait, call: &Call) -> Result<(), EngineError> {
        if !self.has(self.kind) {
            return Err(EngineError::Unavailable);
        }
        let now = Instant::now();
        if self.capabilities().does(self.kind) {
            wait.missing_since = None;
        } else if now.duration_since(*wait.missing_since.get_or_insert(now)) >= self.patience {
            return Err(EngineError::Unavailable);
        }
        let pause = wait.backoff.next(process::id::random_u64());
        tracing::debug!(kind = self.kind.name(), ?pause, "model is away, the call will be made again");
        tokio::select! {
            () = sleep(pause) => Ok(()),
            () = call.cancel.cancelled() => Err(EngineError::Cancelled),
        }
    }
}

impl Wait {
    fn new() -> Self {
        Self {
            backoff: Backoff::new(Duration::from_millis(200), Duration::from_secs(2)),
            missing_since: None,
        }
    }
}

impl Patient {
    /// Makes the call again while its model is away.
    async fn call<T, F>(&self, call: &Call, mut ask: impl FnMut() -> F + Send) -> Result<T, EngineError>
    where
        F: Future<Output = Result<T, EngineError>> + Send,
    {
        let (_under_way, mut wait) = (self.calls.token(), Wait::new());
        loop {
            match ask().await {
                Err(e) if e.retryable() => self.wait(&mut wait, call).await?,
                other => return other,
            }
        }
    }
}

#[async_trait]
impl Engine for Patient {
    async fn speech(&self, pcm: Arc<[i16]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        self.call(call, || self.inner.speech(pcm.clone(), call)).await
    }

    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError> {
        self.call(call, || self.inner.transcribe(window.clone(), call)).await
    }

    async fn speak(&self, sentence: Sentence, call: &Call) -> Result<Spoken, EngineError> {
        self.call(call, || self.inner.speak(sentence.clone(), call)).await
    }

    async fn translate(&self, batch: Batch, call: &Call) -> Result<Translated, EngineError> {
        self.call(call, || self.inner.translate(batch.clone(), call)).await
    }

    async fn summarise(&self, draft: Draft, call: &Call) -> Result<Summarised, EngineError> {
        self.call(call, || self.inner.summarise(draft.clone(), call)).await
    }

    async fn embed(
        &self,
        texts: Arc<[String]>,
        language: Language,
        call: &Call,
    ) -> Result<Meaning, EngineError> {
        self.call(call, || self.inner.embed(texts.clone(), language, call)).await
    }

    async fn enhance(&self, pcm: Arc<[f32]>, call: &Call) -> Result<Vec<f32>, EngineError> {
        self.call(call, || self.inner.enhance(pcm.clone(), call)).await
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn has(&self, kind: TaskKind) -> bool {
        self.inner.has(kind)
    }
}
