//! How one transaction is applied: fee and nonce are kept, whatever becomes of its call.

use scale_value::Composite;

use crate::chain::Chain;
use crate::draft::Draft;
use crate::faults::Fault;
use crate::pool::Pending;
use crate::rules::{self, Refused};
use crate::state::{SUBTENSOR, StateError};
use crate::value::{Value, num, raw, unit};

/// What every transaction costs here, in rao: the fee of the recorded transfer. Real fees differ by call.
pub(crate) const FEE: u64 = 166_247;

impl Chain {
    /// Applies one transaction: fee and nonce are kept whatever becomes of the call. False where it cannot be held.
    pub(crate) fn apply(&mut self, x: &mut Draft<'_>, p: &Pending) -> Result<bool, StateError> {
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
}

/// What a call weighed: here always the same, which says nothing of real weights.
pub(crate) fn info(class: &str) -> Value {
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
