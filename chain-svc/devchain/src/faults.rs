//! What is made to go wrong: one-shot faults that wait for their moment, and switches that stay until turned back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::error::BadChange;
use crate::rpc::Shared;

/// A fault that happens once, at the next moment it fits. As JSON: `{"fault": "refuse", "reason": ".."}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The next transaction is lost with the socket: it never arrives, and no answer comes.
    CutBeforeSubmit,
    /// The next transaction is taken, and the socket is cut before any answer.
    CutAfterSubmit,
    /// The next transaction is refused with RPC error 1010 and this reason.
    Refuse {
        /// The data of the error, such as `Transaction is outdated` or `Custom error: 6`.
        reason: String,
    },
    /// The next answer to a method comes late.
    Delay {
        /// The method's name.
        method: String,
        /// By how many milliseconds.
        ms: u64,
    },
    /// The next answer to a method is this, whatever was asked.
    Answer {
        /// The method's name.
        method: String,
        /// The result.
        result: Json,
    },
    /// The next answer to a method is an error.
    Error {
        /// The method's name.
        method: String,
        /// The error's code.
        code: i32,
        /// The error's message.
        message: String,
    },
    /// The next block with transactions is taken back after it was told of.
    Retract {
        /// Where true the transactions are lost with it; else the next block holds them.
        lose: bool,
    },
    /// The next call fails by this error of its pallet.
    Fail {
        /// The error's name in the metadata.
        error: String,
    },
    /// The next call fails by an error index, which the metadata need not know.
    FailIndex {
        /// The index.
        index: u8,
    },
    /// The price of a place jumps in the block of the next transaction, before it is applied.
    Price {
        /// The subnet.
        netuid: u16,
        /// The new price in rao.
        burn: u64,
    },
}

/// Faults that wait, and switches inside the chain.
#[derive(Default)]
pub(crate) struct Armed {
    waiting: VecDeque<Fault>,
    /// Blocks that readers do not see yet.
    pub(crate) behind: u64,
    /// Nothing becomes final.
    pub(crate) unfinal: bool,
}

impl Armed {
    pub(crate) fn arm(&mut self, fault: Fault) {
        self.waiting.push_back(fault);
    }

    /// Takes the oldest fault that fits.
    pub(crate) fn take(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let at = self.waiting.iter().position(fits)?;
        self.waiting.remove(at)
    }

    pub(crate) fn waits(&self) -> usize {
        self.waiting.len()
    }
}

/// The hand that makes a chain misbehave.
#[derive(Clone)]
pub struct Faults {
    pub(crate) shared: Arc<Shared>,
}

impl Faults {
    /// Arms a fault that happens once. Several wait in the order they were armed.
    pub fn arm(&self, fault: Fault) {
        self.shared.lock().armed.arm(fault);
    }

    /// How many faults wait for their moment.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().armed.waits()
    }

    /// Forgets all faults that wait and turns all switches back. What has become of the metadata stays.
    pub fn clear(&self) {
        let mut chain = self.shared.lock();
        chain.armed = Armed::default();
        chain.settle();
        drop(chain);
        self.shared.relay.heal();
    }

    /// Cuts every connection there is, as a killed server does; new ones are taken.
    pub fn cut(&self) {
        self.shared.relay.cut();
    }

    /// Refuses new connections and cuts those there are, until turned off.
    pub fn down(&self, on: bool) {
        self.shared.relay.set_down(on);
    }

    /// Connections stay open and nothing comes back on them, until turned off.
    pub fn stall(&self, on: bool) {
        self.shared.relay.set_stalled(on);
    }

    /// All bytes to clients come this much later.
    pub fn latency(&self, by: Duration) {
        self.shared.relay.set_latency(by);
    }

    /// Subscriptions to heads fall silent without the socket being closed.
    pub fn drop_subscriptions(&self) {
        self.shared.subscriptions.send_modify(|n| *n += 1);
    }

    /// No block becomes final, until turned off.
    pub fn hold_finality(&self, on: bool) {
        let mut chain = self.shared.lock();
        chain.armed.unfinal = on;
        chain.settle();
    }

    /// Readers see a chain that is this many blocks old and does not move.
    pub fn behind(&self, blocks: u64) {
        self.shared.lock().armed.behind = blocks;
    }

    /// From the next block on the runtime has another spec version, and names in its metadata are others. A block is
    /// made.
    ///
    /// # Errors
    /// When the metadata does not decode with these names.
    pub fn upgrade(&self, spec: u32, renames: &[(&str, &str)]) -> Result<(), BadChange> {
        let renames: Vec<_> = renames.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        self.shared.lock().upgrade(spec, &renames)
    }
}
