//! One miner's stream, from its declaration to its end.

use std::sync::Arc;

use btauth::Account;
use domain::{ErrorKind, LeaseId};
use futures_util::{Stream, StreamExt as _};
use process::Stop;
use proto::{BadField, pb, status};
use tokio::{
    task::{AbortHandle, JoinSet},
    time::{Instant, timeout_at},
};
use tonic::Status;

use crate::{
    claims,
    core::Core,
    events::{self, Why},
    message::{self, Declare, FromMiner},
    miners::{Outbox, Seat},
    report,
};

/// Reports of one miner that are being stored at once. A miner that reports faster is read slower.
const MOST_JOBS: usize = 256;

/// How a stream ended.
enum End {
    /// The miner hung up, or the connection broke.
    Gone,
    /// Another stream took its place, it does not read, or the scheduler stops.
    Cut,
    /// It was silent for the time of a lease.
    Silent,
    /// It said something that makes no sense.
    Bad(Status),
}

/// Serves a stream until it ends. Errors go to the miner through `outbox`. Where miners must be registered, `hotkey` is the
/// one that signed, and the miner is named by its place on the subnet, whatever name it gives itself.
pub(crate) async fn serve<S>(core: Arc<Core>, hotkey: Option<Account>, mut inbound: S, outbox: Outbox)
where
    S: Stream<Item = Result<pb::MinerMessage, Status>> + Send + Unpin,
{
    let cut = core.stop.child_token();
    let joined = match first(&core, &mut inbound, &cut).await {
        Ok(Some(said)) => named(&core, hotkey, said).and_then(|said| {
            core.miners
                .join(&said, hotkey, outbox.clone(), cut.clone(), core.now())
                .map(|seat| (seat, said))
                .map_err(|full| status(ErrorKind::RateLimited, full.to_string()))
        }),
        Ok(None) => return,
        Err(bad) => Err(bad),
    };
    let (seat, said) = match joined {
        Ok(joined) => joined,
        Err(refusal) => {
            // a miner that is gone or does not read misses nothing
            let _ = outbox.try_send(Err(refusal));
            return;
        }
    };
    let mut stream = MinerStream { core, seat, jobs: JoinSet::new(), renewing: None, cut };
    let end = stream.run(inbound, &said).await;
    stream.close(end, &outbox);
}

/// The declaration under the name that the miner has.
fn named(core: &Core, hotkey: Option<Account>, said: Declare) -> Result<Declare, Status> {
    match (&core.members, hotkey) {
        (None, _) => Ok(said),
        (Some(members), Some(hotkey)) => Ok(Declare { miner: members.name(hotkey)?, ..said }),
        // the guard lets nobody through without one
        (Some(_), None) => Err(status(ErrorKind::Unauthenticated, "the pairing is not signed")),
    }
}

/// The declaration; `None` when the miner went away before it.
async fn first<S>(core: &Core, inbound: &mut S, cut: &Stop) -> Result<Option<Declare>, Status>
where
    S: Stream<Item = Result<pb::MinerMessage, Status>> + Unpin,
{
    let limit = Instant::now() + core.config.lease;
    let said = tokio::select! {
        () = cut.cancelled() => return Ok(None),
        said = timeout_at(limit, inbound.next()) => said,
    };
    match said {
        Ok(Some(Ok(message))) => match FromMiner::try_from(message)? {
            FromMiner::Declare(said) => Ok(Some(said)),
            _ => Err(BadField::new("message", "the first one must be declare").into()),
        },
        Ok(Some(Err(_)) | None) => Ok(None),
        Err(_) => Err(status(ErrorKind::Deadline, "no declaration came")),
    }
}

struct MinerStream {
    core: Arc<Core>,
    seat: Seat,
    /// Reports on their way to the store; they end with the stream, and the miner repeats them on its next one.
    jobs: JoinSet<()>,
    renewing: Option<AbortHandle>,
    cut: Stop,
}

impl MinerStream {
    async fn run<S>(&mut self, mut inbound: S, said: &Declare) -> End
    where
        S: Stream<Item = Result<pb::MinerMessage, Status>> + Unpin,
    {
        let (core, cut) = (self.core.clone(), self.cut.clone());
        core.miners.with(&self.seat, |p| p.send(message::paired(core.config.heartbeat)));
        let sorted_out = tokio::select! {
            () = cut.cancelled() => return End::Cut,
            sorted_out = claims::sort_out(&core, &self.seat, said) => sorted_out,
        };
        if let Err(e) = sorted_out {
            return End::Bad(status(e.kind, e.message));
        }
        self.beat(&said.held);
        let mut silent_at = Instant::now() + core.config.lease;
        loop {
            let said = tokio::select! {
                () = cut.cancelled() => return End::Cut,
                Some(_) = self.jobs.join_next() => continue,
                said = timeout_at(silent_at, inbound.next()), if self.jobs.len() < MOST_JOBS => said,
            };
            silent_at = Instant::now() + core.config.lease;
            let said = match said {
                Ok(Some(Ok(said))) => said,
                Ok(Some(Err(_)) | None) => return End::Gone,
                Err(_) => return End::Silent,
            };
            if let Err(bad) = FromMiner::try_from(said).and_then(|said| self.hear(said)) {
                return End::Bad(bad.into());
            }
        }
    }

    fn hear(&mut self, said: FromMiner) -> Result<(), BadField> {
        let (core, seat) = (self.core.clone(), self.seat.clone());
        core.miners.with(&seat, |p| p.last_seen = core.now());
        match said {
            FromMiner::Declare(said) => return self.declare_again(&said),
            FromMiner::Heartbeat { held } => self.beat(&held),
            FromMiner::Progress { claim, percent } => {
                let now = core.now();
                let due =
                    core.miners.with(&seat, |p| p.slot(claim.lease).and_then(|s| s.progress(percent, now)));
                if let Some(percent) = due.flatten() {
                    self.jobs.spawn(report::renew(core, seat, vec![(claim, Some(percent))]));
                }
            }
            FromMiner::Complete { claim, response } => {
                let work = report::settling(&core, &seat, claim.lease);
                self.jobs.spawn(report::complete(core, seat, claim, response, work));
            }
            FromMiner::Fail { claim, failure } => {
                let work = report::settling(&core, &seat, claim.lease);
                self.jobs.spawn(report::fail(core, seat, claim, failure, work));
            }
            FromMiner::Stopped { lease } => self.stopped(lease),
            FromMiner::Drain => {
                core.miners.with(&seat, |p| p.draining = true);
                // tasks that it failed at and that waited for it to be tried no more may go elsewhere
                core.agenda.assign();
            }
        }
        Ok(())
    }

    /// It can do something else now.
    fn declare_again(&mut self, said: &Declare) -> Result<(), BadField> {
        let session = self.core.miners.with(&self.seat, |p| p.session);
        let renamed = self.core.members.is_none() && said.miner != self.seat.miner;
        if renamed || session.is_some_and(|s| s != said.session) {
            return Err(BadField::new("declare", "another miner or session needs a stream of its own"));
        }
        self.core.miners.with(&self.seat, |p| {
            p.offers.clone_from(&said.offers);
            p.models.clone_from(&said.models);
            p.capacity = said.capacity;
        });
        self.beat(&said.held);
        self.core.agenda.assign();
        Ok(())
    }

    /// Brings the slots in line with what the miner holds and renews its leases.
    fn beat(&mut self, held: &[LeaseId]) {
        let (core, seat) = (self.core.clone(), self.seat.clone());
        let now = core.now();
        let Some(beat) = core.miners.with(&seat, |p| p.reconcile(held, core.config.heartbeat, now)) else {
            return;
        };
        if beat.freed {
            core.agenda.assign();
        }
        if !beat.lost.is_empty() {
            let (core, seat) = (core.clone(), seat.clone());
            self.jobs.spawn(claims::drop_all(core, seat.miner, beat.lost, Why::Unknown));
        }
        // when the store is so slow that the last renewal is still under way, another one would not help
        let idle = self.renewing.as_ref().is_none_or(AbortHandle::is_finished);
        if idle && !beat.renew.is_empty() {
            self.renewing = Some(self.jobs.spawn(report::renew(core, seat, beat.renew)));
        }
    }

    /// Work on a lease has stopped: because it was revoked, or of the miner's own accord.
    fn stopped(&mut self, lease: LeaseId) {
        let (core, seat) = (self.core.clone(), self.seat.clone());
        let slot = core.miners.with(&seat, |p| p.free(lease, core.now())).flatten();
        core.agenda.assign();
        if let Some(slot) = slot.filter(|s| s.stage == crate::miners::Stage::Working) {
            self.jobs.spawn(claims::drop_all(core, seat.miner, vec![(lease, slot.work)], Why::GivenBack));
        }
    }

    fn close(self, end: End, outbox: &Outbox) {
        let dismissed = self.core.miners.with(&self.seat, |p| p.dismissed.take()).flatten();
        let was_current = self.core.miners.leave(&self.seat);
        let (why, last_word) = match end {
            End::Gone => ("gone", None),
            End::Cut if self.core.stop.is_cancelled() => ("the scheduler stops", None),
            End::Cut if dismissed.is_some() => ("it lost its place on the subnet", dismissed),
            End::Cut if was_current => ("it does not read", None),
            End::Cut => {
                let word = "another stream of this miner took the place of this one";
                ("replaced", Some(status(ErrorKind::Cancelled, word)))
            }
            End::Silent => ("silent", Some(status(ErrorKind::Deadline, "no heartbeat came"))),
            End::Bad(bad) => {
                tracing::warn!(miner = %self.seat.miner, error = %bad.message(), "miner sent a bad message");
                ("bad message", Some(bad))
            }
        };
        if let Some(word) = last_word {
            // a miner that does not read misses nothing
            let _ = outbox.try_send(Err(word));
        }
        events::MinerLeft { miner: &self.seat.miner, why }.emit();
        // its leases stay until they lapse: it may come back with its work. Tasks that waited for it may go elsewhere
        self.core.agenda.assign();
    }
}
