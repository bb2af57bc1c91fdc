//! The subnet, as chain-svc tells of it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use btauth::grpc::{Registry, Role};
use domain::MinerId;
use process::Stop;
use proto::client::ChainClient;

/// Who is registered, kept up to date. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Subnet {
    pub(crate) registry: Arc<Registry>,
    pub(crate) chain: ChainClient,
    reached: Arc<AtomicBool>,
}

/// A registered hotkey with its place.
#[derive(Debug, Clone)]
pub(crate) struct Neuron {
    pub(crate) uid: u16,
    pub(crate) hotkey: MinerId,
    pub(crate) stake: u64,
}

impl Subnet {
    pub(crate) fn new(chain: ChainClient) -> Self {
        Self { registry: Arc::default(), chain, reached: Arc::default() }
    }

    /// Keeps up with it until `stop`.
    pub(crate) async fn follow(self, stop: Stop) {
        tokio::select! {
            () = stop.cancelled() => {}
            never = self.registry.follow(&self.chain, |state| self.reached.store(state.is_ok(), Ordering::Relaxed)) => {
                match never {}
            }
        }
    }

    /// Whether chain-svc told of it lately.
    pub(crate) fn reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Everybody registered, by uid; nobody before chain-svc was reached.
    pub(crate) fn neurons(&self) -> Vec<Neuron> {
        let members = self.registry.members().unwrap_or_default();
        let neuron = |(account, member): (btauth::Account, btauth::grpc::Member)| {
            // an address has the form of a name
            let hotkey = account.to_string().parse().ok()?;
            Some(Neuron { uid: member.uid, hotkey, stake: member.stake })
        };
        members.into_iter().filter_map(neuron).collect()
    }

    /// How many validators have at least this stake.
    pub(crate) fn validators(&self, stake: u64) -> u32 {
        let role = Role::Validator { stake };
        let members = self.registry.members().unwrap_or_default();
        let able = members.iter().filter(|(account, _)| self.registry.admit(*account, role).is_ok()).count();
        u32::try_from(able).unwrap_or(u32::MAX)
    }
}
