//! The connection to the scheduler: made, lost, and made again.

use std::{pin::Pin, time::Duration};

use futures_util::future::BoxFuture;
use process::health::Readiness;
use proto::{
    client::Wire,
    pb::{self, scheduler_message as said},
};
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep};

use super::{
    backoff::Backoff,
    link::{Link, LinkError},
};
use crate::events::PairingLost;

/// A pairing that held this long was a good one: the next loss starts with the shortest wait again.
const GOOD: Duration = Duration::from_secs(1);

/// One stream after the other. Says in `readiness` whether there is one (`scheduler`).
pub(super) struct Connection {
    wire: Wire,
    readiness: Readiness,
    backoff: Backoff,
    heartbeat: Interval,
    state: State,
}

enum State {
    Resting(Pin<Box<Sleep>>),
    Opening(BoxFuture<'static, Result<Link, LinkError>>),
    Open(Box<Link>),
}

/// What happened to the connection.
pub(super) enum Turn {
    /// It is time for [`Connection::open`].
    Rested,
    /// Both sides have greeted.
    Paired,
    /// There is none any more.
    Lost,
    /// A heartbeat is due.
    Beat,
    /// The scheduler said something.
    Heard(Box<said::Message>),
}

impl Connection {
    pub(super) fn new(wire: Wire, readiness: Readiness) -> Self {
        readiness.set("scheduler", Err("not paired yet".to_owned()));
        Self {
            wire,
            readiness,
            backoff: Backoff::new(Duration::from_millis(100), Duration::from_secs(10)),
            heartbeat: ticking(Duration::from_secs(1)),
            state: State::Resting(Box::pin(sleep(Duration::ZERO))),
        }
    }

    /// Whether there is a stream.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Connects, with `declare` as first message.
    pub(super) fn open(&mut self, declare: pb::MinerMessage) {
        self.state = State::Opening(Box::pin(Link::open(self.wire.clone(), declare)));
    }

    /// What happens next. Nothing is lost when the future is dropped.
    pub(super) async fn turn(&mut self) -> Turn {
        loop {
            let heard = match &mut self.state {
                State::Resting(pause) => {
                    pause.await;
                    return Turn::Rested;
                }
                State::Opening(link) => match link.await {
                    Ok(link) => {
                        self.readiness.set("scheduler", Ok(()));
                        self.heartbeat = ticking(link.pace * 3 / 4);
                        self.state = State::Open(Box::new(link));
                        return Turn::Paired;
                    }
                    Err(e) => Err(e),
                },
                State::Open(link) => tokio::select! {
                    heard = link.hear() => heard,
                    _ = self.heartbeat.tick() => return Turn::Beat,
                },
            };
            match (heard, &mut self.state) {
                (Ok(said::Message::Paired(paired)), State::Open(link)) => {
                    link.paired(paired);
                    self.heartbeat = ticking(link.pace * 3 / 4);
                }
                (Ok(message), _) => return Turn::Heard(Box::new(message)),
                (Err(e), _) => {
                    self.lost(&e);
                    return Turn::Lost;
                }
            }
        }
    }

    /// Says something if there is a stream. What must arrive is said again by those who know of it.
    pub(super) fn say(&mut self, message: pb::MinerMessage) {
        if let State::Open(link) = &self.state
            && let Err(e) = link.say(message)
        {
            self.lost(&e);
        }
    }

    fn lost(&mut self, error: &LinkError) {
        if matches!(&self.state, State::Open(link) if link.since.elapsed() >= GOOD) {
            self.backoff.reset();
        }
        let wait = self.backoff.next(process::id::random_u64());
        PairingLost { error, wait }.emit();
        let state = if error.is_refusal() { error.to_string() } else { "away".to_owned() };
        self.readiness.set("scheduler", Err(state));
        self.state = State::Resting(Box::pin(sleep(wait)));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.readiness.set("scheduler", Err("stopped".to_owned()));
    }
}

fn ticking(pace: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + pace, pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
