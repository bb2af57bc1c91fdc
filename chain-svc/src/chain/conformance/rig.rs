//! A chain under test, and the hand that moves it. Both rigs hold the same subnet 49:
//! uid 0 Alice (the owner), uid 1 Bob (permit), uid 2 Charlie (no permit).

use std::{sync::Arc, time::Duration};

use devchain::{Devchain, Fault, Genesis};
use process::clock::Clock;

use crate::chain::{
    Account, Chain, Keypair, Neuron, Rules, Subnet,
    memory::{Lost, MemoryChain, World},
    subtensor::{Options, Subtensor},
};

pub(crate) const NET: Subnet = Subnet { netuid: 49, mecid: 0 };
const TAO: u64 = 1_000_000_000;
pub(crate) const PRICE: u64 = 5_000_000;

/// Secrets of the well-known development keys.
const ALICE: &str = "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
const BOB: &str = "398f0c28f98885e046333d4a41c19cee4c37368a9832c6502f6cfd182e2aef89";
const CHARLIE: &str = "bc1ede780f784bb6991a585e4f6e61522c14e1cae6ad0895fb57b9a205a8f938";

fn key(seed: &str) -> Keypair {
    Keypair::from_seed(&hex::decode(seed).unwrap().try_into().unwrap())
}

pub(crate) fn alice() -> Keypair {
    key(ALICE)
}

/// A validator.
pub(crate) fn bob() -> Keypair {
    key(BOB)
}

/// A miner.
pub(crate) fn charlie() -> Keypair {
    key(CHARLIE)
}

/// Nobody on the subnet.
pub(crate) fn stranger() -> Account {
    Keypair::from_seed(&[9; 32]).account()
}

/// A chain under test.
pub(crate) trait Rig: Send + Sync {
    fn chain(&self) -> Arc<dyn Chain>;
    /// Makes blocks.
    fn advance(&self, n: u64);
    /// Whether sent transactions make their block.
    fn lose(&self, lost: Lost);
    /// Whether the chain answers.
    fn answers(&self, answers: bool);
    /// Transactions that arrived.
    fn arrived(&self) -> u64;
    /// Whether weights are committed.
    fn commit_reveal(&self, on: bool);
    /// No limit of rate, and an epoch so long that none ends during a test.
    fn calm(&self);
}

pub(crate) struct InMemory(MemoryChain);

pub(crate) async fn memory() -> InMemory {
    let neuron = |uid, who: &Keypair| Neuron {
        last_update: 0,
        ..Neuron::new(uid, who.account(), alice().account(), 0)
    };
    let bob = Neuron { permit: true, alpha: 1000 * TAO, stake: 1000 * TAO, ..neuron(1, &bob()) };
    let rules = Rules {
        tempo: 20,
        max_uids: 256,
        max_validators: 64,
        weights_rate_limit: 10,
        min_allowed_weights: 1,
        max_weights_limit: u16::MAX,
        commit_reveal_version: 4,
        reveal_period: 1,
        serving_rate_limit: 50,
        registration_allowed: true,
        burn: PRICE,
        mechanisms: 1,
        ..Rules::default()
    };
    let world = World {
        netuid: NET.netuid,
        neurons: vec![neuron(0, &alice()), bob, neuron(2, &charlie())],
        owner: Some(alice().account()),
        rules,
        balances: [(alice().account(), 1000 * TAO)].into(),
        spec: 461,
        ..World::default()
    };
    InMemory(MemoryChain::new(world))
}

impl Rig for InMemory {
    fn chain(&self) -> Arc<dyn Chain> {
        Arc::new(self.0.clone())
    }

    fn advance(&self, n: u64) {
        self.0.advance(n);
    }

    fn lose(&self, lost: Lost) {
        self.0.lose(lost);
    }

    fn answers(&self, answers: bool) {
        self.0.answers(answers);
    }

    fn arrived(&self) -> u64 {
        self.0.arrived() as u64
    }

    fn commit_reveal(&self, on: bool) {
        self.0.change(|world| world.rules.commit_reveal = on);
    }

    fn calm(&self) {
        self.0.change(|world| (world.rules.weights_rate_limit, world.rules.tempo) = (0, 1000));
    }
}

pub(crate) struct OverRpc {
    pub(crate) node: Devchain,
    pub(crate) chain: Arc<Subtensor>,
}

const GENESIS: &str = r#"
time_ms = 1_789_516_200_000
[[account]]
key = "//Alice"
free = 1_000_000_000_000
[[account]]
key = "//Bob"
free = 1_000_000_000
[[account]]
key = "//Charlie"
free = 1_000_000_000
[[subnet]]
netuid = 49
name = "violet"
owner = "//Alice"
[subnet.set]
Tempo = 20
Burn = 5_000_000
CommitRevealWeightsEnabled = false
WeightsSetRateLimit = 10
MinAllowedWeights = 1
TargetRegistrationsPerInterval = 100
[[subnet.neuron]]
hotkey = "//Alice"
coldkey = "//Alice"
[[subnet.neuron]]
hotkey = "//Bob"
coldkey = "//Alice"
alpha = 1_000_000_000_000
permit = true
[[subnet.neuron]]
hotkey = "//Charlie"
coldkey = "//Alice"
"#;

/// How a development chain of tests is started.
pub(crate) fn start() -> devchain::Options {
    devchain::Options { genesis: Genesis::parse(GENESIS).unwrap(), ..devchain::Options::default() }
}

/// How it is reached: everything short, so that faults show soon.
pub(crate) fn reach(endpoints: Vec<String>) -> Options {
    Options {
        endpoints,
        genesis: None,
        request: Duration::from_secs(20),
        finality: Duration::from_secs(60),
        max_age: Duration::ZERO,
        poll: Duration::from_millis(200),
        backoff: Duration::from_millis(20),
    }
}

pub(crate) async fn devchain() -> OverRpc {
    let node = Devchain::start(start()).await.unwrap();
    let chain = Arc::new(Subtensor::new(reach(vec![node.url()]), Clock::manual(0).0));
    OverRpc { node, chain }
}

impl Rig for OverRpc {
    fn chain(&self) -> Arc<dyn Chain> {
        self.chain.clone()
    }

    fn advance(&self, n: u64) {
        self.node.advance(n).unwrap();
    }

    fn lose(&self, lost: Lost) {
        self.node.faults().arm(match lost {
            Lost::Before => Fault::CutBeforeSubmit,
            Lost::After => Fault::CutAfterSubmit,
        });
    }

    fn answers(&self, answers: bool) {
        self.node.faults().down(!answers);
    }

    fn arrived(&self) -> u64 {
        self.node.calls("author_submitAndWatchExtrinsic")
    }

    fn commit_reveal(&self, on: bool) {
        self.node.set(NET.netuid, "CommitRevealWeightsEnabled", &on.into()).unwrap();
    }

    fn calm(&self) {
        for (item, value) in [("WeightsSetRateLimit", 0), ("Tempo", 1000)] {
            self.node.set(NET.netuid, item, &value.into()).unwrap();
        }
    }
}
