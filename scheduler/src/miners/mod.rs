//! The miners paired with this scheduler now. Held in memory only: everything here is told anew by the miners after a
//! restart, and by each of their heartbeats.

mod paired;
mod record;
mod slot;

pub(crate) use paired::{Outbox, Paired};
pub(crate) use record::{Record, Records};
pub(crate) use slot::{Slot, Stage, Work};

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use btauth::Account;
use domain::{
    LeaseEnd, MinerId, MinerRecord, NewTask, Offer, Outcome, Score, Task, TaskKind, TaskState, Timestamp,
};
use proto::client::MinerView;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{assign::Candidate, message::Declare};

/// Records of this many times the miners that can be paired are kept.
const RECORDS: usize = 4;

/// All paired miners. Locked for moments, never across an await.
pub(crate) struct Miners {
    most: usize,
    inner: Mutex<Inner>,
    noted: Notify,
}

struct Inner {
    paired: HashMap<MinerId, Paired>,
    records: Records,
    streams: u64,
}

/// One stream of one miner; a later stream of the same miner has another number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    /// Who.
    pub(crate) miner: MinerId,
    /// Which stream.
    pub(crate) stream: u64,
}

/// As many miners are paired as fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("as many miners are paired as this scheduler takes: try another one, or later")]
pub(crate) struct Full;

impl Miners {
    /// None yet, at most `most`.
    pub(crate) fn new(most: usize) -> Self {
        let records = Records::new(most.saturating_mul(RECORDS));
        let inner = Mutex::new(Inner { paired: HashMap::new(), records, streams: 0 });
        Self { most, inner, noted: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A miner joins; it gets no work until it is marked ready. An earlier stream of the same miner is cut. `hotkey` is the
    /// one that signed the stream, if any did.
    ///
    /// # Errors
    /// [`Full`].
    pub(crate) fn join(
        &self,
        said: &Declare,
        hotkey: Option<Account>,
        outbox: Outbox,
        cut: CancellationToken,
        now: Timestamp,
    ) -> Result<Seat, Full> {
        let mut inner = self.lock();
        if inner.paired.len() >= self.most && !inner.paired.contains_key(&said.miner) {
            return Err(Full);
        }
        inner.streams += 1;
        let stream = inner.streams;
        let mut paired = Paired::new(said, stream, outbox, cut, now);
        paired.hotkey = hotkey;
        if let Some(before) = inner.paired.insert(said.miner.clone(), paired) {
            before.cut();
        }
        Ok(Seat { miner: said.miner.clone(), stream })
    }

    /// A stream ended; `false` when another one of the same miner took its place.
    pub(crate) fn leave(&self, seat: &Seat) -> bool {
        let mut inner = self.lock();
        let is_this = inner.paired.get(&seat.miner).is_some_and(|p| p.stream() == seat.stream);
        is_this && inner.paired.remove(&seat.miner).is_some()
    }

    /// Does something with the miner on this stream; `None` when the stream is not its current one.
    pub(crate) fn with<R>(&self, seat: &Seat, f: impl FnOnce(&mut Paired) -> R) -> Option<R> {
        let mut inner = self.lock();
        inner.paired.get_mut(&seat.miner).filter(|p| p.stream() == seat.stream).map(f)
    }

    /// Adds to a miner's record how a lease of it ended.
    pub(crate) fn note(&self, miner: &MinerId, kind: TaskKind, outcome: Outcome, now: Timestamp) {
        self.lock().records.note(miner, kind, |r| r.note(kind, outcome, now));
        self.noted.notify_one();
    }

    /// Adds to a miner's record how well an answer of it agreed with those of others.
    pub(crate) fn agreed(&self, miner: &MinerId, kind: TaskKind, agreement: Score) {
        self.lock().records.note(miner, kind, |r| r.agreed(kind, agreement));
        self.noted.notify_one();
    }

    /// The miner of this name proves this hotkey: what another one did under the name is forgotten.
    pub(crate) fn owned(&self, miner: &MinerId, hotkey: Option<Account>) {
        self.lock().records.owned(miner, hotkey.map(|key| *key.bytes()));
    }

    /// Miners of which records are kept, at most.
    pub(crate) fn most_records(&self) -> usize {
        self.lock().records.most()
    }

    /// Takes over the records that a former run wrote.
    pub(crate) fn restore(&self, written: Vec<MinerRecord>) {
        self.lock().records.restore(written);
    }

    /// At most `most` records that were not written yet; they count as written from now on.
    pub(crate) fn changed(&self, most: usize) -> Vec<MinerRecord> {
        self.lock().records.changed(most)
    }

    /// These were not written after all.
    pub(crate) fn unwritten(&self, records: &[MinerRecord]) {
        self.lock().records.unwritten(records);
        self.noted.notify_one();
    }

    /// Waits until something was added to a record since this was awaited last.
    pub(crate) async fn noted(&self) {
        self.noted.notified().await;
    }

    /// Tells the miners paired here whose lease of `task` ended without them to stop working on it.
    pub(crate) fn observe(&self, task: &Task) {
        let mut inner = self.lock();
        for lease in &task.leases {
            let reason = match (&lease.end, &task.state) {
                (Some((_, LeaseEnd::Expired)), _) => "the lease lapsed: its work goes to another miner",
                (Some((_, LeaseEnd::Dropped)), _) => "the lease was dropped: its work goes to another miner",
                (Some((_, LeaseEnd::Revoked)), TaskState::Cancelled { .. }) => "the task was cancelled",
                (Some((_, LeaseEnd::Revoked)), _) => "the task ended without it",
                (Some((_, LeaseEnd::Responded(_) | LeaseEnd::Failed(_))) | None, _) => continue,
            };
            if let Some(paired) = inner.paired.get_mut(&lease.miner) {
                paired.revoke(lease.id, reason);
            }
        }
    }

    /// A snapshot for the choice of miners, and the stream of each; `stake` tells that of a hotkey, in rao.
    pub(crate) fn candidates(&self, stake: impl Fn(Account) -> u64) -> (Vec<Candidate>, Vec<Seat>) {
        let inner = self.lock();
        let one = |(miner, p): (&MinerId, &Paired)| {
            let candidate = Candidate {
                miner: miner.clone(),
                offers: p.offers.clone(),
                serves: p.serves(),
                capacity: p.capacity,
                busy: p.busy(),
                last_seen: p.last_seen,
                stake: p.hotkey.map_or(0, &stake),
                record: inner.records.get(miner),
            };
            (candidate, Seat { miner: miner.clone(), stream: p.stream() })
        };
        let mut all: Vec<_> = inner.paired.iter().map(one).collect();
        // the choice depends on the seed alone, not on the order of a hash map
        all.sort_by(|a, b| a.0.miner.cmp(&b.0.miner));
        all.into_iter().unzip()
    }

    /// How many paired miners take this work; and what all of them together offer of its kind.
    pub(crate) fn covering(&self, task: &NewTask) -> (usize, Vec<Offer>) {
        let inner = self.lock();
        let staying = || inner.paired.values().filter(|p| !p.draining);
        let covers = |o: &Offer| o.covers(task.need());
        let able = staying().filter(|p| p.offers.iter().any(covers)).count();
        let offers = staying().flat_map(|p| &p.offers).filter(|o| o.kind == task.kind).cloned().collect();
        (able, offers)
    }

    /// What is shown of each, by name.
    pub(crate) fn view(&self) -> Vec<MinerView> {
        let one = |(miner, p): (&MinerId, &Paired)| MinerView {
            miner: miner.clone(),
            offers: p.offers.clone(),
            models: p.models.clone(),
            capacity: p.capacity,
            busy: p.busy(),
            draining: p.draining,
            last_seen: p.last_seen,
        };
        let mut all: Vec<_> = self.lock().paired.iter().map(one).collect();
        all.sort_by(|a, b| a.miner.cmp(&b.miner));
        all
    }
}
