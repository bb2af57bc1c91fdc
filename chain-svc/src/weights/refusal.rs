//! Refusals of weights, by the chain's own names.

use domain::ErrorKind;

/// Why the chain would not take weights. Prints a sentence that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Plain weights on a subnet of commit-reveal.
    #[error("the subnet takes weights by commit-reveal only: commit them")]
    CommitRevealEnabled,
    /// A commit on a subnet of plain weights.
    #[error("the subnet takes plain weights only: set them without a commit")]
    CommitRevealDisabled,
    /// A form of commit that we do not write.
    #[error("this chain wants commit-reveal version {wanted}, and this release writes version 4: update it")]
    IncorrectCommitRevealVersion {
        /// What the chain wants.
        wanted: u16,
    },
    /// Weights on the root network.
    #[error("the root network takes no weights: choose another netuid")]
    CanNotSetRootNetworkWeights,
    /// A fault of the caller.
    #[error("there are not as many weights as uids")]
    WeightVecNotEqualSize,
    /// A mechanism that the subnet does not have.
    #[error("the subnet has no such mechanism: check mecid")]
    MechanismDoesNotExist,
    /// More uids than neurons.
    #[error("there are more uids than neurons on the subnet: read the metagraph again")]
    UidsLengthExceedUidsInSubNet,
    /// No uid.
    #[error("the hotkey is not registered on this subnet: register it first")]
    HotKeyNotRegisteredInSubNet,
    /// Too little stake.
    #[error("the hotkey needs a stake of {need} rao and has {have}: add stake")]
    NotEnoughStakeToSetWeights {
        /// `StakeThreshold`, rao.
        need: u64,
        /// Its own, rao.
        have: u64,
    },
    /// The subnet asks for a newer validator.
    #[error("the subnet asks for weights of version {need} or newer: update this release")]
    IncorrectWeightVersionKey {
        /// `WeightsVersionKey`.
        need: u64,
    },
    /// The rate limit of plain weights.
    #[error("weights were set a short while ago: wait for block {until}")]
    SettingWeightsTooFast {
        /// The first block that takes them.
        until: u64,
    },
    /// The rate limit of commits.
    #[error("weights were committed a short while ago: wait for block {until}")]
    CommittingWeightsTooFast {
        /// The first block that takes them.
        until: u64,
    },
    /// Ten commits wait.
    #[error("ten commits of this hotkey wait to be revealed: wait for the next epoch")]
    TooManyUnrevealedCommits,
    /// No permit.
    #[error("the hotkey holds no validator permit: it needs more stake than others, and an epoch to pass")]
    NeuronNoValidatorPermit,
    /// A fault of the caller.
    #[error("a uid is there twice")]
    DuplicateUids,
    /// A uid that nobody has.
    #[error("uid {uid} is not on the subnet: read the metagraph again")]
    UidVecContainInvalidOne {
        /// The uid.
        uid: u16,
    },
    /// Too few weights.
    #[error("the subnet wants weights for at least {need} neurons, and {have} are above zero")]
    WeightVecLengthIsLow {
        /// How many it wants.
        need: u16,
        /// How many there are.
        have: usize,
    },
    /// One neuron has too much.
    #[error("a neuron has more than {limit}/65535 of all weight: give weight to more neurons")]
    MaxWeightExceeded {
        /// `MaxWeightsLimit`.
        limit: u16,
    },
}

impl Refusal {
    /// The name that the chain's metadata gives it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CommitRevealEnabled => "CommitRevealEnabled",
            Self::CommitRevealDisabled => "CommitRevealDisabled",
            Self::IncorrectCommitRevealVersion { .. } => "IncorrectCommitRevealVersion",
            Self::CanNotSetRootNetworkWeights => "CanNotSetRootNetworkWeights",
            Self::WeightVecNotEqualSize => "WeightVecNotEqualSize",
            Self::MechanismDoesNotExist => "MechanismDoesNotExist",
            Self::UidsLengthExceedUidsInSubNet => "UidsLengthExceedUidsInSubNet",
            Self::HotKeyNotRegisteredInSubNet => "HotKeyNotRegisteredInSubNet",
            Self::NotEnoughStakeToSetWeights { .. } => "NotEnoughStakeToSetWeights",
            Self::IncorrectWeightVersionKey { .. } => "IncorrectWeightVersionKey",
            Self::SettingWeightsTooFast { .. } => "SettingWeightsTooFast",
            Self::CommittingWeightsTooFast { .. } => "CommittingWeightsTooFast",
            Self::TooManyUnrevealedCommits => "TooManyUnrevealedCommits",
            Self::NeuronNoValidatorPermit => "NeuronNoValidatorPermit",
            Self::DuplicateUids => "DuplicateUids",
            Self::UidVecContainInvalidOne { .. } => "UidVecContainInvalidOne",
            Self::WeightVecLengthIsLow { .. } => "WeightVecLengthIsLow",
            Self::MaxWeightExceeded { .. } => "MaxWeightExceeded",
        }
    }

    /// What it means to a caller of ours.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::SettingWeightsTooFast { .. }
            | Self::CommittingWeightsTooFast { .. }
            | Self::TooManyUnrevealedCommits => ErrorKind::RateLimited,
            Self::HotKeyNotRegisteredInSubNet
            | Self::NotEnoughStakeToSetWeights { .. }
            | Self::NeuronNoValidatorPermit => ErrorKind::Forbidden,
            Self::CommitRevealEnabled
            | Self::CommitRevealDisabled
            | Self::IncorrectCommitRevealVersion { .. }
            | Self::IncorrectWeightVersionKey { .. } => ErrorKind::Conflict,
            Self::CanNotSetRootNetworkWeights
            | Self::WeightVecNotEqualSize
            | Self::MechanismDoesNotExist
            | Self::UidsLengthExceedUidsInSubNet
            | Self::DuplicateUids
            | Self::UidVecContainInvalidOne { .. }
            | Self::WeightVecLengthIsLow { .. }
            | Self::MaxWeightExceeded { .. } => ErrorKind::Invalid,
        }
    }
}
