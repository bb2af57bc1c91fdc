//! The loop that keeps a miner paired: what the scheduler says, what the work says, what time says.

use std::time::Duration;

use domain::{FailReason, Failure, LeaseId, MinerId};
use process::{Stop, health::Readiness};
use proto::{
    convert,
    pb::{self, scheduler_message as said},
};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{
    ability::Ability,
    assignment::{Assignment, Claim},
    book::{Book, Left, Taken},
    connection::{Connection, Turn},
    crew::Crew,
    messages::{self, Answer},
};
use crate::{
    engine::Capabilities,
    events::{AnswerRefused, Declared, Paired},
};

/// How often new progress is looked for.
const PROGRESS: Duration = Duration::from_millis(250);
/// An answer that is not settled after this long is said again.
const REPEAT: Duration = Duration::from_secs(10);
/// Time for work to stop once it was told to, at the end of a drain.
const STOPPING: Duration = Duration::from_secs(5);

/// One miner, from its first pairing to its last.
pub(super) struct Pairing {
    parts: Parts,
    book: Book,
    draining: bool,
    /// What the scheduler was told last.
    declared: Option<Ability>,
}

/// What a pairing is made of.
pub(super) struct Parts {
    pub(super) miner: MinerId,
    /// Random, one for each run of the process.
    pub(super) session: u64,
    pub(super) connection: Connection,
    pub(super) capabilities: watch::Receiver<Capabilities>,
    pub(super) max_leases: Option<usize>,
    pub(super) drain: Duration,
    /// Told whether models work (`models`).
    pub(super) readiness: Readiness,
    pub(super) crew: Crew,
}

impl Pairing {
    pub(super) fn new(parts: Parts) -> Self {
        Self { parts, book: Book::default(), draining: false, declared: None }
    }

    /// Works until `stop`, then drains: no more leases, the ones held are finished and settled, and what is left at the
    /// end of the drain time is dropped. Returns when no work runs any more.
    pub(super) async fn run(mut self, stop: Stop) {
        let mut end = Box::pin(sleep_until(Instant::now()));
        let mut progress = interval(PROGRESS);
        progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut watching = true;
        self.able();
        while !(self.draining && self.book.is_empty()) {
            let reporting = self.book.busy() > 0 && self.parts.connection.is_open();
            tokio::select! {
                () = stop.cancelled(), if !self.draining => {
                    self.draining = true;
                    end.as_mut().reset(Instant::now() + self.parts.drain);
                    tracing::info!(held = self.book.held().len(), limit = ?self.parts.drain, "draining");
                    self.say(messages::drain());
                }
                () = &mut end, if self.draining => break,
                changed = self.parts.capabilities.changed(), if watching => {
                    watching = changed.is_ok();
                    self.able();
                }
                turn = self.parts.connection.turn() => self.turn(turn),
                Some((lease, answer)) = self.parts.crew.ended() => self.ended(lease, answer),
                _ = progress.tick(), if reporting => self.report(),
            }
            self.start();
        }
        self.leave().await;
    }

    fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Rested => {
                let declare = self.declare();
                self.parts.connection.open(declare);
            }
            Turn::Paired => {
                Paired { miner: &self.parts.miner, held: self.book.held().len() }.emit();
                // it may have changed while the greeting was on its way
                self.able();
                self.beat(Duration::ZERO);
                if self.draining {
                    self.say(messages::drain());
                }
            }
            Turn::Lost => {}
            Turn::Beat => self.beat(REPEAT),
            Turn::Heard(message) => self.heard(*message),
        }
    }

    fn heard(&mut self, message: said::Message) {
        match message {
            // the connection's own affair
            said::Message::Paired(_) => {}
            said::Message::Lease(lease) => self.leased(&lease),
            said::Message::Revoke(said::Revoke { lease, reason }) => {
                let Some(lease) = id(&lease) else { return };
                tracing::info!(%lease, reason, "lease revoked");
                if self.book.revoke(lease) == Left::Stopped {
                    self.say(messages::stopped(lease));
                }
            }
            said::Message::Settled(said::Settled { lease }) => {
                if let Some(lease) = id(&lease) {
                    self.book.settle(lease);
                }
            }
            said::Message::Refused(said::Refused { lease, reason }) => {
                let Some(lease) = id(&lease) else { return };
                AnswerRefused { lease, reason: &reason }.emit();
                // work that still runs says so when it has stopped
                self.book.revoke(lease);
            }
        }
    }

    fn leased(&mut self, lease: &said::Lease) {
        let refuse = |why: &str| Answer::Failed(Failure::new(FailReason::MinerFault, why));
        let refusal = match Assignment::try_from(lease) {
            Ok(assignment) => match self.book.take(assignment) {
                Taken::Held | Taken::Known => return,
                Taken::Full => refuse("the machine that was given the task has no room for it"),
            },
            Err(error) => {
                tracing::error!(lease = lease.lease, %error, "lease not understood");
                refuse("the machine that was given the task did not understand it")
            }
        };
        if let Ok(claim) = Claim::try_from(lease) {
            self.say(messages::answer(&claim, &refusal));
        }
    }

    fn start(&mut self) {
        let capacity = Ability::of(&self.parts.capabilities.borrow(), self.parts.max_leases).capacity;
        let mut began = false;
        while let Some(start) = self.book.start(capacity) {
            self.parts.crew.begin(start);
            began = true;
        }
        if began {
            self.report();
        }
    }

    fn ended(&mut self, lease: LeaseId, answer: Option<Answer>) {
        match self.book.ended(lease, answer) {
            Some(_) => self.say(messages::stopped(lease)),
            None => self.answer(REPEAT),
        }
    }

    fn beat(&mut self, repeat: Duration) {
        self.say(messages::heartbeat(self.book.held()));
        self.answer(repeat);
    }

    fn answer(&mut self, repeat: Duration) {
        if self.parts.connection.is_open() {
            for (claim, answer) in self.book.unsaid(Instant::now(), repeat) {
                self.say(messages::answer(&claim, &answer));
            }
        }
    }

    fn report(&mut self) {
        if self.parts.connection.is_open() {
            for (claim, percent) in self.book.progress(Instant::now()) {
                self.say(messages::progress(&claim, percent));
            }
        }
    }

    /// Tells what the models can do now, if that is news.
    fn able(&mut self) {
        let now = self.abilities();
        let works =
            if now.offers.is_empty() { Err("no model has passed its canary".to_owned()) } else { Ok(()) };
        self.parts.readiness.set("models", works);
        if self.parts.connection.is_open() && self.declared.as_ref() != Some(&now) {
            let declare = self.declare();
            self.say(declare);
        }
    }

    fn abilities(&mut self) -> Ability {
        Ability::of(&self.parts.capabilities.borrow_and_update(), self.parts.max_leases)
    }

    fn declare(&mut self) -> pb::MinerMessage {
        let ability = self.abilities();
        Declared { offers: &ability.offers, capacity: ability.capacity }.emit();
        let Parts { miner, session, .. } = &self.parts;
        let message = messages::declare(miner, *session, &ability, self.book.held());
        self.declared = Some(ability);
        message
    }

    fn say(&mut self, message: pb::MinerMessage) {
        self.parts.connection.say(message);
    }

    async fn leave(mut self) {
        self.book.cancel_all();
        let all = async { while self.parts.crew.ended().await.is_some() {} };
        if tokio::time::timeout(STOPPING, all).await.is_err() {
            tracing::warn!("work did not stop in time and is dropped");
        }
        self.parts.crew.disband().await;
    }
}

fn id(lease: &str) -> Option<LeaseId> {
    let parsed = convert::parse("lease", lease);
    if let Err(error) = &parsed {
        tracing::error!(%error, "message not understood");
    }
    parsed.ok()
}
