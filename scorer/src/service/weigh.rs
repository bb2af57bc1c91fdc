//! Weights of the last round, on the chain: at the block from which the chain takes them, once, and again after a failure.

use proto::RpcError;

use super::{
    PassError, Validator,
    book::Closed,
    chain::Subnet,
    events::{NotWeighed, Weighed},
};

/// Blocks until a failed try is made again.
const AGAIN: u64 = 5;

/// When the next try may be made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Patience {
    not_before: u64,
}

impl Validator {
    /// Sets the weights of a closed round when the chain takes them. A failure is told in `/readyz` (`weights`) and counted,
    /// and the same round is tried again some blocks later; what became of a try whose answer was lost is asked, not guessed.
    pub(super) async fn weigh(
        &self,
        subnet: &Subnet,
        last: &Closed,
        patience: &mut Patience,
    ) -> Result<(), PassError> {
        // what is sent now is in the next block at the earliest
        let next = subnet.block.saturating_add(1);
        let due = next >= subnet.next_weights && subnet.block >= patience.not_before;
        if !self.config.round.weights || !due || self.book.weighed(last.round).await? {
            return Ok(());
        }
        let outcome = self.outcome(last).await?;
        // a miner that left since has no place to weigh
        let place = |(miner, weight): &(_, domain::Score)| Some((subnet.place(miner)?, weight.share()));
        let weights: Vec<(u16, f64)> = outcome.weights.iter().filter_map(place).collect();
        if weights.is_empty() {
            // nobody has earned anything yet: there is nothing to say to the chain
            self.report(None, false);
            self.readiness.set("weights", Ok(()));
            return Ok(());
        }
        let round = name(subnet.netuid, last);
        let sending = self.chain.set_weights(&round, &weights, subnet.weights_version);
        let sent: Result<(), RpcError> = tokio::select! {
            sent = sending => sent,
            // chain-svc goes on with it; the next start asks what became of it
            () = self.stop.cancelled() => return Ok(()),
        };
        match sent {
            Ok(()) => {
                self.book.weigh(last.round).await?;
                self.readiness.set("weights", Ok(()));
                self.report(None, true);
                *patience = Patience::default();
                Weighed { round: last.round, miners: weights.len() }.emit();
            }
            Err(error) => {
                let again = subnet.block.saturating_add(AGAIN);
                *patience = Patience { not_before: again };
                self.readiness.set("weights", Err(format!("round {}: {error}", last.round)));
                NotWeighed { round: last.round, again, error: &error }.emit();
            }
        }
        Ok(())
    }
}

/// Tells this setting of weights from every other of this hotkey, also of one that begins again with an empty ledger.
fn name(netuid: u16, closed: &Closed) -> String {
    format!("scorer-{netuid}-{}-{}", closed.round, closed.block)
}
