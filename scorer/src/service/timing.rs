//! When a round ends. Pure.

use super::chain::Subnet;

/// Lengths of rounds, in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Blocks of a round.
    pub(crate) blocks: u64,
    /// Blocks before the end of an epoch.
    pub(crate) before_epoch: u64,
}

impl Pace {
    /// Whether a round ends at the block of `subnet` when the last one ended at `last`: so many blocks are over, or the epoch
    /// is about to end and none has ended for its end. A chain that is behind the last round (it was set back, or it is
    /// another) ends none.
    #[must_use]
    pub(crate) fn is_over(&self, last: Option<u64>, subnet: &Subnet) -> bool {
        let Some(last) = last else { return true };
        if subnet.block <= last {
            return false;
        }
        let about_to_end = |next: u64| {
            let begins = next.saturating_sub(self.before_epoch);
            subnet.block >= begins && last < begins
        };
        subnet.block - last >= self.blocks || subnet.epoch.is_some_and(about_to_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(last: Option<u64>, block: u64, epoch: Option<u64>) -> bool {
        let subnet = Subnet {
            block,
            stale: None,
            genesis: String::new(),
            netuid: 1,
            hotkey: "v".parse().unwrap(),
            uid: None,
            owner: None,
            epoch,
            next_weights: 0,
            weights_version: 0,
            seats: vec![],
        };
        Pace { blocks: 100, before_epoch: 10 }.is_over(last, &subnet)
    }

    #[test]
    fn a_round_ends_after_its_blocks_and_once_before_every_epoch() {
        assert!(over(None, 5, None), "the first begins with the validator");
        assert!(!over(Some(0), 99, None) && over(Some(0), 100, None));
        assert!(!over(Some(300), 349, Some(360)) && over(Some(300), 350, Some(360)));
        assert!(!over(Some(350), 355, Some(360)), "once");
        assert!(over(Some(350), 711, Some(721)), "and before the next");
        assert!(!over(Some(500), 400, None), "a chain that was set back");
    }
}
