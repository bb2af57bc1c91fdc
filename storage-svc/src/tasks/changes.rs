//! Who hears of a change: whoever watches, after it is durable.

use std::sync::Arc;

use domain::{Task, TaskId};
use futures_util::{StreamExt as _, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{TaskChanges, TaskStore};
use crate::StoreError;

/// Changes that a slow watcher may lag behind before it misses some.
const BACKLOG: usize = 1_024;

/// Where stores publish and watchers listen. Memory is bounded by [`BACKLOG`] tasks however many watch.
#[derive(Clone)]
pub(crate) struct Changes(broadcast::Sender<Arc<Task>>);

impl Changes {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }

    /// Tells every watcher; called in the order of the commits.
    pub(crate) fn publish(&self, task: &Task) {
        // no watcher is no error
        let _ = self.0.send(Arc::new(task.clone()));
    }

    /// All changes from now on.
    pub(crate) fn all(&self) -> TaskChanges {
        let heard = stream::unfold(self.0.subscribe(), async |mut rx| match rx.recv().await {
            Ok(task) => Some((Ok(Some(Arc::unwrap_or_clone(task))), rx)),
            Err(RecvError::Lagged(_)) => Some((Ok(None), rx)),
            Err(RecvError::Closed) => None,
        });
        heard.boxed()
    }

    /// The present state of one task, then its changes. `store` is asked for the present, also after a lag.
    pub(crate) async fn one(&self, id: TaskId, store: Arc<dyn TaskStore>) -> Result<TaskChanges, StoreError> {
        let rx = self.0.subscribe(); // before the read: a change between the two is heard, not lost
        let now = store.get(id).await?;
        let version = now.version;
        let later = stream::try_unfold((rx, version), move |(mut rx, seen)| {
            let store = store.clone();
            async move {
                loop {
                    let task = match rx.recv().await {
                        Ok(task) if task.spec.id == id => Arc::unwrap_or_clone(task),
                        Ok(_) => continue,
                        Err(RecvError::Lagged(_)) => store.get(id).await?,
                        Err(RecvError::Closed) => return Ok(None),
                    };
                    if task.version > seen {
                        let version = task.version;
                        return Ok(Some((Some(task), (rx, version))));
                    }
                }
            }
        });
        Ok(stream::once(async move { Ok(Some(now)) }).chain(later).boxed())
    }
}
