//! Who may work now, who may wait, and who has to come again.

use std::sync::Arc;

use domain::ErrorKind;
use proto::status;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

/// A bounded number of workers with a bounded queue before them. Cheap to clone; clones share both.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    doors: Arc<Semaphore>,
    desks: Arc<Semaphore>,
}

/// The right to work; over when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _door: OwnedSemaphorePermit,
    _desk: OwnedSemaphorePermit,
}

impl Turns {
    /// `at_once` work while `waiting` wait.
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let doors = at_once.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self { doors: Arc::new(Semaphore::new(doors)), desks: Arc::new(Semaphore::new(at_once.min(doors))) }
    }

    /// Waits for a turn, first come first served.
    ///
    /// # Errors
    /// `RateLimited` when too many wait already.
    pub(super) async fn next(&self) -> Result<Turn, Status> {
        let busy =
            || status(ErrorKind::RateLimited, "too many pieces of work are waited for: come again later");
        let door = self.doors.clone().try_acquire_owned().map_err(|_| busy())?;
        let desk = self.desks.clone().acquire_owned().await.map_err(|_| busy())?;
        Ok(Turn { _door: door, _desk: desk })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_works_one_waits_and_the_third_is_sent_away() {
        let turns = Turns::new(1, 1);
        let first = turns.next().await.unwrap();
        let mut second = Box::pin(turns.next());
        assert!((&mut second).now_or_never().is_none(), "it waits");
        let third = turns.next().await.unwrap_err();
        assert_eq!(third.code(), tonic::Code::ResourceExhausted);
        drop(first);
        assert!(second.await.is_ok());
        assert!(turns.next().await.is_ok(), "all are through");
    }
}
