//! The lease loop: a miner pairs with a scheduler, takes as much work as its models can run, and answers for it.
//!
//! Promises: an answer is said until the scheduler has settled or refused it; work that was revoked is stopped, and its
//! slot is reported free only when it has stopped; one piece of work that fails or panics takes no other with it; work
//! goes on while the scheduler is away.
//!
//! `pairing` is the loop. It owns the `book` of leases (pure), the `crew` at work, and the `connection` to the
//! scheduler, which is one `link` after the other. A `job` moves bytes by `transfer` and asks the models with patience (`patient`).

mod ability;
mod assignment;
mod backoff;
mod book;
mod connection;
mod crew;
pub(crate) mod folder;
mod job;
mod link;
mod messages;
mod pairing;
mod patient;
#[cfg(test)]
mod tests;
mod transfer;

use std::{path::PathBuf, sync::Arc, time::Duration};

use btauth::Keypair;
use domain::MinerId;
use process::{Stop, exit::BadSetup, health::Readiness};
use proto::client::Wire;
use tokio::sync::watch;
use zeroize::Zeroizing;

pub(crate) use patient::Patient;

use crate::{
    engine::{Capabilities, Engine},
    media::{Decoder, Ffmpeg},
    pipeline::{self, TranscriptionOptions},
};

/// How a miner works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name; without one it makes a random name once and keeps it in the data folder.
    pub miner: Option<MinerId>,
    /// What signs its work; without one it makes a key once and keeps it in the data folder.
    pub key: Option<Keypair>,
    /// A folder for its name and for the inputs it works on; one process a folder.
    pub data_dir: PathBuf,
    /// Most leases at once. Never more than the models can run.
    pub max_leases: Option<usize>,
    /// Time to finish what it has when it is told to stop.
    pub drain: Duration,
    /// How long a model may be out of service before work that needs it is given back.
    pub model_patience: Duration,
    /// Longest recording it takes.
    pub max_media: Duration,
    /// How recordings are transcribed.
    pub transcription: TranscriptionOptions,
}

/// What a miner works with.
#[derive(Clone)]
pub struct Leaves {
    /// The models.
    pub engine: Arc<dyn Engine>,
    /// What they can do, whenever that changes. A miner works on with the last value when the sender is gone.
    pub capabilities: watch::Receiver<Capabilities>,
    /// Decodes and encodes media that the codecs in Rust do not.
    pub ffmpeg: Option<Ffmpeg>,
}

/// A miner that is about to pair.
pub struct Worker {
    pairing: pairing::Pairing,
    miner: MinerId,
}

impl Worker {
    /// Opens the data folder. Says in `readiness` whether it is paired (`scheduler`) and whether models work (`models`).
    ///
    /// # Errors
    /// A folder that can't be used or that another process uses.
    pub fn new(
        options: Options,
        leaves: Leaves,
        scheduler: Wire,
        readiness: Readiness,
    ) -> Result<Self, BadSetup> {
        let folder = folder::Folder::open(&options.data_dir)?;
        let miner = match options.miner {
            Some(miner) => miner,
            None => folder.miner(process::id::random_u64())?,
        };
        let key = match options.key {
            Some(key) => key,
            None => folder.key(&seed())?,
        };
        let transfer = transfer::Transfer::new()
            .map_err(|e| BadSetup(format!("no HTTP client can be made on this machine: {e}")))?;
        let pipelines = pipeline::Tools {
            engine: leaves.engine,
            decoder: Decoder::new(leaves.ffmpeg.clone(), options.max_media),
            ffmpeg: leaves.ffmpeg,
            transcription: options.transcription,
            scratch: folder.scratch().to_owned(),
        };
        let patience = options.model_patience;
        let tools = Arc::new(job::Tools { folder, transfer, patience, pipelines, key });
        let work: crew::Work = Box::new(move |start| Box::pin(job::run(tools.clone(), start)));
        let pairing = pairing::Pairing::new(pairing::Parts {
            miner: miner.clone(),
            session: process::id::random_u64(),
            connection: connection::Connection::new(scheduler, readiness.clone()),
            capabilities: leaves.capabilities,
            max_leases: options.max_leases,
            drain: options.drain,
            readiness,
            crew: crew::Crew::new(work),
        });
        Ok(Self { pairing, miner })
    }

    /// Its name.
    #[must_use]
    pub const fn miner(&self) -> &MinerId {
        &self.miner
    }

    /// Works until `stop`, then finishes what it has within the drain time. No work runs any more when it returns.
    pub async fn run(self, stop: Stop) {
        self.pairing.run(stop).await;
    }
}

/// 32 random bytes.
fn seed() -> Zeroizing<[u8; 32]> {
    let mut seed = Zeroizing::new([0; 32]);
    for half in seed.chunks_exact_mut(16) {
        half.copy_from_slice(&process::id::random().to_le_bytes());
    }
    seed
}
