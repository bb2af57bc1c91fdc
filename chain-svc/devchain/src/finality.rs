//! How blocks join the chain and become final, and how transactions come to their turn.

use std::collections::BTreeMap;

use crate::block::{Block, BlockRef};
use crate::chain::{Chain, Head, KEPT};
use crate::keys::Hash;
use crate::pool::{Pending, Status, Watcher};

/// Somebody who waits for a block to become final.
pub(crate) struct Waiting {
    pub(crate) block: BlockRef,
    pub(crate) watcher: Watcher,
}

impl Chain {
    /// Puts a block on the chain and lets what is old enough become final.
    pub(crate) fn push(&mut self, block: Block) -> BlockRef {
        let id = self.push_quietly(block);
        self.promote();
        self.settle();
        id
    }

    /// Puts a block on the chain; nothing becomes final by it yet.
    pub(crate) fn push_quietly(&mut self, block: Block) -> BlockRef {
        let id = block.id();
        self.places.insert(id.hash, id.number);
        if self.armed.behind == 0 {
            let _ = self.heads.send(Head::Best(block.header())); // nobody need be listening
        }
        self.blocks.push(block);
        let old = id.number.checked_sub(KEPT).filter(|n| *n > 0).and_then(|n| usize::try_from(n).ok());
        if let Some(b) = old.and_then(|n| self.blocks.get_mut(n)) {
            b.state = None;
        }
        id
    }

    /// Lets blocks become final as far as they may, and tells whoever waits for them.
    pub(crate) fn settle(&mut self) {
        if self.armed.unfinal {
            return;
        }
        let last = self.head().number.saturating_sub(self.lag);
        while self.finalized < last {
            self.finalized += 1;
            if let Some(header) =
                self.block(self.finalized).map(Block::header).filter(|_| self.armed.behind == 0)
            {
                let _ = self.heads.send(Head::Final(header));
            }
        }
        let done = self.finalized;
        for w in self.waiting.extract_if(.., |w| w.block.number <= done) {
            let _ = w.watcher.send(Status::Finalized(w.block.hash));
        }
    }

    /// Transactions whose turn has come are ready; those whose nonce was used up or whose era ended are dropped.
    pub(crate) fn promote(&mut self) {
        let next = self.head().number + 1;
        let mut expected: BTreeMap<Hash, u32> = BTreeMap::new();
        if let Ok(v) = self.now() {
            for p in &self.pool {
                let nonce = v.account(&p.tx.who).map_or(0, |a| a.nonce);
                expected.insert(p.tx.who, nonce);
            }
        }
        let late =
            |p: &mut Pending| p.last < next || expected.get(&p.tx.who).is_some_and(|n| p.tx.nonce < *n);
        for p in self.pool.extract_if(.., late) {
            p.tell(Status::Invalid);
        }
        self.pool.sort_by_key(|p| p.tx.nonce); // stable: those of one nonce stay in the order they came
        for p in &mut self.pool {
            let turn = expected.entry(p.tx.who).or_default();
            if p.tx.nonce == *turn {
                *turn += 1;
                if !p.ready {
                    p.ready = true;
                    p.tell(Status::Ready);
                }
            }
        }
    }
}
