//! Reading a subnet at one block.

use std::time::Duration;

use subxt::dynamic;

use super::{
    link::{At, Link},
    metagraph, names,
    storage::{Answers, Batch, Slot, number},
};
use crate::chain::{Account, ChainError, EpochState, Rules, Snapshot, Subnet};

/// Where in a batch each setting stands.
struct Slots {
    exists: Slot,
    places: Slot,
    u16s: [Slot; 7],
    u64s: [Slot; 7],
    bools: [Slot; 2],
    commit_version: Option<Slot>,
    reveal_period: Option<Slot>,
    mechanisms: Option<Slot>,
    epoch: [Option<Slot>; 4],
    moment: Option<Slot>,
    owner: Option<Slot>,
}

impl Slots {
    fn of(batch: &mut Batch<'_>, at: &At, netuid: u16) -> Result<Self, ChainError> {
        let key = || vec![number(netuid)];
        let mut want = |item| batch.want(item, key());
        let (exists, places) = (want("NetworksAdded")?, want("SubnetworkN")?);
        let u16s = [
            want("Tempo")?,
            want("MaxAllowedUids")?,
            want("MaxAllowedValidators")?,
            want("MinAllowedWeights")?,
            want("MaxWeightsLimit")?,
            want("ImmunityPeriod")?,
            want("ActivityCutoff")?,
        ];
        let bools = [want("CommitRevealWeightsEnabled")?, want("NetworkRegistrationAllowed")?];
        let u64s = [
            want("WeightsSetRateLimit")?,
            want("WeightsVersionKey")?,
            want("ServingRateLimit")?,
            want("Burn")?,
            want("MinBurn")?,
            want("MaxBurn")?,
            batch.want("StakeThreshold", vec![])?,
        ];
        let now = names::has_storage(at.client.metadata_ref(), "Timestamp", "Now");
        let moment = now.then(|| batch.want_of("Timestamp", "Now", vec![])).transpose()?;
        Ok(Self {
            exists,
            places,
            u16s,
            u64s,
            bools,
            commit_version: batch.want_if("CommitRevealWeightsVersion", vec![])?,
            reveal_period: batch.want_if("RevealPeriodEpochs", key())?,
            mechanisms: batch.want_if("MechanismCountCurrent", key())?,
            epoch: [
                batch.want_if("LastEpochBlock", key())?,
                batch.want_if("PendingEpochAt", key())?,
                batch.want_if("SubnetEpochIndex", key())?,
                batch.want_if("BlocksSinceLastStep", key())?,
            ],
            moment,
            owner: batch.want_if("SubnetOwnerHotkey", key())?,
        })
    }

    fn rules(&self, read: &Answers<'_>) -> Result<Rules, ChainError> {
        let [tempo, max_uids, max_validators, min_allowed, max_weights, immunity, activity] = self.u16s;
        let [rate, version, serving, burn, min_burn, max_burn, threshold] = self.u64s;
        Ok(Rules {
            tempo: read.get(tempo)?,
            max_uids: read.get(max_uids)?,
            max_validators: read.get(max_validators)?,
            weights_rate_limit: read.get(rate)?,
            weights_version: read.get(version)?,
            min_allowed_weights: read.get(min_allowed)?,
            max_weights_limit: read.get(max_weights)?,
            commit_reveal: read.get(self.bools[0])?,
            commit_reveal_version: read.or(self.commit_version, 0)?,
            reveal_period: read.or(self.reveal_period, 0)?,
            serving_rate_limit: read.get(serving)?,
            immunity_period: read.get(immunity)?,
            activity_cutoff: read.get(activity)?,
            registration_allowed: read.get(self.bools[1])?,
            stake_threshold: read.get(threshold)?,
            burn: read.get(burn)?,
            min_burn: read.get(min_burn)?,
            max_burn: read.get(max_burn)?,
            mechanisms: read.or(self.mechanisms, 1)?,
        })
    }

    /// Zeros stand for nobody.
    fn owner(&self, read: &Answers<'_>) -> Result<Option<Account>, ChainError> {
        let owner: [u8; 32] = read.or(self.owner, [0; 32])?;
        Ok((owner != [0; 32]).then(|| Account::from_bytes(owner)))
    }

    fn epoch(&self, read: &Answers<'_>) -> Result<Option<EpochState>, ChainError> {
        let [Some(last), Some(pending), Some(index), Some(since)] = self.epoch else { return Ok(None) };
        Ok(Some(EpochState {
            last: read.get(last)?,
            pending: read.get(pending)?,
            index: read.get(index)?,
            since: read.get(since)?,
        }))
    }
}

/// Everything of one mechanism of one subnet, at one block.
pub(super) async fn read(link: &Link, at: &At, subnet: Subnet) -> Result<Snapshot, ChainError> {
    let mut batch = Batch::new(at);
    let slots = Slots::of(&mut batch, at, subnet.netuid)?;
    // all of one block, so in any order
    let reads = (batch.read(link), metagraph::from_runtime(at, subnet), next_epoch(at, subnet.netuid));
    let (read, told, next_epoch) = tokio::try_join!(reads.0, reads.1, reads.2)?;
    if !read.get::<bool>(slots.exists)? {
        return Err(ChainError::NoSubnet(subnet.netuid));
    }
    let places: u16 = read.get(slots.places)?;
    let rules = slots.rules(&read)?;
    if subnet.mecid != 0 && subnet.mecid >= rules.mechanisms {
        let what = format!("subnet {} has no mechanism {}", subnet.netuid, subnet.mecid);
        return Err(ChainError::Unsupported(what));
    }
    let neurons = match told {
        Some(neurons) => neurons,
        None if names::has_metagraph(at.client.metadata_ref()) => {
            return Err(ChainError::garbage("no neurons of a subnet that is there"));
        }
        None => metagraph::from_storage(link, at, subnet, places).await?,
    };
    if neurons.len() != usize::from(places) {
        let what = format!("{} neurons where the subnet has {places}", neurons.len());
        return Err(ChainError::garbage(what));
    }
    Ok(Snapshot {
        head: at.head,
        genesis: link.genesis,
        subnet,
        neurons,
        owner: slots.owner(&read)?,
        rules,
        epoch: slots.epoch(&read)?,
        next_epoch,
        block_time: block_time(at)?,
        moment_ms: read.or(slots.moment, 0)?,
    })
}

/// The chain's own answer to when the next epoch starts.
async fn next_epoch(at: &At, netuid: u16) -> Result<Option<u64>, ChainError> {
    let (api, method) = ("SubnetInfoRuntimeApi", "get_next_epoch_start_block");
    if !names::has_api(at.client.metadata_ref(), api, method) {
        return Ok(None);
    }
    let call = dynamic::runtime_api_call::<_, Option<u64>>(api, method, vec![number(netuid)]);
    at.client.runtime_apis().call(call).await.map_err(metagraph::api_error)
}

fn block_time(at: &At) -> Result<Duration, ChainError> {
    let slot = at.client.constants().entry(dynamic::constant::<u64>("Aura", "SlotDuration"));
    slot.map(Duration::from_millis).map_err(ChainError::garbage)
}
