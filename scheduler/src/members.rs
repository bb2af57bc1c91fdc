//! The miners of a subnet: who they are, by the word of chain-svc.

use std::sync::Arc;

use btauth::grpc::{Guard, Now, Registry, Role};
use btauth::{Account, Nonces};
use domain::{ErrorKind, MinerId};
use proto::{client::ChainClient, status};
use tonic::Status;

use crate::{core::Core, miners::Seat};

/// The readiness part that stands for what is known of the subnet.
pub(crate) const CHAIN: &str = "chain";

/// What tells who may pair, and under which name.
pub(crate) struct Members {
    /// Who is registered.
    pub(crate) registry: Arc<Registry>,
    /// The nonces that were spent.
    pub(crate) nonces: Arc<dyn Nonces>,
    /// Who tells of the subnet; none in tests that know it by themselves.
    pub(crate) chain: Option<ChainClient>,
}

impl Members {
    /// What stands before the pairing of miners.
    pub(crate) fn guard(&self, now: Now) -> Arc<Guard> {
        let (registry, nonces) = (self.registry.clone(), self.nonces.clone());
        Arc::new(Guard { registry, role: Role::Registered, nonces, now })
    }

    /// What the subnet weighs this hotkey by, in rao.
    pub(crate) fn stake(&self, hotkey: Account) -> u64 {
        self.registry.admit(hotkey, Role::Registered).map_or(0, |member| member.stake)
    }

    /// The name of the miner with this hotkey: its uid.
    ///
    /// # Errors
    /// `Forbidden` when it has none, or not any more.
    pub(crate) fn name(&self, hotkey: Account) -> Result<MinerId, Status> {
        let denied = |e: btauth::grpc::Denied| status(e.kind(), e.to_string());
        let uid = self.registry.admit(hotkey, Role::Registered).map_err(denied)?.uid;
        Ok(uid.to_string().parse().unwrap_or_else(|_| unreachable!("a number is the name of a miner")))
    }
}

impl Core {
    /// What the subnet weighs this hotkey by, in rao; nothing where there is none.
    pub(crate) fn stake(&self, hotkey: Account) -> u64 {
        self.members.as_ref().map_or(0, |members| members.stake(hotkey))
    }

    /// Whether the miner on this stream is still who it proved to be.
    ///
    /// # Errors
    /// What to tell it: it lost its place, or has another one.
    pub(crate) fn still_member(&self, seat: &Seat) -> Result<(), Status> {
        let Some(members) = &self.members else { return Ok(()) };
        let Some(hotkey) = self.miners.with(seat, |p| p.hotkey).flatten() else {
            // the stream is over: whatever is tried with it fails by itself
            return Ok(());
        };
        if members.name(hotkey)? != seat.miner {
            return Err(status(ErrorKind::Conflict, "the hotkey has another uid now: pair again"));
        }
        Ok(())
    }
}

/// Keeps up with the subnet until the scheduler stops.
pub(crate) async fn run(core: Arc<Core>) {
    let Some((registry, chain)) = core.members.as_ref().and_then(|m| Some((&m.registry, m.chain.as_ref()?)))
    else {
        return;
    };
    core.readiness.set(CHAIN, Err("not reached yet".to_owned()));
    tokio::select! {
        () = core.stop.cancelled() => {}
        never = registry.follow(chain, |state| core.readiness.set(CHAIN, state)) => match never {},
    }
}
