//! Hyperparameters of a subnet.

use crate::state::{StateError, View};
use crate::value::{Value, num, some, unit};

/// Fields of the answer that are storage items of the subnet under another name.
pub(super) const ITEMS: &[(&str, &str)] = &[
    ("rho", "Rho"),
    ("kappa", "Kappa"),
    ("immunity_period", "ImmunityPeriod"),
    ("min_allowed_weights", "MinAllowedWeights"),
    ("max_weights_limit", "MaxWeightsLimit"),
    ("tempo", "Tempo"),
    ("min_difficulty", "MinDifficulty"),
    ("max_difficulty", "MaxDifficulty"),
    ("weights_version", "WeightsVersionKey"),
    ("weights_rate_limit", "WeightsSetRateLimit"),
    ("adjustment_interval", "AdjustmentInterval"),
    ("registration_allowed", "NetworkRegistrationAllowed"),
    ("target_regs_per_interval", "TargetRegistrationsPerInterval"),
    ("min_burn", "MinBurn"),
    ("max_burn", "MaxBurn"),
    ("bonds_moving_avg", "BondsMovingAverage"),
    ("max_regs_per_block", "MaxRegistrationsPerBlock"),
    ("serving_rate_limit", "ServingRateLimit"),
    ("max_validators", "MaxAllowedValidators"),
    ("adjustment_alpha", "AdjustmentAlpha"),
    ("difficulty", "Difficulty"),
    ("commit_reveal_period", "RevealPeriodEpochs"),
    ("commit_reveal_weights_enabled", "CommitRevealWeightsEnabled"),
    ("liquid_alpha_enabled", "LiquidAlphaOn"),
];

/// The fields that `ITEMS` names, and the three that are worked out.
pub(super) fn fields(v: &View<'_>, net: u16) -> Result<Vec<(&'static str, Value)>, StateError> {
    let mut fields = vec![];
    for (name, item) in ITEMS {
        fields.push((*name, v.value(item, vec![num(net)])?));
    }
    let (low, high): (u16, u16) = v.of("AlphaValues", net)?;
    fields.extend([
        ("alpha_low", num(low)),
        ("alpha_high", num(high)),
        ("activity_cutoff", num(cutoff(v, net)?)),
    ]);
    Ok(fields)
}

/// Blocks after which a silent neuron counts as inactive: so many thousandths of the tempo, at least the minimum. The
/// recorded net answered 1388 for a tempo of 100 and a factor of 13889, where its own minimum would have said 360.
fn cutoff(v: &View<'_>, net: u16) -> Result<u64, StateError> {
    let factor = u64::from(v.of::<u32>("ActivityCutoffFactorMilli", net)?);
    Ok(factor * u64::from(v.of::<u16>("Tempo", net)?) / 1000)
}

/// `get_subnet_hyperparams`: none for a subnet that is not there.
pub(super) fn hyperparams(v: &View<'_>, net: u16) -> Result<Value, StateError> {
    if !v.of::<bool>("NetworksAdded", net)? {
        return Ok(unit("None"));
    }
    Ok(some(Value::named_composite(fields(v, net)?)))
}
