//! How a block is made, and how one is taken back.

use std::sync::Arc;

use scale_value::Composite;

use crate::apply::info;
use crate::block::{Block, BlockRef};
use crate::chain::{Chain, Head};
use crate::draft::{Draft, Phase};
use crate::epoch;
use crate::error::BadChange;
use crate::faults::Fault;
use crate::finality::Waiting;
use crate::inherent;
use crate::metadata::Runtime;
use crate::pool::{Pending, Status};
use crate::value::{list, num, raw};

/// What became of each transaction that was tried for a block: true where the block holds it.
type Held = Vec<bool>;

impl Chain {
    /// Makes a block of all transactions that are ready.
    pub(crate) fn make_block(&mut self) -> Result<BlockRef, BadChange> {
        self.promote();
        let due = self.pool.iter().any(|p| p.ready);
        if due && let Some(Fault::Retract { lose }) = self.armed.take(|f| matches!(f, Fault::Retract { .. }))
        {
            self.retract(lose)?;
        }
        let txs: Vec<Pending> = self.pool.extract_if(.., |p| p.ready).collect();
        let rules = Arc::clone(&self.rules);
        let (block, held) = self.build(&rules, &txs, |_| Ok(()))?;
        let id = self.push_quietly(block);
        for (p, held) in txs.into_iter().zip(held) {
            p.tell(if held { Status::InBlock(id.hash) } else { Status::Invalid });
            if let (true, Some(watcher)) = (held, p.watcher) {
                self.waiting.push(Waiting { block: id, watcher });
            }
        }
        self.promote();
        self.settle();
        Ok(id)
    }

    /// Makes the block that would come next, tells of it, and takes it back: an empty one comes in its place.
    fn retract(&mut self, lose: bool) -> Result<(), BadChange> {
        let rules = Arc::clone(&self.rules);
        let txs: Vec<Pending> = self.pool.extract_if(.., |p| p.ready).collect();
        let (block, held) = self.build(&rules, &txs, |_| Ok(()))?;
        let _ = self.heads.send(Head::Best(block.header()));
        for (p, held) in txs.into_iter().zip(held) {
            if held {
                p.tell(Status::InBlock(block.hash));
                p.tell(Status::Retracted(block.hash));
            }
            match lose {
                true => p.tell(Status::Dropped),
                false => self.pool.push(p),
            }
        }
        self.orphans.push(block);
        let (empty, _) = self.build(&rules, &[], |_| Ok(()))?;
        self.push(empty);
        Ok(())
    }

    /// Builds the next block without putting it on the chain.
    pub(crate) fn build(
        &mut self,
        rules: &Arc<Runtime>,
        txs: &[Pending],
        change: impl FnOnce(&mut Draft<'_>) -> Result<(), BadChange>,
    ) -> Result<(Block, Held), BadChange> {
        let parent = self.head();
        let (number, above) = (parent.number + 1, (parent.hash, parent.state_root));
        let mut x = Draft::new(&rules.md, self.now()?.map.clone(), number);
        epoch::begin(&mut x)?;
        let time = self.time_ms + number * self.slot_ms;
        x.phase = Phase::Apply(0);
        x.put_in("Timestamp", "Now", vec![], &num(time))?;
        x.event("System", "ExtrinsicSuccess", Composite::named([("dispatch_info", info("Mandatory"))]));
        change(&mut x)?;
        let mut extrinsics: Vec<Vec<u8>> = inherent::timestamp(&rules.md, time).into_iter().collect();
        let mut held = vec![];
        for p in txs {
            x.phase = Phase::Apply(u32::try_from(extrinsics.len()).unwrap_or(u32::MAX));
            let applied = p.last >= number && self.apply(&mut x, p)?;
            if applied {
                extrinsics.push(p.bytes.clone());
            }
            held.push(applied);
        }
        let events = std::mem::take(&mut x.events);
        x.put_in("System", "Events", vec![], &list(events))?;
        x.put_in("System", "Number", vec![], &num(number))?;
        x.put_in("System", "ParentHash", vec![], &raw(above.0))?;
        let (changes, map) = (x.changes, x.map);
        Ok((Block::seal(number, above, extrinsics, &changes, map, Arc::clone(&self.served)), held))
    }
}
