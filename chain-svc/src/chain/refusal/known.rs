//! What the chain's refusals mean, and what to do about each.

use domain::ErrorKind::{self, Conflict, Forbidden, Internal, Invalid, NotFound, RateLimited, Unavailable};

/// Name, meaning, what to do.
pub(super) const KNOWN: &[(&str, ErrorKind, &str)] = &[
    // weights
    (
        "SettingWeightsTooFast",
        RateLimited,
        "weights were set a short while ago; wait for the rate limit to pass",
    ),
    (
        "CommittingWeightsTooFast",
        RateLimited,
        "weights were committed a short while ago; wait for the rate limit to pass",
    ),
    (
        "TooManyUnrevealedCommits",
        RateLimited,
        "too many commits of this hotkey wait to be revealed; wait for the next epoch",
    ),
    (
        "HotKeyNotRegisteredInSubNet",
        Forbidden,
        "the hotkey is not registered on this subnet; register it with `violet wallet register`",
    ),
    (
        "HotKeyNotRegisteredInNetwork",
        Forbidden,
        "the hotkey is not registered on this subnet; register it with `violet wallet register`",
    ),
    (
        "HotKeyAccountNotExists",
        Forbidden,
        "the chain does not know the hotkey; register it with `violet wallet register`",
    ),
    (
        "NotEnoughStakeToSetWeights",
        Forbidden,
        "the hotkey has less stake than the subnet asks of validators; add stake with btcli",
    ),
    (
        "NeuronNoValidatorPermit",
        Forbidden,
        "the hotkey has no validator permit; it needs to be among the top stakes at the next epoch",
    ),
    (
        "IncorrectWeightVersionKey",
        Conflict,
        "the subnet asks for a newer version of validators; update this program",
    ),
    (
        "CommitRevealEnabled",
        Conflict,
        "the subnet takes weights only by commit and reveal; they will be committed at the next try",
    ),
    (
        "CommitRevealDisabled",
        Conflict,
        "the subnet takes weights only in the open; they will be set openly at the next try",
    ),
    ("IncorrectCommitRevealVersion", Conflict, "the chain wants another form of commit; update this program"),
    (
        "InvalidRevealRound",
        Conflict,
        "the round for the reveal has passed already; check this machine's clock and try again",
    ),
    ("DuplicateUids", Invalid, "a neuron was named twice in the weights"),
    (
        "UidVecContainInvalidOne",
        Invalid,
        "the weights name a neuron that the subnet does not have; read the subnet again",
    ),
    (
        "UidsLengthExceedUidsInSubNet",
        Invalid,
        "the weights name more neurons than the subnet has; read the subnet again",
    ),
    ("WeightVecNotEqualSize", Invalid, "the lists of neurons and of weights are not of one length"),
    (
        "WeightVecLengthIsLow",
        Invalid,
        "the subnet asks for weights on more neurons; give weight to more of them",
    ),
    (
        "MaxWeightExceeded",
        Invalid,
        "one neuron has a larger share than the subnet allows; spread the weights",
    ),
    ("CanNotSetRootNetworkWeights", Invalid, "subnet 0 takes no weights; check --netuid"),
    ("MechanismDoesNotExist", NotFound, "the subnet has no such mechanism"),
    // axons
    (
        "ServingRateLimitExceeded",
        RateLimited,
        "the axon was announced a short while ago; wait for the rate limit to pass",
    ),
    ("InvalidIpAddress", Invalid, "the chain takes only public addresses; check --axon.external_ip"),
    (
        "InvalidIpType",
        Invalid,
        "the address is neither of version 4 nor of version 6; check --axon.external_ip",
    ),
    ("InvalidPort", Invalid, "port 0 can't be announced; check --axon.external_port"),
    // registering
    ("SubnetNotExists", NotFound, "there is no such subnet; check --netuid and --subtensor.network"),
    ("SubNetRegistrationDisabled", Conflict, "the subnet takes no registrations now; ask its owner"),
    (
        "RegistrationNotPermittedOnRootSubnet",
        Invalid,
        "hotkeys can't be registered on subnet 0; check --netuid",
    ),
    (
        "HotKeyAlreadyRegisteredInSubNet",
        Conflict,
        "the hotkey is registered on this subnet already; nothing needs to be done",
    ),
    (
        "NonAssociatedColdKey",
        Forbidden,
        "the hotkey belongs to another coldkey; use that one, or another hotkey",
    ),
    (
        "NotEnoughBalanceToStake",
        Conflict,
        "the coldkey has too little TAO for the price and the fee; add some",
    ),
    ("NotEnoughBalance", Conflict, "the account has too little TAO; add some"),
    ("NoNeuronIdAvailable", Conflict, "the subnet is full and everybody is immune; try again later"),
    (
        "TooManyRegistrationsThisBlock",
        RateLimited,
        "others registered in the same block; try again in the next one",
    ),
    (
        "TooManyRegistrationsThisInterval",
        RateLimited,
        "too many registered a short while ago; try again later",
    ),
    (
        "RegistrationPriceLimitExceeded",
        Conflict,
        "the price rose above your limit; look at the price and decide on a new limit",
    ),
    ("SubtokenDisabled", Conflict, "the subnet has not been started yet; ask its owner"),
    (
        "BalanceWithdrawalError",
        Conflict,
        "the price could not be taken from the coldkey; look at its balance and locks",
    ),
    ("ZeroBalanceAfterWithdrawn", Conflict, "the coldkey would be left with nothing; add some TAO"),
    ("InsufficientTaoBalance", Conflict, "the coldkey has too little TAO; add some"),
    (
        "InsufficientLiquidity",
        Conflict,
        "the subnet's pool is too small for this at the moment; try again later",
    ),
    ("SlippageTooHigh", Conflict, "the price moved too far while the transaction was under way; try again"),
    (
        "ColdkeySwapAnnounced",
        Forbidden,
        "a swap of this coldkey is under way; finish or withdraw it with btcli",
    ),
    (
        "ColdkeySwapDisputed",
        Forbidden,
        "a swap of this coldkey is disputed; it can do nothing until that is settled",
    ),
    (
        "ColdkeyCollateralPositionsFull",
        Conflict,
        "this coldkey holds as many hotkeys with collateral as it may; use another coldkey",
    ),
    ("CannotUseSystemAccount", Invalid, "the account belongs to the chain itself; use one of your own"),
    ("AmountTooLow", Invalid, "the amount is below what the chain takes"),
    (
        "WaitingForDissolvedSubnetCleanup",
        Unavailable,
        "the subnet is being taken down; wait, or check --netuid",
    ),
    ("TransactorAccountShouldBeHotKey", Forbidden, "the hotkey must sign this; check --wallet.hotkey"),
    (
        "TxRateLimitExceeded",
        RateLimited,
        "this key sent such a transaction a short while ago; wait for the rate limit to pass",
    ),
    (
        "StakingRateLimitExceeded",
        RateLimited,
        "this key staked a short while ago; wait for the rate limit to pass",
    ),
    (
        "CallDisabled",
        Conflict,
        "the chain has turned this call off; look for a newer version of this program",
    ),
    ("Deprecated", Conflict, "the chain has retired this call; update this program"),
    ("DisabledTemporarily", Unavailable, "the chain has turned this off for a while; try again later"),
    // what any transaction may meet
    ("InsufficientBalance", Conflict, "the account can't pay the fee; send it some TAO"),
    ("Payment", Conflict, "the account can't pay the fee; send it some TAO"),
    ("FundsUnavailable", Conflict, "the account has too little TAO; add some"),
    (
        "BadProof",
        Internal,
        "the chain did not accept the signature; the rules may have just changed, try again",
    ),
    ("AncientBirthBlock", Unavailable, "the transaction came too late; it is made anew at the next try"),
    ("ExhaustsResources", Unavailable, "the block was full; try again"),
    ("BadOrigin", Forbidden, "the chain does not let this key do that"),
];
