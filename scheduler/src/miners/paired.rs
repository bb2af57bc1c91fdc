//! One paired miner: what it offers and what occupies it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use btauth::Account;
use domain::{LeaseId, ModelCard, Offer, Timestamp};
use proto::pb;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Slot, Stage, Work};
use crate::message::{self, Claim, Declare};

/// Where messages to a miner go. Bounded: a miner that does not read is cut off.
pub(crate) type Outbox = mpsc::Sender<Result<pb::SchedulerMessage, Status>>;

/// One paired miner.
pub(crate) struct Paired {
    /// Which run of its process.
    pub(crate) session: u64,
    /// What it takes.
    pub(crate) offers: Vec<Offer>,
    /// With which models.
    pub(crate) models: Vec<ModelCard>,
    /// Leases it can work on at once.
    pub(crate) capacity: u32,
    /// It takes no more.
    pub(crate) draining: bool,
    /// What it held before is sorted out: it may be given work.
    pub(crate) ready: bool,
    /// Its last sign of life.
    pub(crate) last_seen: Timestamp,
    /// The hotkey that signed the stream, if any did.
    pub(crate) hotkey: Option<Account>,
    /// Why it was sent away, until it is told.
    pub(crate) dismissed: Option<Status>,
    stream: u64,
    outbox: Outbox,
    cut: CancellationToken,
    slots: HashMap<LeaseId, Slot>,
    /// Leases it says it works on and that are not its own: they occupy it until it stops.
    foreign: HashSet<LeaseId>,
    /// Leases that ended lately: a heartbeat under way may still name them.
    ended: VecDeque<(LeaseId, Timestamp)>,
}

/// What a list of held leases calls for.
#[derive(Debug, Default)]
pub(crate) struct Beat {
    /// Leases to renew, with the progress to store.
    pub(crate) renew: Vec<(Claim, Option<u8>)>,
    /// Leases that the miner lost: it never got them, or forgot them.
    pub(crate) lost: Vec<(LeaseId, Work)>,
    /// A slot became free.
    pub(crate) freed: bool,
}

impl Paired {
    /// A miner that just declared itself on stream number `stream`.
    pub(crate) fn new(
        said: &Declare,
        stream: u64,
        outbox: Outbox,
        cut: CancellationToken,
        now: Timestamp,
    ) -> Self {
        Self {
            session: said.session,
            offers: said.offers.clone(),
            models: said.models.clone(),
            capacity: said.capacity,
            draining: false,
            ready: false,
            last_seen: now,
            hotkey: None,
            dismissed: None,
            stream,
            outbox,
            cut,
            slots: HashMap::new(),
            foreign: HashSet::new(),
            ended: VecDeque::new(),
        }
    }

    /// Number of the stream it speaks on.
    pub(crate) const fn stream(&self) -> u64 {
        self.stream
    }

    /// Ends the stream it speaks on.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }

    /// Sends it away, and tells it why. It is given no more work.
    pub(crate) fn dismiss(&mut self, why: Status) {
        self.ready = false;
        self.dismissed = Some(why);
        self.cut();
    }

    /// Leases that occupy it.
    pub(crate) fn busy(&self) -> u32 {
        u32::try_from(self.slots.len() + self.foreign.len()).unwrap_or(u32::MAX)
    }

    /// Whether it may be given work at all, if it has room.
    pub(crate) const fn serves(&self) -> bool {
        self.ready && !self.draining && self.capacity > 0
    }

    /// Sends a message. A miner whose outbox is full does not read: its stream is cut, and `false` is returned.
    pub(crate) fn send(&self, message: pb::SchedulerMessage) -> bool {
        let sent = self.outbox.try_send(Ok(message)).is_ok();
        if !sent {
            self.cut();
        }
        sent
    }

    /// Keeps a slot for a lease; `false` when there is none.
    pub(crate) fn reserve(&mut self, lease: LeaseId, work: Work) -> bool {
        let room = self.serves() && self.busy() < self.capacity;
        if room {
            self.slots.insert(lease, Slot::reserved(work));
        }
        room
    }

    /// Sends a lease whose slot was reserved; `false` when it was revoked meanwhile or can't be sent, and the slot is
    /// free again.
    pub(crate) fn hand_over(&mut self, claim: Claim, message: pb::SchedulerMessage, now: Timestamp) -> bool {
        let wanted = self.slots.get(&claim.lease).is_some_and(|s| s.stage == Stage::Reserved);
        if !wanted || !self.send(message) {
            self.slots.remove(&claim.lease);
            return false;
        }
        if let Some(slot) = self.slots.get_mut(&claim.lease) {
            (slot.stage, slot.fence, slot.sent_at) = (Stage::Working, claim.fence, now);
        }
        true
    }

    /// Takes over a lease from before the connection was lost.
    pub(crate) fn adopt(&mut self, lease: LeaseId, slot: Slot) {
        self.slots.insert(lease, slot);
    }

    /// The slot of a lease.
    pub(crate) fn slot(&mut self, lease: LeaseId) -> Option<&mut Slot> {
        self.slots.get_mut(&lease)
    }

    /// A lease occupies the miner no more; its slot, if there was one.
    pub(crate) fn free(&mut self, lease: LeaseId, now: Timestamp) -> Option<Slot> {
        self.foreign.remove(&lease);
        self.ended.push_back((lease, now));
        self.slots.remove(&lease)
    }

    /// Tells the miner to stop working on a lease. The slot stays taken until the miner says that it stopped. A lease
    /// whose answer is being stored is left alone: the answer will be refused.
    pub(crate) fn revoke(&mut self, lease: LeaseId, reason: &str) {
        let Some(slot) = self.slots.get_mut(&lease) else {
            return;
        };
        let tell = slot.stage == Stage::Working;
        if tell || slot.stage == Stage::Reserved {
            slot.stage = Stage::Revoked;
        }
        if tell {
            self.send(message::revoke(lease, reason));
        }
    }

    /// Brings the slots in line with the leases that the miner says it works on. A lease that was sent less than
    /// `grace` ago may not have reached it when it said so. Leases it names that are not its own are revoked.
    pub(crate) fn reconcile(&mut self, held: &[LeaseId], grace: Duration, now: Timestamp) -> Beat {
        self.last_seen = now;
        let held: HashSet<LeaseId> = held.iter().copied().collect();
        let mut beat = Beat::default();
        self.slots.retain(|lease, slot| {
            let named = held.contains(lease);
            let claim = Claim { task: slot.work.task, lease: *lease, fence: slot.fence };
            match slot.stage {
                Stage::Reserved => true,
                Stage::Working if named => {
                    beat.renew.push((claim, slot.beat(now)));
                    true
                }
                // its answer is on the way to the store: it must not lapse there, named or not
                Stage::Settling => {
                    beat.renew.push((claim, slot.beat(now)));
                    true
                }
                Stage::Revoked if named => true,
                Stage::Working | Stage::Revoked if now.since(slot.sent_at) < grace => true,
                stage => {
                    beat.freed = true;
                    if stage == Stage::Working {
                        beat.lost.push((*lease, slot.work.clone()));
                    }
                    false
                }
            }
        });
        while self.ended.front().is_some_and(|(_, at)| now.since(*at) > 2 * grace) {
            self.ended.pop_front();
        }
        let strange = |l: &&LeaseId| !self.slots.contains_key(*l) && !self.ended.iter().any(|(e, _)| e == *l);
        let foreign: HashSet<LeaseId> = held.iter().filter(strange).copied().collect();
        beat.freed |= self.foreign.difference(&foreign).next().is_some();
        for lease in foreign.difference(&self.foreign) {
            self.send(message::revoke(*lease, "the lease was lost: its work goes to another miner"));
        }
        self.foreign = foreign;
        beat
    }
}

#[cfg(test)]
#[path = "../tests/paired.rs"]
mod tests;
