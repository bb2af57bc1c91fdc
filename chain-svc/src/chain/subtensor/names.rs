//! What this program needs of a node's metadata, by name. Everything that is missing is told at once.

use scale_info::TypeDef;
use subxt::Metadata;

/// The pallet of subnets.
pub(super) const PALLET: &str = "SubtensorModule";

/// Calls without which nothing can be done, with the fields that we fill.
const CALLS: &[(&str, &[&str])] =
    &[("serve_axon", AXON), ("set_weights", WEIGHTS), ("burned_register", BURNED)];
/// Calls that are used where they exist; where they do, with these fields.
const NEWER_CALLS: &[(&str, &[&str])] = &[
    ("set_mechanism_weights", &["netuid", "mecid", "dests", "weights", "version_key"]),
    (
        "commit_timelocked_mechanism_weights",
        &["netuid", "mecid", "commit", "reveal_round", "commit_reveal_version"],
    ),
    ("commit_timelocked_weights", &["netuid", "commit", "reveal_round", "commit_reveal_version"]),
    ("register_limit", &["netuid", "hotkey", "limit_price"]),
];
const AXON: &[&str] =
    &["netuid", "version", "ip", "port", "ip_type", "protocol", "placeholder1", "placeholder2"];
const WEIGHTS: &[&str] = &["netuid", "dests", "weights", "version_key"];
const BURNED: &[&str] = &["netuid", "hotkey"];

/// Storage of the pallet without which a snapshot is not whole.
const STORAGE: &[&str] = &[
    "ActivityCutoff",
    "Burn",
    "CommitRevealWeightsEnabled",
    "ImmunityPeriod",
    "MaxAllowedUids",
    "MaxAllowedValidators",
    "MaxBurn",
    "MaxWeightsLimit",
    "MinAllowedWeights",
    "MinBurn",
    "NetworkRegistrationAllowed",
    "NetworksAdded",
    "ServingRateLimit",
    "StakeThreshold",
    "SubnetworkN",
    "Tempo",
    "Uids",
    "Weights",
    "WeightsSetRateLimit",
    "WeightsVersionKey",
];
/// Storage that is read where it exists.
const NEWER_STORAGE: &[&str] = &[
    "BlocksSinceLastStep",
    "CommitRevealWeightsVersion",
    "LastEpochBlock",
    "MechanismCountCurrent",
    "PendingEpochAt",
    "RevealPeriodEpochs",
    "SubnetEpochIndex",
    "SubnetOwnerHotkey",
];
/// Storage from which neurons are put together where the runtime has no metagraph.
const NEURONS: &[&str] = &[
    "Active",
    "Axons",
    "BlockAtRegistration",
    "Consensus",
    "Dividends",
    "Emission",
    "Incentive",
    "Keys",
    "LastUpdate",
    "Owner",
    "ValidatorPermit",
];
/// Fields of the metagraph that we read.
const METAGRAPH: &[&str] = &[
    "active",
    "alpha_stake",
    "axons",
    "block_at_registration",
    "coldkeys",
    "consensus",
    "dividends",
    "emission",
    "hotkeys",
    "incentives",
    "last_update",
    "tao_stake",
    "total_stake",
    "validator_permit",
];

/// Everything that is needed and missing, such as `call SubtensorModule.serve_axon(port)`.
pub(super) fn missing(metadata: &Metadata) -> Vec<String> {
    let mut missing = Vec::new();
    for (call, fields) in CALLS {
        missing.extend(lacking_call(metadata, call, fields));
    }
    for (call, fields) in NEWER_CALLS.iter().filter(|(call, _)| has_call(metadata, call)) {
        missing.extend(lacking_call(metadata, call, fields));
    }
    let entries = STORAGE.iter().map(|item| (PALLET, *item));
    for (pallet, item) in entries.chain([("System", "Account"), ("System", "Events")]) {
        missing.extend((!has_storage(metadata, pallet, item)).then(|| format!("storage {pallet}.{item}")));
    }
    for event in ["ExtrinsicSuccess", "ExtrinsicFailed"] {
        let system = metadata.pallet_by_name("System").and_then(|p| p.event_variants());
        let has = system.is_some_and(|all| all.iter().any(|v| v.name == event));
        missing.extend((!has).then(|| format!("event System.{event}")));
    }
    let slot = metadata.pallet_by_name("Aura").and_then(|p| p.constant_by_name("SlotDuration"));
    missing.extend(slot.is_none().then(|| "constant Aura.SlotDuration".to_owned()));
    missing.extend(lacking_neurons(metadata));
    if !metadata.extrinsic().supported_versions().contains(&4) {
        missing.push("transactions of version 4".to_owned());
    }
    missing
}

/// Everything of use that is missing and worked around.
pub(super) fn lacking(metadata: &Metadata) -> Vec<String> {
    let calls = NEWER_CALLS.iter().filter(|(call, _)| !has_call(metadata, call));
    let calls = calls.map(|(call, _)| format!("call {PALLET}.{call}"));
    let items = NEWER_STORAGE.iter().filter(|item| !has_storage(metadata, PALLET, item));
    let items = items.map(|item| format!("storage {PALLET}.{item}"));
    let metagraph =
        (!has_metagraph(metadata)).then(|| "runtime call SubnetInfoRuntimeApi.get_metagraph".to_owned());
    calls.chain(items).chain(metagraph).collect()
}

pub(super) fn has_call(metadata: &Metadata, call: &str) -> bool {
    metadata.pallet_by_name(PALLET).is_some_and(|p| p.call_variant_by_name(call).is_some())
}

pub(super) fn has_storage(metadata: &Metadata, pallet: &str, item: &str) -> bool {
    let storage = metadata.pallet_by_name(pallet).and_then(|p| p.storage());
    storage.is_some_and(|s| s.entry_by_name(item).is_some())
}

pub(super) fn has_api(metadata: &Metadata, api: &str, method: &str) -> bool {
    metadata.runtime_api_trait_by_name(api).is_some_and(|a| a.method_by_name(method).is_some())
}

pub(super) fn has_metagraph(metadata: &Metadata) -> bool {
    has_api(metadata, "SubnetInfoRuntimeApi", "get_metagraph")
}

fn lacking_call(metadata: &Metadata, call: &str, fields: &[&str]) -> Option<String> {
    let variant = metadata.pallet_by_name(PALLET).and_then(|p| p.call_variant_by_name(call));
    let Some(variant) = variant else { return Some(format!("call {PALLET}.{call}")) };
    let has = |field: &&str| variant.fields.iter().any(|f| f.name.as_deref() == Some(*field));
    let lacks: Vec<&str> = fields.iter().copied().filter(|f| !has(f)).collect();
    // a field more than we fill can't be filled
    let more: Vec<&str> =
        variant.fields.iter().filter_map(|f| f.name.as_deref()).filter(|f| !fields.contains(f)).collect();
    match (lacks.is_empty(), more.is_empty()) {
        (true, true) => None,
        (false, _) => Some(format!("call {PALLET}.{call}({})", lacks.join(", "))),
        (true, false) => Some(format!("call {PALLET}.{call} without {}", more.join(", "))),
    }
}

/// Neurons come from the metagraph, or from storage where there is none.
fn lacking_neurons(metadata: &Metadata) -> Vec<String> {
    let method = metadata
        .runtime_api_trait_by_name("SubnetInfoRuntimeApi")
        .and_then(|a| a.method_by_name("get_metagraph"));
    let Some(method) = method else {
        let items = NEURONS.iter().filter(|item| !has_storage(metadata, PALLET, item));
        return items.map(|item| format!("storage {PALLET}.{item}")).collect();
    };
    let fields = struct_fields(metadata, method.output_ty());
    let lacks = METAGRAPH.iter().filter(|f| !fields.iter().any(|have| have == *f));
    lacks.map(|f| format!("field {f} of SubnetInfoRuntimeApi.get_metagraph")).collect()
}

/// Names of the fields of a struct, seen through `Option`.
fn struct_fields(metadata: &Metadata, ty: u32) -> Vec<String> {
    let mut ty = ty;
    // an Option of a struct is two steps; more would be a type that we do not know
    for _ in 0..3 {
        match metadata.types().resolve(ty).map(|t| &t.type_def) {
            Some(TypeDef::Composite(fields)) => {
                return fields.fields.iter().filter_map(|f| f.name.clone()).collect();
            }
            Some(TypeDef::Variant(option)) => {
                let some = option.variants.iter().find(|v| v.name == "Some").and_then(|v| v.fields.first());
                let Some(some) = some else { return Vec::new() };
                ty = some.ty.id;
            }
            _ => return Vec::new(),
        }
    }
    Vec::new()
}
