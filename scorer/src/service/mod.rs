//! A validator at work: it grades what miners answered, closes rounds, sets weights, and asks what it knows.
//!
//! - `evaluate`, `judge`: tasks of the gateway, their references, their grades;
//! - `rounds`, `records`, `timing`, `weigh`: from what validators agree on to weights on the chain;
//! - `challenges`, `pose`, `vault`, `tally`: tasks whose truth is known, and how many a miner gets;
//! - `book`: what is written down before anything rests on it;
//! - `chain`, `gateway`, `ledger`, `oracle`: what it talks to, each behind a seam; `wire`: the gateway's JSON;
//! - `identity`: who it is, and for whom it signs.

pub mod book;
pub mod chain;
mod challenges;
mod evaluate;
mod events;
pub mod gateway;
pub mod identity;
pub mod judge;
pub mod ledger;
pub mod oracle;
mod pose;
pub mod records;
mod rounds;
mod tally;
mod timing;
mod vault;
mod weigh;
pub mod wire;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use domain::Sha256;
use process::{
    Stop,
    clock::Clock,
    exit::BadSetup,
    health::{Readiness, serve_admin},
};
use proto::{
    RpcError,
    client::{LedgerClient, ReferenceClient},
};
use rand::{SeedableRng as _, rngs::StdRng};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    challenge::Secret,
    config::Config,
    material::Material,
    wandb::{self, Reporter, RoundReport, run_id},
};
use book::{Book, BookError};
use chain::{Chain, ChainSvc, Subnet};
use challenges::Submitting;
use gateway::{Gateway, GatewayError};
use identity::{Expected, Me, Stranger};
use judge::Judge;
use ledger::{Ledger, Watched};
use oracle::Oracle;
use tally::Tally;
use timing::Pace;
use vault::Vault;

/// What a test replaces.
pub struct Leaves {
    /// The chain and the hotkey.
    pub chain: Arc<dyn Chain>,
    /// Where things last.
    pub ledger: Arc<dyn Ledger>,
    /// The validator's own inference, if it has one.
    pub oracle: Option<Arc<dyn Oracle>>,
}

/// Why a pass of a loop failed.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// chain-svc is away.
    #[error("ask chain-svc")]
    Chain(#[source] RpcError),
    /// It is set up for something else, or the chain is.
    #[error(transparent)]
    Stranger(#[from] Stranger),
    /// The gateway is away or refuses.
    #[error("ask the gateway")]
    Gateway(#[from] GatewayError),
    /// The ledger is away or damaged.
    #[error("use the book")]
    Book(#[from] BookError),
    /// A challenge was not made.
    #[error("make a challenge")]
    Pose(#[source] pose::PoseError),
    /// A round was not closed.
    #[error("close the round")]
    Close(#[source] rounds::CloseError),
}

/// Everything that the loops share.
pub(crate) struct Validator {
    config: Config,
    chain: Arc<dyn Chain>,
    oracle: Option<Arc<dyn Oracle>>,
    gateway: Gateway,
    book: Book,
    judge: Judge,
    expected: Expected,
    secret: Secret,
    vault: Vault,
    material: Material,
    tally: Mutex<Tally>,
    submitting: Submitting,
    reporter: Reporter,
    /// The last round, until it is known whether its weights were set.
    unreported: Mutex<Option<RoundReport>>,
    readiness: Readiness,
    stop: Stop,
}

/// The services that a configuration names. Connects at the first call.
///
/// # Errors
/// [`BadSetup`] for an address that is none.
pub fn connect(config: &Config) -> Result<Leaves, BadSetup> {
    let wire = |what: &str, uri: &str| process::grpc::wire(uri).map_err(|e| BadSetup(format!("{what}: {e}")));
    let oracle = match config.reference.url.as_str() {
        "" => None,
        url => Some(Arc::new(ReferenceClient::new(wire("reference.url", url)?)) as Arc<dyn Oracle>),
    };
    Ok(Leaves {
        chain: Arc::new(ChainSvc::new(wire("chain.url", &config.chain.url)?)),
        ledger: Arc::new(LedgerClient::new(wire("ledger.url", &config.ledger.url)?)),
        oracle,
    })
}

/// Works until `stop`, then finishes what it is at within the drain time.
///
/// # Errors
/// A configuration or a data folder that can't be used ([`BadSetup`]); a broken admin listener. What it talks to may be
/// away: it is waited for, and `/readyz` says so.
pub async fn serve(config: Config, leaves: Leaves, admin: TcpListener, stop: Stop) -> anyhow::Result<()> {
    let readiness = Readiness::new();
    let (drain, quit) = (config.drain, Stop::new());
    let mut validator = Validator::new(config, leaves, readiness.clone(), stop.child_token())?;
    validator.reporter = reporter(&validator.config).await?;
    let validator = Arc::new(validator);
    let _on_drop = quit.clone().drop_guard();
    let health = AbortOnDropHandle::new(tokio::spawn(serve_admin(admin, readiness, quit.clone())));
    let mut loops = JoinSet::new();
    loops.spawn(evaluate::run(validator.clone()));
    loops.spawn(rounds::run(validator.clone()));
    loops.spawn(challenges::run(validator.clone()));
    let ended = async {
        while let Some(ended) = loops.join_next().await {
            ended?;
        }
        anyhow::Ok(())
    };
    let mut ended = Box::pin(ended);
    let outcome = tokio::select! {
        outcome = &mut ended => outcome,
        () = stop.cancelled() => timeout(drain, &mut ended).await.unwrap_or_else(|_| {
            // whatever it was at is written down before it counts, so nothing is lost
            tracing::warn!("the scorer was still at work at the end of the drain time");
            Ok(())
        }),
    };
    drop(ended);
    loops.shutdown().await;
    // the loops are over: nobody else holds it
    if let Some(validator) = Arc::into_inner(validator) {
        validator.report(None, false);
        validator.reporter.finish(i32::from(outcome.is_err())).await;
    }
    quit.cancel();
    health.await??;
    outcome
}

/// The run for Weights & Biases, if one is wanted.
async fn reporter(config: &Config) -> Result<Reporter, BadSetup> {
    let settings = config.wandb.settings(|name| std::env::var(name).ok(), &config.data_dir);
    let settings = settings.map_err(|e| BadSetup(format!("wandb: {e}")))?;
    let about = serde_json::json!({
        "gateway": config.proxy.url,
        "round_blocks": config.round.blocks,
        "profile": config.round.profile.name(),
    });
    let about = about.as_object().cloned().unwrap_or_default();
    let run = run_id(&mut StdRng::seed_from_u64(process::id::random_u64()));
    Ok(Reporter::start(wandb::Options::new(settings, run, about), Clock::system()).await)
}

impl Validator {
    pub(crate) fn new(
        config: Config,
        leaves: Leaves,
        readiness: Readiness,
        stop: Stop,
    ) -> Result<Self, BadSetup> {
        config.check()?;
        let Leaves { chain, ledger, oracle } = leaves;
        let proxy = &config.proxy;
        let gateway = Gateway::new(&proxy.url, chain.clone(), proxy.connect, proxy.stall);
        let gateway = gateway.map_err(|e| BadSetup(format!("proxy.url: {e}")))?;
        let vault = Vault::open(&config.data_dir)?;
        let secret = vault.secret(&config.challenges.secret)?;
        let material = config.challenges.material()?;
        let commitment = secret.commitment(&material);
        tracing::info!(%commitment, "challenges follow from a secret with this commitment");
        if config.challenges.material.is_empty() && !config.challenges.every.is_zero() {
            tracing::warn!(
                "challenges are made of phrases that everybody has: name some of your own in challenges.material"
            );
        }
        let judge =
            Judge::new(oracle.clone(), config.reference.keep, config.reference.time, config.work.max_sound);
        let reference = oracle.as_ref().map(|_| "reference");
        for part in ["chain", "gateway", "ledger"].into_iter().chain(reference) {
            readiness.set(part, Err("not asked yet".to_owned()));
        }
        let expected = Expected::new(&config)?;
        Ok(Self {
            chain,
            oracle,
            gateway,
            book: Book::new(Arc::new(Watched::new(ledger, readiness.clone()))),
            judge,
            expected,
            secret,
            vault,
            material,
            tally: Mutex::default(),
            submitting: Submitting::default(),
            reporter: Reporter::off(),
            unreported: Mutex::default(),
            readiness,
            stop,
            config,
        })
    }

    /// The subnet now, and who this validator is on it. Says in `/readyz` (`chain`) what is in the way.
    async fn here(&self) -> Result<(Subnet, Me), PassError> {
        let here = async {
            let subnet = self.chain.subnet().await.map_err(PassError::Chain)?;
            let me = self.expected.recognise(&subnet)?;
            Ok::<_, PassError>((subnet, me))
        }
        .await;
        self.readiness.set("chain", here.as_ref().map(drop).map_err(sentence));
        here
    }

    /// Says in `/readyz` whether the gateway does what it is asked.
    fn heard<T>(&self, answer: Result<T, GatewayError>) -> Result<T, GatewayError> {
        self.readiness.set("gateway", answer.as_ref().map(drop).map_err(ToString::to_string));
        answer
    }

    /// What challenges follow from.
    fn commitment(&self) -> Sha256 {
        self.secret.commitment(&self.material)
    }

    fn tally<T>(&self, with: impl FnOnce(&mut Tally) -> T) -> T {
        // counts are whole between any two calls
        with(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reports the round before, now that it is known whether its weights were set, and keeps the `next` one until then.
    fn report(&self, next: Option<RoundReport>, weights_set: bool) {
        let mut held = self.unreported.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = std::mem::replace(&mut *held, next) {
            self.reporter.round(&RoundReport { weights_set, ..last });
        }
    }

    const fn pace(&self) -> Pace {
        Pace { blocks: self.config.round.blocks, before_epoch: self.config.round.before_epoch }
    }
}

/// An error with what is behind it, for people; what lies deeper is for the log.
fn sentence(error: &PassError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
