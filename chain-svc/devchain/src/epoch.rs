//! What happens at the start of every block: prices move, due commits are opened, epochs fire.

use crate::draft::Draft;
use crate::rules::{Outcome, commit, registration};
use crate::state::{StateError, View};

/// A subnet that has not stepped for longer than this many blocks is due.
const OVERDUE: u64 = 50_400;

/// Where a subnet is in its epoch, in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) tempo: u64,
    /// The block of the last epoch.
    pub(crate) last: u64,
    /// The block at which a triggered epoch fires; 0 for none.
    pub(crate) pending: u64,
    /// Epochs so far.
    pub(crate) index: u64,
    /// Blocks since the last step.
    pub(crate) since: u64,
}

impl Schedule {
    /// The schedule of a subnet.
    pub(crate) fn read(v: &View<'_>, net: u16) -> Result<Schedule, StateError> {
        Ok(Schedule {
            tempo: u64::from(v.of::<u16>("Tempo", net)?),
            last: v.of("LastEpochBlock", net)?,
            pending: v.of("PendingEpochAt", net)?,
            index: v.of("SubnetEpochIndex", net)?,
            since: v.of("BlocksSinceLastStep", net)?,
        })
    }

    /// True where an epoch fires at block `b`.
    pub(crate) fn due(&self, b: u64) -> bool {
        let triggered = self.pending > 0 && b >= self.pending;
        self.tempo != 0 && (triggered || self.since > OVERDUE || b.saturating_sub(self.last) >= self.tempo)
    }

    /// The schedule after block `b`.
    pub(crate) fn step(&self, b: u64) -> Schedule {
        match self.due(b) {
            true => Schedule { index: self.index + 1, last: b, pending: 0, since: 0, ..*self },
            false => Schedule { since: self.since + 1, ..*self },
        }
    }

    /// The first block after `now` at which an epoch fires; none for a subnet without a tempo.
    pub(crate) fn next(&self, now: u64) -> Option<u64> {
        let overdue = now + 1 + (OVERDUE + 1).saturating_sub(self.since);
        let mut first = overdue.min(self.last.saturating_add(self.tempo));
        if self.pending > 0 {
            first = first.min(self.pending);
        }
        (self.tempo != 0).then(|| first.max(now + 1))
    }
}

/// Runs the start of a block for every subnet.
pub(crate) fn begin(x: &mut Draft<'_>) -> Outcome {
    let nets = x.view().netuids();
    for net in nets.iter().copied().filter(|n| *n != 0) {
        registration::decay(x, net)?;
    }
    let now = x.number;
    for net in nets {
        let before = Schedule::read(&x.view(), net)?;
        let after = before.step(now);
        commit::reveal(x, net, after.index)?;
        if after.index != before.index {
            x.set_of("SubnetEpochIndex", net, &after.index)?;
            x.set_of("LastEpochBlock", net, &after.last)?;
            x.set_of("PendingEpochAt", net, &0u64)?;
            x.set_of("LastMechansimStepBlock", net, &now)?; // the chain's own spelling
        }
        x.set_of("BlocksSinceLastStep", net, &after.since)?;
    }
    Ok(())
}
