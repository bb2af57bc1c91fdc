//! One connection to one node.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use parity_scale_codec::Encode as _;
use subxt::{
    OnlineClient, SubstrateConfig,
    backend::{BlockRef, LegacyBackend},
    client::OnlineClientAtBlock,
    config::{Hasher as _, RpcConfigFor, substrate::SubstrateHeader},
    utils::H256,
};
use subxt_rpcs::{LegacyRpcMethods, RpcClient};

use super::{
    dial::{Dial, Timed},
    names,
};
use crate::{
    chain::{ChainError, Hash, Head},
    events,
};

/// A node's requests.
pub(super) type Rpc = LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>;
/// A node, read at one block.
pub(super) type Client = OnlineClientAtBlock<SubstrateConfig>;

/// A connection that was checked.
pub(super) struct Link {
    pub(super) url: String,
    pub(super) rpc: Rpc,
    pub(super) genesis: Hash,
    api: OnlineClient<SubstrateConfig>,
    /// Specs whose names were checked.
    checked: Mutex<BTreeSet<u32>>,
    latest: Mutex<Option<At>>,
}

/// A node, read at one block, and which block that is.
#[derive(Clone)]
pub(super) struct At {
    pub(super) head: Head,
    pub(super) client: Arc<Client>,
}

impl Link {
    /// Connects, compares the first block, and checks every name that is needed.
    pub(super) async fn open(
        dial: &dyn Dial,
        url: &str,
        pinned: Option<Hash>,
        request: Duration,
    ) -> Result<Self, ChainError> {
        let inner = dial.dial(url).await?;
        let client = RpcClient::new(Timed { inner, limit: request });
        let rpc = Rpc::new(client.clone());
        let genesis: Hash = rpc.genesis_hash().await.map_err(ChainError::away)?.into();
        if let Some(pinned) = pinned.filter(|pinned| *pinned != genesis) {
            return Err(ChainError::WrongChain { pinned, found: genesis });
        }
        // metadata is kept by the configuration: one of its own for each connection, so that none learns it from another
        let config = SubstrateConfig::builder().set_genesis_hash(genesis.into()).build();
        let backend = Arc::new(LegacyBackend::builder().build(client));
        let api = OnlineClient::from_backend_with_config(config, backend).await.map_err(ChainError::away)?;
        let (checked, latest) = (Mutex::default(), Mutex::default());
        let link = Self { url: url.to_owned(), rpc, genesis, api, checked, latest };
        link.at_head().await?;
        Ok(link)
    }

    /// The node at its newest final block.
    pub(super) async fn at_head(&self) -> Result<At, ChainError> {
        let hash = self.rpc.chain_get_finalized_head().await.map_err(ChainError::away)?;
        if let Some(at) = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
            && at.head.hash == hash.into()
        {
            return Ok(at);
        }
        let at = self.at(hash).await?;
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(at.clone());
        Ok(at)
    }

    /// The node at one block; the block's name is recomputed, the names we need are looked for.
    pub(super) async fn at(&self, hash: H256) -> Result<At, ChainError> {
        let header = self.rpc.chain_get_header(Some(hash)).await.map_err(ChainError::away)?;
        let header = header.ok_or_else(|| ChainError::garbage("it does not know its own block"))?;
        let number = header.number;
        let block = BlockRef::from_hash(hash);
        let client = self.api.at_block_hash_and_number(block, number).await.map_err(ChainError::garbage)?;
        same_block(&client, &header, hash)?;
        let head = Head { number, hash: hash.into(), spec: client.spec_version() };
        self.check_names(&client, head)?;
        Ok(At { head, client: Arc::new(client) })
    }

    fn check_names(&self, client: &Client, head: Head) -> Result<(), ChainError> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if checked.contains(&head.spec) {
            return Ok(());
        }
        let missing = names::missing(client.metadata_ref());
        if !missing.is_empty() {
            return Err(ChainError::Names { spec: head.spec, missing });
        }
        if let Some(before) = checked.last() {
            events::SpecChanged { endpoint: &self.url, from: *before, to: head.spec }.emit();
        }
        checked.insert(head.spec);
        Ok(())
    }
}

/// Refuses a header that is not of the block it was asked for.
pub(super) fn same_block(
    client: &Client,
    header: &SubstrateHeader<H256>,
    hash: H256,
) -> Result<(), ChainError> {
    if client.hasher().hash(&header.encode()) == hash {
        return Ok(());
    }
    Err(ChainError::garbage("a header that is not of the block asked for"))
}
