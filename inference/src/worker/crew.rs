//! The pieces of work under way, each on a task of its own: one that panics takes no other with it.

use std::{collections::HashMap, error::Error};

use domain::{FailReason, Failure, LeaseId, TaskKind};
use futures_util::future::BoxFuture;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::Instant,
};

use super::{assignment::Claim, book::Start, job::Done, messages::Answer};
use crate::events::{LeaseEnded, LeaseTaken, Outcome};

/// Does one piece of work.
pub(super) type Work = Box<dyn Fn(Start) -> BoxFuture<'static, Done> + Send>;

/// Work under way.
pub(super) struct Crew {
    work: Work,
    tasks: JoinSet<Done>,
    about: HashMap<Id, About>,
}

struct About {
    claim: Claim,
    kind: TaskKind,
    since: Instant,
}

impl Crew {
    pub(super) fn new(work: Work) -> Self {
        Self { work, tasks: JoinSet::new(), about: HashMap::new() }
    }

    /// Begins a piece of work.
    pub(super) fn begin(&mut self, start: Start) {
        let (claim, kind) = (start.assignment.claim, start.assignment.kind);
        LeaseTaken { task: claim.task, lease: claim.lease, kind }.emit();
        let handle = self.tasks.spawn((self.work)(start));
        self.about.insert(handle.id(), About { claim, kind, since: Instant::now() });
    }

    /// Waits for the next piece of work to end, with an answer or, when it was told to stop, without. `None` when there
    /// is none under way. Nothing is lost when the future is dropped.
    pub(super) async fn ended(&mut self) -> Option<(LeaseId, Option<Answer>)> {
        loop {
            let (id, done) = match self.tasks.join_next_with_id().await? {
                Ok((id, done)) => (id, Ok(done)),
                Err(e) => (e.id(), Err(e)),
            };
            if let Some(about) = self.about.remove(&id) {
                return Some((about.claim.lease, about.report(done)));
            }
        }
    }

    /// Drops what is under way and waits until it is gone.
    pub(super) async fn disband(&mut self) {
        self.tasks.shutdown().await;
        self.about.clear();
    }
}

impl About {
    fn report(self, done: Result<Done, JoinError>) -> Option<Answer> {
        let (answer, error): (_, Option<Box<dyn Error>>) = match done {
            Ok((answer, error)) => (answer, error.map(Into::into)),
            Err(e) if e.is_cancelled() => (None, None),
            Err(e) => {
                let sentence = "the machine that took the task had a fault while it worked on it";
                let answer = Answer::Failed(Failure::new(FailReason::MinerFault, sentence));
                (Some(answer), Some(e.into()))
            }
        };
        let outcome = match &answer {
            Some(Answer::Done(_)) => Outcome::Done,
            Some(Answer::Failed(_)) if error.as_ref().is_some_and(|e| e.is::<JoinError>()) => {
                Outcome::Panicked
            }
            Some(Answer::Failed(failure)) => Outcome::Failed(failure.reason),
            None => Outcome::Stopped,
        };
        let Claim { task, lease, .. } = self.claim;
        let error = error.as_deref().filter(|_| answer.is_some());
        LeaseEnded { task, lease, kind: self.kind, outcome, took: self.since.elapsed(), error }.emit();
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{book::Book, tests::assignment},
        *,
    };

    #[tokio::test]
    async fn a_panic_takes_only_its_own_work() {
        let mut crew = Crew::new(Box::new(|start| {
            Box::pin(async move {
                assert_ne!(start.assignment.claim.lease, LeaseId::from_random(1), "this one panics");
                start.cancel.cancelled().await;
                (None, None)
            })
        }));
        let mut book = Book::default();
        book.take(assignment(1));
        book.take(assignment(2));
        while let Some(start) = book.start(2) {
            crew.begin(start);
        }
        let (lease, answer) = crew.ended().await.unwrap();
        assert_eq!(lease, LeaseId::from_random(1));
        let Some(Answer::Failed(failure)) = answer else { panic!("{answer:?}") };
        assert_eq!(failure.reason, FailReason::MinerFault);
        assert!(!failure.detail.contains("panic"), "{failure}");
        book.revoke(LeaseId::from_random(2));
        assert_eq!(crew.ended().await, Some((LeaseId::from_random(2), None)));
        assert_eq!(crew.ended().await, None);
    }
}
