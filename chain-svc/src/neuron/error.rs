//! Why something of this neuron was not done.

use domain::ErrorKind;

use crate::{
    chain::{ChainError, Refusal},
    epoch::NoEpoch,
    submit::SubmitError,
    timelock::NotSealed,
    weights::{self, BadWeights, NotSent},
};

/// Why something of this neuron was not done.
#[derive(Debug, thiserror::Error)]
pub enum NeuronError {
    /// The weights are no weights.
    #[error(transparent)]
    Weights(#[from] BadWeights),
    /// They could not be sealed.
    #[error(transparent)]
    Seal(#[from] NotSealed),
    /// The chain never opens what would be sealed.
    #[error("the weights can't be sealed: {0}")]
    Epoch(#[from] NoEpoch),
    /// It was not sent, or refused, or nobody knows.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl NeuronError {
    /// What it means for a caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Weights(_) => ErrorKind::Invalid,
            Self::Seal(_) => ErrorKind::Internal,
            Self::Epoch(_) => ErrorKind::Conflict,
            Self::Submit(e) => e.kind(),
        }
    }
}

impl From<ChainError> for NeuronError {
    fn from(e: ChainError) -> Self {
        Self::Submit(e.into())
    }
}

impl From<Refusal> for NeuronError {
    fn from(refusal: Refusal) -> Self {
        Self::Submit(SubmitError::Refused(refusal))
    }
}

impl From<weights::Refusal> for NeuronError {
    fn from(refusal: weights::Refusal) -> Self {
        Refusal::from(refusal).into()
    }
}

impl From<NotSent> for NeuronError {
    fn from(e: NotSent) -> Self {
        match e {
            NotSent::Bad(bad) => bad.into(),
            NotSent::Refused(refusal) => refusal.into(),
        }
    }
}
