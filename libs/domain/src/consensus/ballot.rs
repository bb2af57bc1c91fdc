//! Votes of validators on one answer.

use crate::{
    MinerId, ValidatorId,
    grade::{Basis, Grade},
};

/// What one validator found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Who.
    pub validator: ValidatorId,
    /// Its stake as the chain has it, never as it says.
    pub stake: u64,
    /// What it found.
    pub grade: Grade,
    /// What it compared with.
    pub basis: Basis,
}

/// Why a vote does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoVote {
    /// Its first vote stands.
    #[error("validator {0} has voted on this answer")]
    Twice(ValidatorId),
    /// Without stake there is no weight, and any number of such validators would make a quorum.
    #[error("validator {0} has no stake")]
    NoStake(ValidatorId),
    /// Nobody grades himself.
    #[error("validator {0} made this answer itself")]
    Own(ValidatorId),
}

/// The votes on one answer; each validator (by its hotkey) has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Ballot(Vec<Vote>);

impl Ballot {
    /// Adds the vote of a validator on an answer of `miner`.
    ///
    /// # Errors
    /// [`NoVote`]; the ballot is then unchanged.
    pub fn cast(&mut self, vote: Vote, miner: &MinerId) -> Result<(), NoVote> {
        if self.0.iter().any(|v| v.validator == vote.validator) {
            return Err(NoVote::Twice(vote.validator));
        }
        if vote.stake == 0 {
            return Err(NoVote::NoStake(vote.validator));
        }
        if vote.validator.as_str() == miner.as_str() {
            return Err(NoVote::Own(vote.validator));
        }
        self.0.push(vote);
        Ok(())
    }

    /// The votes, in the order in which they were cast.
    #[must_use]
    pub fn votes(&self) -> &[Vote] {
        &self.0
    }
}
