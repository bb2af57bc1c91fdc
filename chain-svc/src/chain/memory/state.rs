//! The state of the chain in memory.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use super::Lost;
use crate::chain::{
    Account, Call, ChainError, EpochState, Hash, Head, Included, Neuron, Refusal, Rules, SendError, Signed,
    Snapshot, Subnet,
};

/// What the chain in memory consists of; a test changes any of it.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// The one subnet.
    pub netuid: u16,
    /// Everybody registered.
    pub neurons: Vec<Neuron>,
    /// The hotkey of its owner.
    pub owner: Option<Account>,
    /// Its settings.
    pub rules: Rules,
    /// Where in its epoch it is.
    pub epoch: EpochState,
    /// Stored weights, by index of the mechanism and uid.
    pub weights: BTreeMap<(u16, u16), Vec<(u16, u16)>>,
    /// Whose sealed weights are held, by index of the mechanism and epoch.
    pub commits: BTreeMap<(u16, u64), Vec<Account>>,
    /// Spendable rao.
    pub balances: HashMap<Account, u64>,
    /// The version of the rules.
    pub spec: u32,
}

pub(super) struct State {
    pub(super) world: World,
    pub(super) instant: bool,
    pub(super) away: bool,
    pub(super) lose: Option<Lost>,
    pub(super) arrived: usize,
    pub(super) included: Vec<Included>,
    number: u64,
    nonces: HashMap<Account, u64>,
    calls: HashMap<Hash, Call>,
    waiting: Vec<Signed>,
}

impl State {
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            instant: true,
            away: false,
            lose: None,
            arrived: 0,
            included: Vec::new(),
            number: 1,
            nonces: HashMap::new(),
            calls: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    pub(super) fn head(&self) -> Head {
        Head { number: self.number, hash: name(("block", self.number)), spec: self.world.spec }
    }

    pub(super) fn nonce(&self, account: &Account) -> u64 {
        self.nonces.get(account).copied().unwrap_or(0)
    }

    pub(super) fn snapshot(&self, subnet: Subnet) -> Result<Snapshot, ChainError> {
        if subnet.netuid != self.world.netuid {
            return Err(ChainError::NoSubnet(subnet.netuid));
        }
        Ok(Snapshot {
            head: self.head(),
            genesis: name(("block", 0_u64)),
            subnet,
            neurons: self.world.neurons.clone(),
            owner: self.world.owner,
            rules: self.world.rules,
            epoch: Some(self.world.epoch),
            next_epoch: None,
            block_time: Duration::from_secs(12),
            moment_ms: 0,
        })
    }

    pub(super) fn sign(&mut self, call: &Call, account: Account, life: u64) -> Signed {
        let (nonce, born) = (self.nonce(&account), self.number);
        let text = format!("{account} {nonce} {born} {call:?}");
        let hash = name(("transaction", &text));
        self.calls.insert(hash, call.clone());
        Signed { hash, bytes: text.into_bytes(), account, nonce, born, dies: born + life }
    }

    /// Takes a transaction into the pool.
    pub(super) fn take(&mut self, signed: &Signed) -> Result<(), SendError> {
        if self.nonce(&signed.account) > signed.nonce {
            return Err(SendError::Stale);
        }
        if self.number >= signed.dies {
            return Err(SendError::Refused(Refusal::named("AncientBirthBlock")));
        }
        self.arrived += 1;
        if !self.waiting.iter().any(|w| w.hash == signed.hash) {
            self.waiting.push(signed.clone());
        }
        Ok(())
    }

    pub(super) fn make_block(&mut self) {
        self.number += 1;
        let (now, waiting) = (self.head(), std::mem::take(&mut self.waiting));
        for signed in waiting {
            if signed.nonce != self.nonce(&signed.account) {
                continue;
            }
            self.nonces.insert(signed.account, signed.nonce + 1);
            let Some(call) = self.calls.get(&signed.hash).cloned() else { continue };
            let (events, refused) =
                match super::rules::apply(&mut self.world, now.number, signed.account, &call) {
                    Ok(events) => (events, None),
                    Err(refusal) => (vec!["System.ExtrinsicFailed".to_owned()], Some(refusal)),
                };
            let included =
                Included { hash: signed.hash, number: now.number, block: now.hash, events, refused };
            self.included.push(included);
        }
    }
}

/// Names that differ when what they name differs.
fn name(of: impl std::hash::Hash) -> Hash {
    let mut bytes = [0; 32];
    for (i, part) in bytes.chunks_mut(8).enumerate() {
        let mut hasher = DefaultHasher::new();
        (i, &of).hash(&mut hasher);
        part.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    Hash(bytes)
}
