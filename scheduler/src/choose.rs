//! The choices that are due among the answers to tasks: each is made once, and tried until it is durable.
//!
//! Nothing of this lasts: a choice that a killed scheduler did not make is due still, and found by whoever looks next.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{ErrorKind, Event, Task, TaskId, TaskState};
use proto::RpcError;
use tokio::{sync::Notify, task::JoinSet};
use tracing::Instrument as _;

use crate::{agenda::PAUSE, core::Core, events, judge::Judged, trace};

/// Choices under way at once; most of them wait for the judge.
const AT_ONCE: usize = 32;
/// Choices that are known at once; others stay in the store until there is room.
const MOST: usize = 128;
/// Choices that were made lately: word of how their tasks were before may still be under way.
const LATELY: usize = 256;

/// Which choices are to be made.
#[derive(Default)]
pub(crate) struct Choices {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    /// The task while its choice waits, nothing while it is being made.
    known: HashMap<TaskId, Option<Task>>,
    waiting: VecDeque<TaskId>,
    made: VecDeque<TaskId>,
    /// A choice found no room.
    was_full: bool,
}

impl Choices {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // each change is whole: a panic leaves nothing half done
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a choice among the answers of `task`; `false` when as many are known as fit.
    pub(crate) fn ask(&self, task: &Task) -> bool {
        let (id, mut inner) = (task.spec.id, self.lock());
        if inner.made.contains(&id) {
            return true;
        }
        let is_full = inner.known.len() >= MOST;
        match inner.known.get_mut(&id) {
            Some(Some(waits)) => {
                if waits.version < task.version {
                    *waits = task.clone();
                }
            }
            Some(None) => {}
            None if is_full => {
                inner.was_full = true;
                return false;
            }
            None => {
                inner.known.insert(id, Some(task.clone()));
                inner.waiting.push_back(id);
                self.changed.notify_one();
            }
        }
        true
    }

    /// How many choices are known.
    pub(crate) fn known(&self) -> u32 {
        u32::try_from(self.lock().known.len()).unwrap_or(u32::MAX)
    }

    fn next(&self) -> Option<Task> {
        let mut inner = self.lock();
        let id = inner.waiting.pop_front()?;
        inner.known.insert(id, None).flatten()
    }

    /// A choice was made, or failed. Whether another one found no room meanwhile.
    fn ended(&self, task: TaskId, made: bool) -> bool {
        let mut inner = self.lock();
        inner.known.remove(&task);
        if made {
            inner.made.push_back(task);
            if inner.made.len() > LATELY {
                inner.made.pop_front();
            }
        }
        std::mem::take(&mut inner.was_full)
    }
}

/// Makes choices until the scheduler stops.
pub(crate) async fn run(core: Arc<Core>) {
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some(task) = core.choices.next()
        {
            under_way.spawn(decide(core.clone(), task));
        }
        tokio::select! {
            () = core.stop.cancelled() => return,
            () = core.choices.changed.notified() => {}
            Some(_) = under_way.join_next() => {}
        }
    }
}

async fn decide(core: Arc<Core>, task: Task) {
    let span = trace::choose_span(&task);
    let outcome = choose(&core, &task).instrument(span).await;
    let made = match outcome {
        Ok(()) => true,
        // it was cancelled meanwhile, or another scheduler was faster
        Err(e) if matches!(e.kind, ErrorKind::Conflict | ErrorKind::NotFound) => true,
        Err(e) => {
            if !core.stop.is_cancelled() {
                tracing::error!(task = %task.spec.id, error = %e, "no answer chosen, trying again");
            }
            false
        }
    };
    let has_room = core.choices.ended(task.spec.id, made);
    if has_room {
        core.agenda.due_by(core.now());
    } else if !made {
        core.agenda.due_by(core.now() + PAUSE);
    }
}

async fn choose(core: &Core, task: &Task) -> Result<(), RpcError> {
    let judged = match task.responses() {
        1 => Judged::first(),
        _ => core.until_answered(|| core.judge.judge(task)).await?,
    };
    let answers = task.answers();
    let Some(chosen) = answers.get(judged.chosen) else {
        return Err(RpcError::new(ErrorKind::Conflict, "there is no answer to choose"));
    };
    let now = core.now();
    let event = Event::Choose { lease: chosen.lease.id, agreement: judged.agreement };
    let after = core.persist(task.spec.id, &event, now).await?;
    // a repeated or foreign choice is said and counted where it was made
    if matches!(after.state, TaskState::Completed { at, .. } if at == now) {
        events::TaskCompleted { task: &after, miner: &chosen.lease.miner }.emit();
        for (answer, agreement) in answers.iter().zip(judged.each) {
            core.miners.agreed(&answer.lease.miner, task.spec.kind, agreement);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::rig::new_task;

    fn task(n: u128, version: u64) -> Task {
        Task { version, ..Task::submitted(new_task(n)) }
    }

    #[test]
    fn a_choice_is_known_once_and_made_once() {
        let choices = Choices::default();
        assert!(choices.ask(&task(1, 5)) && choices.ask(&task(1, 7)) && choices.ask(&task(1, 6)));
        assert_eq!(choices.next().map(|t| t.version), Some(7), "the newest that is known of");
        assert!(choices.ask(&task(1, 8)));
        assert_eq!(choices.next(), None, "it is being made");
        assert!(!choices.ended(task(1, 8).spec.id, true));
        assert!(choices.ask(&task(1, 8)));
        assert_eq!((choices.next(), choices.known()), (None, 0), "old news of a choice that was made");
        choices.ask(&task(2, 1));
        choices.next();
        choices.ended(task(2, 1).spec.id, false);
        assert!(choices.ask(&task(2, 1)) && choices.next().is_some(), "one that failed is tried again");
    }

    #[test]
    fn what_is_known_at_once_is_bounded() {
        // L13
        let choices = Choices::default();
        let taken = (0..500).filter(|n| choices.ask(&task(*n, 1))).count();
        assert_eq!((taken, choices.known()), (MOST, MOST as u32));
        let first = choices.next().unwrap();
        assert!(choices.ended(first.spec.id, true), "the others are to be looked at again");
        assert!(choices.ask(&task(499, 1)));
    }
}
