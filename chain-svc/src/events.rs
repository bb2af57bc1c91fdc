//! What happened, said once: a log line and a counter together. Labels are closed sets; names of nodes, blocks and
//! transactions are fields of the line.

use std::{sync::LazyLock, time::Duration};

use opentelemetry::{KeyValue, global, metrics::Counter};
use tracing::{info, warn};

use crate::{
    chain::{ChainError, Hash, Head},
    submit::Outcome,
};

struct Counters {
    connected: Counter<u64>,
    failed: Counter<u64>,
    specs: Counter<u64>,
    snapshots: Counter<u64>,
    stale: Counter<u64>,
    epochs: Counter<u64>,
    sent: Counter<u64>,
    ended: Counter<u64>,
}

static COUNTERS: LazyLock<Counters> = LazyLock::new(|| {
    let meter = global::meter("violet.chain-svc");
    let counter =
        |name: &'static str, what: &'static str| meter.u64_counter(name).with_description(what).build();
    Counters {
        connected: counter("violet_chain_connections", "connections to nodes of the chain"),
        failed: counter(
            "violet_chain_endpoint_failures",
            "answers of nodes that did not come or could not be used, by cause",
        ),
        specs: counter("violet_chain_spec_changes", "changes of the chain's rules while running"),
        snapshots: counter("violet_chain_snapshots", "readings of the subnet"),
        stale: counter("violet_chain_snapshot_failures", "readings of the subnet that failed"),
        epochs: counter(
            "violet_chain_epochs_differ",
            "readings whose next epoch is not the one that the chain tells",
        ),
        sent: counter("violet_chain_transactions_sent", "transactions sent, by call"),
        ended: counter("violet_chain_transactions_ended", "transactions whose outcome is known, by outcome"),
    }
});

/// A node answers and is of the right chain.
pub(crate) struct Connected<'a> {
    pub(crate) endpoint: &'a str,
}

impl Connected<'_> {
    pub(crate) fn emit(&self) {
        info!(endpoint = self.endpoint, "connected to the chain");
        COUNTERS.connected.add(1, &[]);
    }
}

/// A node failed and rests.
pub(crate) struct EndpointFailed<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) why: &'a ChainError,
    pub(crate) pause: Duration,
}

impl EndpointFailed<'_> {
    pub(crate) fn emit(&self) {
        let cause = match self.why {
            ChainError::Away { source } => source.to_string(),
            other => other.to_string(),
        };
        warn!(endpoint = self.endpoint, error = cause, pause = ?self.pause, "endpoint of the chain failed");
        let cause = match self.why {
            ChainError::Away { .. } => "away",
            ChainError::Garbage { .. } => "garbage",
            ChainError::Behind { .. } => "behind",
            ChainError::Names { .. } => "names",
            ChainError::WrongChain { .. } => "wrong_chain",
            ChainError::NoSubnet(_) | ChainError::Unsupported(_) | ChainError::Refused(_) => "refused",
        };
        COUNTERS.failed.add(1, &[KeyValue::new("cause", cause)]);
    }
}

/// The rules of the chain changed, and still have what is needed.
pub(crate) struct SpecChanged<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

impl SpecChanged<'_> {
    pub(crate) fn emit(&self) {
        warn!(
            endpoint = self.endpoint,
            from = self.from,
            to = self.to,
            "spec of the chain changed; its names were checked"
        );
        COUNTERS.specs.add(1, &[]);
    }
}

/// The subnet was read.
pub(crate) struct SnapshotRead {
    pub(crate) head: Head,
    pub(crate) neurons: usize,
}

impl SnapshotRead {
    pub(crate) fn emit(&self) {
        tracing::debug!(block = self.head.number, neurons = self.neurons, "subnet read");
        COUNTERS.snapshots.add(1, &[]);
    }
}

/// The subnet could not be read; the last reading is served on.
pub(crate) struct SnapshotFailed<'a> {
    pub(crate) why: &'a ChainError,
}

impl SnapshotFailed<'_> {
    pub(crate) fn emit(&self) {
        warn!(error = %self.why, "subnet not read; the last reading is served on");
        COUNTERS.stale.add(1, &[]);
    }
}

/// We and the chain do not agree on when the next epoch starts: the rules of epochs may have changed.
pub(crate) struct EpochDiffers {
    pub(crate) block: u64,
    pub(crate) ours: u64,
    pub(crate) chain: u64,
}

impl EpochDiffers {
    pub(crate) fn emit(&self) {
        warn!(
            block = self.block,
            ours = self.ours,
            chain = self.chain,
            "next epoch differs from the chain's own answer"
        );
        COUNTERS.epochs.add(1, &[]);
    }
}

/// A transaction goes out.
pub(crate) struct Sending<'a> {
    pub(crate) call: &'static str,
    pub(crate) key: &'a str,
    pub(crate) hash: Hash,
}

impl Sending<'_> {
    pub(crate) fn emit(&self) {
        info!(call = self.call, key = self.key, transaction = %self.hash, "transaction sent");
        COUNTERS.sent.add(1, &[KeyValue::new("call", self.call)]);
    }
}

/// A transaction's outcome is known.
pub(crate) struct Ended<'a> {
    pub(crate) call: &'a str,
    pub(crate) key: &'a str,
    pub(crate) hash: Hash,
    pub(crate) outcome: &'a Outcome,
}

impl Ended<'_> {
    pub(crate) fn emit(&self) {
        let (call, key, transaction) = (self.call, self.key, self.hash);
        let outcome = match self.outcome {
            Outcome::Done { number, .. } => {
                info!(call, key, %transaction, block = number, "transaction is final");
                "done"
            }
            Outcome::Refused { refusal, .. } => {
                warn!(call, key, %transaction, %refusal, "transaction refused by the chain");
                "refused"
            }
            Outcome::NotTaken(refusal) => {
                warn!(call, key, %transaction, %refusal, "transaction not taken");
                "not_taken"
            }
            Outcome::Never => {
                warn!(call, key, %transaction, "transaction never got into a block");
                "never"
            }
        };
        COUNTERS.ended.add(1, &[KeyValue::new("outcome", outcome)]);
    }
}
