//! What this process does until it is told to stop: leases work of a scheduler, makes references for a validator, or both.

use std::{net::SocketAddr, sync::Arc};

use btauth::{
    Signer,
    grpc::{Signing, signed},
};
use process::{
    Stop,
    clock::Clock,
    exit::BadSetup,
    grpc,
    health::{Readiness, serve_admin},
    net,
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    Leaves,
    config::Config,
    engine::Capabilities,
    reference,
    worker::{Worker, folder::Folder},
};

/// Everything that is to be done.
pub(crate) struct Duties {
    leasing: Leasing,
    reference: Option<(reference::Service, SocketAddr)>,
}

/// Whether work is leased.
enum Leasing {
    /// It is.
    Worker(Box<Worker>),
    /// It is not; the data folder is held all the same, and somebody has to say whether models work.
    Nothing { _folder: Folder, capabilities: watch::Receiver<Capabilities>, readiness: Readiness },
}

impl Duties {
    /// Opens the data folder. Says in `readiness` whether models work (`models`), and where work is leased whether it is
    /// paired (`scheduler`).
    ///
    /// # Errors
    /// A folder or an address that can't be used; nothing to do.
    pub(crate) fn new(config: &Config, leaves: Leaves, readiness: Readiness) -> Result<Self, BadSetup> {
        // the folder is this process's alone before anything in it is emptied
        let wanted = config.reference()?;
        let made = |leaves: &Leaves| match wanted {
            None => Ok(None),
            Some(options) => {
                let listen = options.listen;
                reference::Service::new(options, leaves).map(|service| Some((service, listen)))
            }
        };
        if config.scheduler.is_empty() {
            let folder = Folder::open(&config.data_dir)?;
            let reference = made(&leaves)?;
            let capabilities = leaves.capabilities;
            return Ok(Self {
                leasing: Leasing::Nothing { _folder: folder, capabilities, readiness },
                reference,
            });
        }
        let (engine, ffmpeg) = (leaves.engine.clone(), leaves.ffmpeg.clone());
        let shared = Leaves { engine, capabilities: leaves.capabilities.clone(), ffmpeg };
        let leasing = Leasing::Worker(Box::new(worker(config, leaves, readiness)?));
        Ok(Self { leasing, reference: made(&shared)? })
    }

    /// Does them until `stop`, then drains.
    ///
    /// # Errors
    /// A listener that can't be bound or breaks.
    pub(crate) async fn serve(
        self,
        readiness: Readiness,
        admin: TcpListener,
        stop: Stop,
    ) -> anyhow::Result<()> {
        let Self { leasing, reference } = self;
        let quit = Stop::new();
        let _on_drop = quit.clone().drop_guard();
        let health = AbortOnDropHandle::new(tokio::spawn(serve_admin(admin, readiness, quit.clone())));
        let references = async {
            match reference {
                None => Ok(()),
                Some((service, address)) => {
                    let listener = net::bind("inference's references", address).await?;
                    service.serve(listener, stop.child_token()).await
                }
            }
        };
        let (made, ()) = tokio::join!(
            async {
                let made = references.await;
                // half of a service is worse than none: whoever started it is told
                if made.is_err() {
                    stop.cancel();
                }
                made
            },
            leasing.run(stop.clone())
        );
        quit.cancel();
        health.await??;
        made
    }
}

impl Leasing {
    async fn run(self, stop: Stop) {
        match self {
            Self::Worker(worker) => {
                tracing::info!(miner = %worker.miner(), "inference leases work");
                worker.run(stop).await;
            }
            Self::Nothing { _folder, mut capabilities, readiness } => {
                tracing::info!("inference leases no work");
                loop {
                    let works = capabilities.borrow_and_update().slots > 0;
                    let state = if works { Ok(()) } else { Err("no model has passed its canary".to_owned()) };
                    readiness.set("models", state);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        changed = capabilities.changed() => if changed.is_err() {
                            // the last value holds when the sender is gone
                            return stop.cancelled().await;
                        }
                    }
                }
            }
        }
    }
}

fn worker(config: &Config, leaves: Leaves, readiness: Readiness) -> Result<Worker, BadSetup> {
    let scheduler = grpc::wire(&config.scheduler).map_err(|e| BadSetup(format!("scheduler: {e}")))?;
    let scheduler = match config.signing()? {
        Some((key, receiver)) => {
            let (signer, clock) = (Signer::new(key, process::id::random_u64()), Clock::system());
            let now = Arc::new(move || u64::try_from(clock.micros()).unwrap_or(0).saturating_mul(1_000));
            tracing::info!(hotkey = %signer.account(), %receiver, "pairings are signed");
            signed(scheduler, Arc::new(Signing { signer, receiver, now }))
        }
        None => scheduler,
    };
    Worker::new(config.worker()?, leaves, scheduler, readiness)
}
