//! The chain: blocks, the transactions that wait, and who watches them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value as Json;
use sp_crypto_hashing::blake2_256;
use tokio::sync::broadcast;

use crate::apply::FEE;
use crate::block::{Block, BlockRef};
use crate::draft::Draft;
use crate::error::{BadChange, StartError};
use crate::extrinsic::{Implicit, Signed, Unreadable};
use crate::faults::{Armed, Fault};
use crate::finality::Waiting;
use crate::keys::Hash;
use crate::metadata::Runtime;
use crate::pool::{Invalid, Pending, Status, Watcher};
use crate::rules;
use crate::setting::{BlockTime, Options, Wording};
use crate::state::{Map, StateError, View};

/// Blocks behind the head whose state is kept, as nodes keep it; the first block's is always kept.
pub(crate) const KEPT: u64 = 256;

/// A header that subscribers hear of.
#[derive(Clone)]
pub(crate) enum Head {
    Best(Json),
    Final(Json),
}

/// The whole state of the program, behind one lock.
pub(crate) struct Chain {
    /// What our rules and encodings go by.
    pub(crate) rules: Arc<Runtime>,
    /// What readers of new blocks find; another one after an upgrade.
    pub(crate) served: Arc<Runtime>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) places: HashMap<Hash, u64>,
    /// Blocks that were taken back.
    pub(crate) orphans: Vec<Block>,
    pub(crate) finalized: u64,
    pub(crate) pool: Vec<Pending>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) heads: broadcast::Sender<Head>,
    /// How often each method was called.
    pub(crate) calls: BTreeMap<String, u64>,
    pub(crate) armed: Armed,
    pub(crate) wording: Wording,
    pub(crate) lag: u64,
    pub(crate) time_ms: u64,
    pub(crate) slot_ms: u64,
    instant: bool,
}

impl Chain {
    /// A chain with its first block.
    pub(crate) fn new(options: &Options) -> Result<Chain, StartError> {
        let rules = Runtime::recorded()?;
        let mut x = Draft::new(&rules.md, Map::new(), 0);
        options.genesis.write(&mut x)?;
        let zero = ([0; 32], [0; 32]);
        let first = Block::seal(0, zero, vec![], &x.changes, x.map, Arc::clone(&rules));
        let slot = rules.md.pallet_by_name("Aura").and_then(|p| p.constant_by_name("SlotDuration"));
        let slot_ms = slot.and_then(|c| c.value().try_into().ok()).map_or(250, u64::from_le_bytes);
        Ok(Chain {
            served: Arc::clone(&rules),
            places: HashMap::from([(first.hash, 0)]),
            rules,
            blocks: vec![first],
            orphans: vec![],
            finalized: 0,
            pool: vec![],
            waiting: vec![],
            heads: broadcast::channel(1024).0,
            calls: BTreeMap::new(),
            armed: Armed::default(),
            wording: options.wording,
            lag: options.finality_lag,
            time_ms: options.genesis.time_ms,
            slot_ms,
            instant: options.block_time == BlockTime::Instant,
        })
    }

    /// The newest block.
    pub(crate) fn head(&self) -> &Block {
        self.blocks.last().unwrap_or_else(|| unreachable!("a chain has its first block"))
    }

    /// The block of a number that is on the chain.
    pub(crate) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    /// The block of a hash, on the chain or taken back.
    pub(crate) fn by_hash(&self, hash: &Hash) -> Option<&Block> {
        let on_chain = self.places.get(hash).and_then(|n| self.block(*n));
        on_chain.or_else(|| self.orphans.iter().find(|b| b.hash == *hash))
    }

    /// The newest block that readers see.
    pub(crate) fn best_seen(&self) -> &Block {
        self.block(self.head().number.saturating_sub(self.armed.behind)).unwrap_or_else(|| self.head())
    }

    /// The newest final block that readers see.
    pub(crate) fn final_seen(&self) -> &Block {
        self.block(self.finalized.min(self.best_seen().number)).unwrap_or_else(|| self.head())
    }

    /// Storage at a block; none once it is too old.
    pub(crate) fn view<'a>(&'a self, block: &'a Block) -> Option<View<'a>> {
        block.state.as_deref().map(|map| View { md: &self.rules.md, map })
    }

    /// Storage at the head.
    pub(crate) fn now(&self) -> Result<View<'_>, StateError> {
        self.view(self.head()).ok_or_else(|| StateError::Absent("System".into(), "Number".into()))
    }

    /// The nonce of the next transaction of an account, counting those that wait.
    pub(crate) fn next_nonce(&self, who: &Hash) -> Result<u32, StateError> {
        let mut nonce = self.now()?.account(who)?.nonce;
        while self.pool.iter().any(|p| p.tx.who == *who && p.tx.nonce == nonce) {
            nonce += 1;
        }
        Ok(nonce)
    }

    /// Takes a transaction, or says why not. In instant mode a block follows at once.
    pub(crate) fn submit(&mut self, xt: Vec<u8>, watcher: Option<Watcher>) -> Result<Hash, Invalid> {
        let hash = blake2_256(&xt);
        if let Some(Fault::Refuse { reason }) = self.armed.take(|f| matches!(f, Fault::Refuse { .. })) {
            return Err(Invalid::Forced(reason));
        }
        if self.pool.iter().any(|p| p.hash == hash) {
            return Err(Invalid::Known);
        }
        let tx = Signed::read(&self.rules.md, &xt, rules::knows).map_err(|e| match e {
            Unreadable::Unknown(..) | Unreadable::NoCall(..) | Unreadable::MetadataHash => Invalid::Call(e),
            other => Invalid::Unreadable(other),
        })?;
        let last = self.verify(&tx)?;
        let account = self.now().and_then(|v| v.account(&tx.who));
        let account = account.map_err(|e| Invalid::Forced(e.to_string()))?;
        if tx.nonce < account.nonce {
            return Err(Invalid::Stale);
        }
        if account.free < FEE.saturating_add(tx.tip) {
            return Err(Invalid::Payment);
        }
        if self.pool.iter().any(|p| p.tx.who == tx.who && p.tx.nonce == tx.nonce) {
            return Err(Invalid::Priority);
        }
        let next = self.next_nonce(&tx.who).map_err(|e| Invalid::Forced(e.to_string()))?;
        let pending = Pending { hash, bytes: xt, ready: tx.nonce <= next, tx, last, watcher };
        pending.tell(if pending.ready { Status::Ready } else { Status::Future });
        self.pool.push(pending);
        self.promote();
        if self.instant
            && self.pool.iter().any(|p| p.ready)
            && let Err(error) = self.make_block()
        {
            tracing::error!(%error, "no block could be made");
        }
        Ok(hash)
    }

    /// Checks signature and era; answers with the last block that may hold the transaction.
    fn verify(&self, tx: &Signed) -> Result<u64, Invalid> {
        let next = self.head().number + 1;
        let birth = tx.era.birth(next);
        let genesis = self.block(0).map(|b| b.hash).unwrap_or_default();
        let birth_hash = self.block(birth).map(|b| b.hash).ok_or(Invalid::AncientBirthBlock)?;
        let implicit = Implicit { spec: self.served.spec, genesis, birth: birth_hash };
        if !tx.verify(&self.rules.md, &implicit) {
            return Err(Invalid::BadProof);
        }
        Ok(match tx.era {
            crate::era::Era::Immortal => u64::MAX,
            crate::era::Era::Mortal { period, .. } => birth + period - 1,
        })
    }

    /// Changes storage in a block of its own, so that no block ever changes after it was told of.
    pub(crate) fn change(
        &mut self,
        f: impl FnOnce(&mut Draft<'_>) -> Result<(), BadChange>,
    ) -> Result<BlockRef, BadChange> {
        let rules = Arc::clone(&self.rules);
        let (block, _) = self.build(&rules, &[], f)?;
        Ok(self.push(block))
    }

    /// From the next block on, which is made now, readers find another runtime.
    pub(crate) fn upgrade(&mut self, spec: u32, renames: &[(String, String)]) -> Result<(), BadChange> {
        self.served = Arc::new(self.rules.renamed(spec, renames)?);
        self.change(|_| Ok(()))?;
        Ok(())
    }
}
