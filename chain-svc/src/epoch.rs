//! Epochs: when the next one runs, when weights may be set again, and when a timelocked commit opens. Pure.
//!
//! An epoch is due at a block by the state of the subnet, not by a formula over its number: the owner may ask for one,
//! and the tempo may change. Source: the public subtensor source around spec 425, in our words; rounds are compared
//! with bittensor-core 0.1.5 (`oracles/epoch.py`).

/// Time of round 0 of the drand quicknet beacon, milliseconds since the Unix epoch.
const BEACON_START_MS: u64 = 1_692_803_367_000;
/// Time between two rounds, milliseconds.
const BEACON_PERIOD_MS: u64 = 3_000;
/// Once the counter of blocks since an epoch exceeds this, one runs whatever the tempo.
const LONGEST_WAIT: u64 = 50_400;
/// Blocks that a commit stays closed beyond its epoch, so that the beacon's round is on the chain by then.
const SAFETY_BLOCKS: u64 = 3;

/// The state of a subnet that decides its epochs, all read at block `head`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The block this was read at.
    pub head: u64,
    /// `Tempo`: blocks between two epochs; 0 means none run.
    pub tempo: u16,
    /// `LastEpochBlock`.
    pub last: u64,
    /// `PendingEpochAt`: an epoch that the owner asked for; 0 for none.
    pub pending: u64,
    /// `SubnetEpochIndex`.
    pub index: u64,
    /// `BlocksSinceLastStep`.
    pub since: u64,
}

/// When a timelocked commit that goes into the next block opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reveal {
    /// The block in whose epoch the chain opens it.
    pub block: u64,
    /// The round of the beacon that it is locked to.
    pub round: u64,
}

/// Why there is no such block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEpoch {
    /// Tempo 0.
    #[error("the subnet runs no epochs: its tempo is 0")]
    Never,
    /// Numbers that no chain has.
    #[error("the epochs of the subnet lie beyond all blocks")]
    TooFar,
}

impl Schedule {
    /// The first block after `head` in which an epoch runs.
    ///
    /// # Errors
    /// When none ever does.
    pub fn next_epoch(&self) -> Result<u64, NoEpoch> {
        if self.tempo == 0 {
            return Err(NoEpoch::Never);
        }
        let next = self.head.checked_add(1).ok_or(NoEpoch::TooFar)?;
        let by_wait = next.saturating_add(LONGEST_WAIT.saturating_sub(self.since));
        Ok(self.by_tempo().min(self.asked()).min(by_wait).max(next))
    }

    /// When a commit that goes into block `head + 1` opens, on a subnet that reveals `period` epochs after the commit.
    /// `now_ms` is the time at `head`, milliseconds since the Unix epoch; `block_ms` is the time between two blocks.
    ///
    /// # Errors
    /// When no epoch ever runs, or beyond all blocks.
    pub fn reveal(&self, period: u64, now_ms: u64, block_ms: u64) -> Result<Reveal, NoEpoch> {
        let block = self.reveal_block(period)?;
        let wait = (block - self.head).checked_add(SAFETY_BLOCKS).and_then(|b| b.checked_mul(block_ms));
        let at = wait.and_then(|ms| ms.checked_add(now_ms)).ok_or(NoEpoch::TooFar)?;
        Ok(Reveal { block, round: at.saturating_sub(BEACON_START_MS) / BEACON_PERIOD_MS })
    }

    // The chain opens commits at the start of a block, when it counts an epoch that it foresees for this block. It
    // foresees those of the tempo and those asked for; one for the longest wait only from the block after it is due,
    // since the counter grows in between.
    fn reveal_block(&self, period: u64) -> Result<u64, NoEpoch> {
        let first = self.next_epoch()?;
        let next = self.head.saturating_add(1);
        // an epoch foreseen for the commit's own block counts as the commit's
        let epochs = u64::from(self.foreseen(next)).checked_add(period).ok_or(NoEpoch::TooFar)?;
        match epochs {
            0 => Ok(next),
            1 => first.checked_add(u64::from(!self.foreseen(first))).ok_or(NoEpoch::TooFar),
            _ => {
                // after an epoch the state is fresh: only the tempo and the longest wait are left
                let tempo = u64::from(self.tempo);
                let apart = tempo.min(LONGEST_WAIT + 1);
                let more = (epochs - 1).checked_mul(apart).and_then(|b| b.checked_add(first));
                more.and_then(|b| b.checked_add(u64::from(tempo > apart))).ok_or(NoEpoch::TooFar)
            }
        }
    }

    // whether the chain counts on an epoch at the start of `block`, if none ran since `head`
    fn foreseen(&self, block: u64) -> bool {
        let since = self.since.saturating_add(block.saturating_sub(self.head.saturating_add(1)));
        block >= self.asked() || since > LONGEST_WAIT || block >= self.by_tempo()
    }

    fn by_tempo(&self) -> u64 {
        self.last.saturating_add(u64::from(self.tempo))
    }

    fn asked(&self) -> u64 {
        if self.pending > 0 { self.pending } else { u64::MAX }
    }
}

/// The first block after `head` that takes weights of a neuron whose last were at `last_update` (0: never), on a
/// subnet with this rate limit. Registering counts as an update, so a newcomer waits too.
#[must_use]
pub const fn next_weight_block(head: u64, last_update: u64, rate_limit: u64) -> u64 {
    let next = head.saturating_add(1);
    let free = last_update.saturating_add(rate_limit);
    if last_update == 0 || free < next { next } else { free }
}

#[cfg(test)]
mod tests;
