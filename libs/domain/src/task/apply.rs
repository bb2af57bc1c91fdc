//! How a task moves: events in, a new task or a refusal out.

use super::{FailReason, Failure, Response, StateName, Task, TaskState};
use crate::{Fence, FileId, Lease, LeaseEnd, LeaseId, MinerId, Score, Timestamp};

/// Something that happened to a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A miner is given the task.
    Grant {
        /// Name of the new lease.
        lease: LeaseId,
        /// Who gets it.
        miner: MinerId,
        /// Which run of that miner's process.
        session: u64,
        /// Id for its answer.
        output: FileId,
        /// When it lapses unless renewed.
        expires_at: Timestamp,
        /// Time allowed for the whole work.
        run_until: Timestamp,
    },
    /// A holder is alive, and may say how far it is.
    Renew {
        /// Which lease.
        lease: LeaseId,
        /// Its fencing number.
        fence: Fence,
        /// The new end of the lease.
        expires_at: Timestamp,
        /// Work done in percent, if reported; never goes back.
        percent: Option<u8>,
    },
    /// A holder answers.
    Respond {
        /// Which lease.
        lease: LeaseId,
        /// Its fencing number.
        fence: Fence,
        /// The answer.
        response: Response,
    },
    /// A holder gives up.
    Fail {
        /// Which lease.
        lease: LeaseId,
        /// Its fencing number.
        fence: Fence,
        /// Why.
        failure: Failure,
    },
    /// The process that held a lease is gone, or gave it back.
    Drop {
        /// Which lease.
        lease: LeaseId,
    },
    /// Among the answers this one is to be served: it agrees best with the others.
    Choose {
        /// Whose answer it is.
        lease: LeaseId,
        /// How well it agrees with the others; `None` for a single one.
        agreement: Option<Score>,
    },
    /// Time passed: whatever is due ends. A task whose deadline is over ends with the first answer, if there is one.
    Expire,
    /// The client wants no answer any more.
    Cancel,
    /// Validators agree on what the answers are worth.
    Approve,
}

/// Why an event does not fit a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its state does not allow it; for most events, because it has ended.
    #[error("{} cannot be {verb}", .state.a_task())]
    Over {
        /// Where it stands.
        state: StateName,
        /// What was tried, as a participle.
        verb: &'static str,
    },
    /// All the miners it asked for are at work or have answered.
    #[error("the task has as many miners as it asked for")]
    NoOpenGrant,
    /// That miner works on it, or answered.
    #[error("miner {0} already has this task")]
    AlreadyHeld(MinerId),
    /// The lease is not the caller's any more, or never was.
    #[error("the lease was lost: its work goes to another miner")]
    LeaseLost,
    /// What is to be served is not there.
    #[error("the lease has no answer that could be chosen")]
    NothingToChoose,
    /// A second, different answer for one lease.
    #[error("this lease was answered before with another result")]
    AnsweredDifferently,
}

impl Task {
    /// The task after `event` at `now`.
    ///
    /// # Errors
    /// [`Refused`] when the event does not fit; the task is then unchanged. An answer that repeats the one already
    /// recorded for its lease is no error and changes nothing: its version stays.
    pub fn apply(mut self, event: Event, now: Timestamp) -> Result<Self, Refused> {
        let changed = match event {
            Event::Grant { lease, miner, session, output, expires_at, run_until } => {
                self.refuse_when_over("assigned")?;
                if self.open_grants() == 0 {
                    return Err(Refused::NoOpenGrant);
                }
                if self.leases.iter().any(|l| l.miner == miner && (l.is_live() || l.response().is_some())) {
                    return Err(Refused::AlreadyHeld(miner));
                }
                // a grant that is repeated after its lease ended
                if self.leases.iter().any(|l| l.id == lease) {
                    return Err(Refused::LeaseLost);
                }
                let fence = Fence(self.fence().0 + 1);
                let (percent, end) = (None, None);
                let granted_at = now;
                self.leases.push(Lease {
                    id: lease,
                    fence,
                    miner,
                    session,
                    output,
                    granted_at,
                    expires_at,
                    run_until,
                    percent,
                    end,
                });
                true
            }
            Event::Renew { lease, fence, expires_at, percent } => {
                let held = self.held(lease, fence)?;
                held.expires_at = expires_at.min(held.run_until);
                held.percent = held.percent.max(percent.map(|p| p.min(100)));
                true
            }
            Event::Respond { lease, fence, response } => self.respond(lease, fence, response, now)?,
            Event::Fail { lease, fence, failure } => {
                self.held(lease, fence)?.end = Some((now, LeaseEnd::Failed(failure.clone())));
                // an input that another miner could work on is not at fault
                if failure.reason.blames_input() && self.responses() == 0 {
                    self.finish(TaskState::Failed { at: now, failure }, now);
                }
                true
            }
            Event::Drop { lease } => match self.leases.iter_mut().find(|l| l.id == lease && l.is_live()) {
                Some(held) => {
                    held.end = Some((now, LeaseEnd::Dropped));
                    true
                }
                None => false,
            },
            Event::Choose { lease, agreement } => self.choose(lease, agreement, now)?,
            Event::Expire => self.expire(now),
            Event::Cancel => {
                if matches!(self.state, TaskState::Cancelled { .. }) {
                    return Ok(self);
                }
                self.refuse_when_over("cancelled")?;
                self.finish(TaskState::Cancelled { at: now }, now);
                true
            }
            Event::Approve => match self.state {
                TaskState::Completed { chosen, agreement, .. } => {
                    self.state = TaskState::Approved { at: now, chosen, agreement };
                    true
                }
                _ => return Err(Refused::Over { state: self.state.name(), verb: "approved" }),
            },
        };
        if changed {
            self.settle(now);
            self.version += 1;
        }
        Ok(self)
    }

    fn refuse_when_over(&self, verb: &'static str) -> Result<(), Refused> {
        match self.state.name() {
            state if state.is_over() => Err(Refused::Over { state, verb }),
            _ => Ok(()),
        }
    }

    /// The live lease that the caller speaks for.
    fn held(&mut self, lease: LeaseId, fence: Fence) -> Result<&mut Lease, Refused> {
        self.leases
            .iter_mut()
            .find(|l| l.id == lease && l.fence == fence && l.is_live())
            .ok_or(Refused::LeaseLost)
    }

    /// Records an answer; `false` when the very same one is there already.
    fn respond(
        &mut self,
        lease: LeaseId,
        fence: Fence,
        response: Response,
        now: Timestamp,
    ) -> Result<bool, Refused> {
        let answered =
            self.leases.iter().find(|l| l.id == lease && l.fence == fence).and_then(Lease::response);
        if let Some(before) = answered {
            return if *before == response { Ok(false) } else { Err(Refused::AnsweredDifferently) };
        }
        let held = self.held(lease, fence)?;
        held.percent = Some(100);
        held.end = Some((now, LeaseEnd::Responded(response)));
        Ok(true)
    }

    /// Serves the answer of a lease; `false` when it is served already.
    fn choose(&mut self, chosen: LeaseId, agreement: Option<Score>, now: Timestamp) -> Result<bool, Refused> {
        if matches!(self.state, TaskState::Completed { chosen: before, .. } if before == chosen) {
            return Ok(false);
        }
        self.refuse_when_over("given another result")?;
        if !self.leases.iter().any(|l| l.id == chosen && l.response().is_some()) {
            return Err(Refused::NothingToChoose);
        }
        self.finish(TaskState::Completed { at: now, chosen, agreement }, now);
        Ok(true)
    }

    /// Ends what is due; `false` when nothing is.
    fn expire(&mut self, now: Timestamp) -> bool {
        if self.next_due().is_none_or(|due| due > now) {
            return false;
        }
        let mut changed = false;
        for l in self.leases.iter_mut().filter(|l| l.is_live() && l.expires_at.min(l.run_until) <= now) {
            l.end = Some((now, LeaseEnd::Expired));
            changed = true;
        }
        if self.spec.deadline > now {
            // a choice that is due is not made here: it takes a look at the answers
            return changed;
        }
        let first = self.answers().first().map(|a| a.lease.id);
        if let Some(chosen) = first {
            self.finish(TaskState::Completed { at: now, chosen, agreement: None }, now);
        } else {
            let failure =
                Failure::new(FailReason::TimedOut, "no miner finished it within the total time of a task");
            self.finish(TaskState::Failed { at: now, failure }, now);
        }
        true
    }

    /// Brings the state in line with the leases.
    fn settle(&mut self, now: Timestamp) {
        if self.state.is_over() {
            return;
        }
        let first = self.answers().first().map(|a| a.lease.id);
        match first {
            Some(chosen) if self.spec.wanted == 1 => {
                self.finish(TaskState::Completed { at: now, chosen, agreement: None }, now);
                return;
            }
            None if self.is_poisonous() => {
                self.finish(TaskState::Failed { at: now, failure: self.poison() }, now);
                return;
            }
            // with an answer there is something to serve, once it was chosen
            _ => {}
        }
        self.state = self.state_of_leases();
    }

    fn poison(&self) -> Failure {
        let strikes = self.strikes();
        let last = self.leases.iter().rev().find_map(|l| match &l.end {
            Some((_, LeaseEnd::Failed(f))) => Some(f.detail.as_str()),
            _ => None,
        });
        let said = last.map_or_else(String::new, |d| format!("; the last one said: {d}"));
        let miners = self.struck().len();
        Failure::new(FailReason::Poison, format!("{strikes} attempts on {miners} miners failed{said}"))
    }

    fn finish(&mut self, state: TaskState, now: Timestamp) {
        for l in self.leases.iter_mut().filter(|l| l.is_live()) {
            l.end = Some((now, LeaseEnd::Revoked));
        }
        self.state = state;
    }
}
