//! The checks of the chain on a weight set, in its order. We run them before anything is signed; the chain decides.
//!
//! Source: the public subtensor source around spec 425, in our words.

use std::collections::BTreeSet;

use super::{FULL, Refusal};

/// The only form of commit that we write.
const COMMIT_VERSION: u16 = 4;
/// Commits of one hotkey that may wait in one epoch.
pub(crate) const MOST_COMMITS: usize = 10;

/// What a subnet demands, all read at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Which subnet.
    pub netuid: u16,
    /// Which mechanism of it; 0 is the main one.
    pub mecid: u8,
    /// How many mechanisms it has.
    pub mechanisms: u8,
    /// The block that all this was read at. A transaction goes into a later one.
    pub head: u64,
    /// How many neurons it has.
    pub neurons: u16,
    /// `CommitRevealWeightsEnabled`.
    pub commit_reveal: bool,
    /// `StakeThreshold`, in rao.
    pub stake_threshold: u64,
    /// `WeightsVersionKey`.
    pub version_key: u64,
    /// `WeightsSetRateLimit`, in blocks.
    pub rate_limit: u64,
    /// `MinAllowedWeights`.
    pub min_allowed: u16,
    /// `MaxWeightsLimit`, in parts of 65535.
    pub max_weight: u16,
}

/// What the subnet knows of the hotkey that signs, read at the same block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setter {
    /// Its place; none when it is not registered.
    pub uid: Option<u16>,
    /// Alpha and weighted root TAO, children included, in rao.
    pub stake: u64,
    /// Whether it holds a validator permit.
    pub permit: bool,
    /// Whether it is the hotkey of the subnet's owner.
    pub owner: bool,
    /// The block of its last weights or of its registration; 0 for none.
    pub last_update: u64,
}

/// What the chain knows of timelocked commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// `CommitRevealWeightsVersion`.
    pub version: u16,
    /// Own commits of this epoch that wait to be revealed.
    pub waiting: usize,
}

/// Whether `set_weights` in the block after [`Rules::head`] would be taken, but for steps that only the chain can take.
///
/// # Errors
/// The first refusal, in the chain's order.
pub fn check(
    rules: &Rules,
    setter: &Setter,
    uids: &[u16],
    values: &[u16],
    version_key: u64,
) -> Result<(), Refusal> {
    if rules.commit_reveal {
        return Err(Refusal::CommitRevealEnabled);
    }
    vectors(rules, uids, values)?;
    let uid = entitled(rules, setter, version_key)?;
    if let Some(until) = too_fast(rules, setter) {
        return Err(Refusal::SettingWeightsTooFast { until });
    }
    contents(rules, setter, uid, uids, values)
}

/// Whether `commit_timelocked_weights` in the block after [`Rules::head`] would be taken, and the weights at their
/// reveal.
///
/// # Errors
/// The first refusal of the commit, in the chain's order; then the first of the weights in it.
pub fn check_commit(
    rules: &Rules,
    setter: &Setter,
    commit: &Commit,
    uids: &[u16],
    values: &[u16],
    version_key: u64,
) -> Result<(), Refusal> {
    if !rules.commit_reveal {
        return Err(Refusal::CommitRevealDisabled);
    }
    if commit.version != COMMIT_VERSION {
        return Err(Refusal::IncorrectCommitRevealVersion { wanted: commit.version });
    }
    setter.uid.ok_or(Refusal::HotKeyNotRegisteredInSubNet)?;
    if let Some(until) = too_fast(rules, setter) {
        return Err(Refusal::CommittingWeightsTooFast { until });
    }
    if commit.waiting >= MOST_COMMITS {
        return Err(Refusal::TooManyUnrevealedCommits);
    }
    vectors(rules, uids, values)?;
    let uid = entitled(rules, setter, version_key)?;
    contents(rules, setter, uid, uids, values)
}

// steps 1 and 2
fn vectors(rules: &Rules, uids: &[u16], values: &[u16]) -> Result<(), Refusal> {
    if rules.netuid == 0 {
        return Err(Refusal::CanNotSetRootNetworkWeights);
    }
    if uids.len() != values.len() {
        return Err(Refusal::WeightVecNotEqualSize);
    }
    if rules.mecid >= rules.mechanisms {
        return Err(Refusal::MechanismDoesNotExist);
    }
    if uids.len() > usize::from(rules.neurons) {
        return Err(Refusal::UidsLengthExceedUidsInSubNet);
    }
    Ok(())
}

// steps 3 to 5
fn entitled(rules: &Rules, setter: &Setter, version_key: u64) -> Result<u16, Refusal> {
    let uid = setter.uid.ok_or(Refusal::HotKeyNotRegisteredInSubNet)?;
    if setter.stake < rules.stake_threshold && !setter.owner {
        return Err(Refusal::NotEnoughStakeToSetWeights { need: rules.stake_threshold, have: setter.stake });
    }
    if version_key < rules.version_key {
        return Err(Refusal::IncorrectWeightVersionKey { need: rules.version_key });
    }
    Ok(uid)
}

// step 6: the first block at which it may set again, if the next one is too early
fn too_fast(rules: &Rules, setter: &Setter) -> Option<u64> {
    let until = crate::epoch::next_weight_block(rules.head, setter.last_update, rules.rate_limit);
    (until > rules.head.saturating_add(1)).then_some(until)
}

// steps 7 to 9 and 11
fn contents(rules: &Rules, setter: &Setter, uid: u16, uids: &[u16], values: &[u16]) -> Result<(), Refusal> {
    let alone = uids == [uid];
    if !setter.permit && !alone && !setter.owner {
        return Err(Refusal::NeuronNoValidatorPermit);
    }
    if uids.iter().collect::<BTreeSet<_>>().len() != uids.len() {
        return Err(Refusal::DuplicateUids);
    }
    if let Some(uid) = uids.iter().find(|uid| **uid >= rules.neurons) {
        return Err(Refusal::UidVecContainInvalidOne { uid: *uid });
    }
    let need = rules.min_allowed.min(rules.neurons);
    if uids.len() < usize::from(need) && !alone {
        return Err(Refusal::WeightVecLengthIsLow { need, have: uids.len() });
    }
    if !alone && over_limit(rules.max_weight, values) {
        return Err(Refusal::MaxWeightExceeded { limit: rules.max_weight });
    }
    Ok(())
}

/// Step 11, after the scaling of step 10: whether the largest share of `values` exceeds `limit` parts of 65535.
pub(super) fn over_limit(limit: u16, values: &[u16]) -> bool {
    let full = u64::from(FULL);
    let top = values.iter().copied().max().map_or(0, u64::from);
    if top == 0 {
        return false;
    }
    // the chain scales first, rounding half away from zero
    let sum: u64 = values.iter().map(|v| (2 * u64::from(*v) * full + top) / (2 * top)).sum();
    full * full > u64::from(limit) * sum
}
