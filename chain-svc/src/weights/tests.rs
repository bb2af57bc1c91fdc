//! Weights against the official SDK, and the chain's refusals one by one.

mod noise;
mod official;
mod refusals;
mod shares;

use super::{Rules, Setter};

/// A subnet that refuses nothing to [`validator`].
pub(super) fn rules() -> Rules {
    Rules {
        netuid: 49,
        mecid: 0,
        mechanisms: 1,
        head: 10_000,
        neurons: 256,
        commit_reveal: false,
        stake_threshold: 1_000,
        version_key: 7,
        rate_limit: 100,
        min_allowed: 1,
        max_weight: u16::MAX,
    }
}

/// A validator that may do everything.
pub(super) fn validator() -> Setter {
    Setter { uid: Some(3), stake: 1_000, permit: true, owner: false, last_update: 9_000 }
}
