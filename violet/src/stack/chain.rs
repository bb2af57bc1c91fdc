//! The chain of a stack: none, a pretend one, or one of the network.

use std::{net::SocketAddr, path::Path};

use chain_svc::Config;
use process::{clock::Clock, net};
use proto::pb::SubnetSnapshot;
use tokio::net::TcpListener;

use super::{Crew, Pretend};
use crate::{chain::ChainService, cli::RunningChain};

/// Which chain a stack takes part in.
#[derive(Default)]
pub enum Chain {
    /// None.
    #[default]
    None,
    /// A pretend one, made for this stack.
    Dev,
    /// The one that these settings name, by this name.
    Named(String, Box<Config>),
}

/// chain-svc of a running stack, and the chain behind it.
pub struct ChainPart {
    /// chain-svc.
    pub service: SocketAddr,
    /// Which chain: `dev`, or as it was named.
    pub network: String,
    /// The subnet.
    pub netuid: u16,
    /// The pretend chain, if it is that.
    pub pretend: Option<Pretend>,
}

impl ChainPart {
    /// Makes the pretend chain where that is wanted, and all that chain-svc is started with.
    pub(super) async fn start(
        chain: Chain,
        crew: Crew,
        folder: &Path,
        clock: &Clock,
    ) -> anyhow::Result<Option<(Self, Config, TcpListener)>> {
        let (network, config, pretend) = match chain {
            Chain::None => return Ok(None),
            Chain::Dev => {
                let pretend = Pretend::start(&folder.join("devchain"), crew, clock).await?;
                ("dev".to_owned(), pretend.config().clone(), Some(pretend))
            }
            Chain::Named(network, config) => (network, *config, None),
        };
        let listener = net::bind("chain-svc", ([127, 0, 0, 1], 0).into()).await?;
        let part = Self { service: listener.local_addr()?, network, netuid: config.netuid, pretend };
        Ok(Some((part, config, listener)))
    }

    /// How gateway and scheduler are told of it; on a pretend chain its miners alone may pair.
    pub(super) fn followed(&self) -> Vec<(String, String)> {
        let chain = format!("http://{}", self.service);
        let mut told = vec![("GATEWAY__AUTH__CHAIN", chain.clone()), ("SCHEDULER__AUTH__CHAIN", chain)];
        if self.pretend.is_some() {
            told.push(("SCHEDULER__AUTH__MINERS", "registered".to_owned()));
        }
        told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// How the miner with this number signs: on a pretend chain with a hotkey of its own, for the validator, who operates the
    /// scheduler too.
    pub(super) fn signs_for(&self, number: usize) -> Vec<(String, String)> {
        self.pretend.as_ref().map_or_else(Vec::new, |pretend| pretend.signs_for(number))
    }

    /// As other commands find it.
    #[must_use]
    pub fn running(&self) -> RunningChain {
        let node = self.pretend.as_ref().map(Pretend::url);
        RunningChain { network: self.network.clone(), service: self.service, node }
    }

    /// The subnet as chain-svc last read it.
    ///
    /// # Errors
    /// When it has read nothing yet.
    pub async fn snapshot(&self) -> anyhow::Result<SubnetSnapshot> {
        ChainService::at(&format!("http://{}", self.service))?.snapshot().await
    }

    pub(super) async fn stop(self) {
        if let Some(pretend) = self.pretend {
            pretend.stop().await;
        }
    }
}
