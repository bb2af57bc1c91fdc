//! How blocks are made, become final, or are taken back.

use std::sync::Arc;

use scale_value::Composite;

use crate::block::{Block, BlockRef};
use crate::chain::{Chain, Head, KEPT};
use crate::draft::{Draft, Phase};
use crate::epoch;
use crate::faults::Fault;
use crate::handle::BadChange;
use crate::inherent;
use crate::keys::Hash;
use crate::metadata::Runtime;
use crate::pool::{Pending, Status, Watcher};
use crate::rules::{self, Refused};
use crate::state::{SUBTENSOR, StateError};
use crate::value::{Value, list, num, raw, unit};

/// What every transaction costs here, in rao: the fee of the recorded transfer. Real fees differ by call.
pub(crate) const FEE: u64 = 166_247;

/// Somebody who waits for a block to become final.
pub(crate) struct Waiting {
    block: BlockRef,
    watcher: Watcher,
}

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

    /// Applies one transaction: fee and nonce are kept whatever becomes of the call. False where it cannot be held.
    fn apply(&mut self, x: &mut Draft<'_>, p: &Pending) -> Result<bool, StateError> {
        let (who, paid) = (p.tx.who, FEE.saturating_add(p.tx.tip));
        let mut account = x.view().account(&who)?;
        if account.nonce != p.tx.nonce || account.free < paid {
            return Ok(false);
        }
        if let Some(Fault::Price { netuid, burn }) = self.armed.take(|f| matches!(f, Fault::Price { .. })) {
            x.set_of("Burn", netuid, &burn)?;
        }
        (account.nonce, account.free) = (account.nonce + 1, account.free - paid);
        x.set_account(&who, &account)?;
        let amount = |name: &str, n: u64| (name.to_owned(), num(n));
        let sender = || ("who".to_owned(), raw(who));
        x.event("Balances", "Withdraw", Composite::named([sender(), amount("amount", paid)]));
        let mark = x.mark();
        let outcome = match self.armed.take(|f| matches!(f, Fault::Fail { .. } | Fault::FailIndex { .. })) {
            Some(Fault::Fail { error }) => Err(Refused::Named(error)),
            Some(Fault::FailIndex { index }) => Err(Refused::Index(index)),
            _ => rules::dispatch(x, who, &p.tx.pallet, &p.tx.call, &p.tx.args),
        };
        if outcome.is_err() {
            x.undo(mark);
        }
        x.event("Balances", "Deposit", Composite::named([sender(), amount("amount", 0)]));
        let fee = [sender(), amount("actual_fee", FEE), amount("tip", p.tx.tip)];
        x.event("TransactionPayment", "TransactionFeePaid", Composite::named(fee));
        match outcome {
            Ok(()) => {
                x.event("System", "ExtrinsicSuccess", Composite::named([("dispatch_info", info("Normal"))]));
            }
            Err(refused) => {
                let error = dispatch_error(x, &p.tx.pallet, &refused);
                let fields = [("dispatch_error", error), ("dispatch_info", info("Normal"))];
                x.event("System", "ExtrinsicFailed", Composite::named(fields));
            }
        }
        Ok(true)
    }

    /// Puts a block on the chain and lets what is old enough become final.
    pub(crate) fn push(&mut self, block: Block) -> BlockRef {
        let id = self.push_quietly(block);
        self.promote();
        self.settle();
        id
    }

    fn push_quietly(&mut self, block: Block) -> BlockRef {
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
        let mut expected: std::collections::BTreeMap<Hash, u32> = std::collections::BTreeMap::new();
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

/// What a call weighed: here always the same, which says nothing of real weights.
fn info(class: &str) -> Value {
    let weight = Value::named_composite([("ref_time", num(1000u32)), ("proof_size", num(0u32))]);
    Value::named_composite([("weight", weight), ("class", unit(class)), ("pays_fee", unit("Yes"))])
}

/// A refusal as the event carries it. The index of an error is looked up by its name.
fn dispatch_error(x: &Draft<'_>, pallet: &str, refused: &Refused) -> Value {
    let pallet = x.md.pallet_by_name(pallet);
    let subtensor = x.md.pallet_by_name(SUBTENSOR);
    let named = |name: &str| {
        let variants = pallet.iter().chain(&subtensor);
        variants
            .filter_map(|p| {
                let e = p.error_variants()?.iter().find(|v| v.name == name)?;
                Some((p.error_index(), e.index))
            })
            .next()
    };
    let module = match refused {
        Refused::Error(name) => named(name),
        Refused::Named(name) => named(name),
        Refused::Index(index) => pallet.map(|p| (p.error_index(), *index)),
        Refused::Argument(_) | Refused::State(_) => None,
    };
    if let Some((index, error)) = module {
        let module = Value::named_composite([("index", num(index)), ("error", raw([error, 0, 0, 0]))]);
        return Value::unnamed_variant("Module", [module]);
    }
    tracing::warn!(%refused, "a call failed for a reason that no error of the metadata names");
    unit(if matches!(refused, Refused::State(_)) { "Corruption" } else { "Other" })
}
