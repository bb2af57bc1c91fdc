//! The laptop stack: every service in one process, talking gRPC over loopback as they do when each has its own.

mod chain;
mod miner;
mod pretend;
mod validators;

pub use chain::{Chain, ChainPart};
pub use miner::{Models, machine};
pub use pretend::{Crew, Pretend, Registered};

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use inference::Leaves;
use miner::{miner_settings, settings};
use process::{Stop, clock::Clock, grpc, net, telemetry::SpanRing};
use proto::client::SchedulerClient;
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};
use validators::{Place, Validator};

use crate::cli::RunningValidator;

/// What a stack is made of.
pub struct Options<'a> {
    /// Folder of all state; each service has its own folder below.
    pub folder: &'a Path,
    /// Where the gateway listens.
    pub http: SocketAddr,
    /// The secret that scheduler and gateway share.
    pub ticket_key: String,
    /// Where the models are.
    pub models: Models,
    /// How many take part: miners share the models.
    pub crew: Crew,
    /// Which chain it takes part in.
    pub chain: Chain,
    /// Settings of the services, as environment variables are written; later ones win.
    pub settings: Vec<(String, String)>,
    /// Recent traces of this process.
    pub ring: Option<SpanRing>,
    /// The time.
    pub clock: Clock,
}

/// A running stack.
pub struct Stack {
    /// The gateway.
    pub http: SocketAddr,
    /// The scheduler, where miners pair.
    pub scheduler: SocketAddr,
    /// storage-svc.
    pub storage: SocketAddr,
    /// chain-svc and its chain, if there is one.
    pub chain: Option<ChainPart>,
    /// Its validators.
    pub validators: Vec<RunningValidator>,
    /// Miners that will pair.
    miners: usize,
    services: Vec<Service>,
    ended: mpsc::UnboundedReceiver<(&'static str, anyhow::Result<()>)>,
}

/// Who hears that a service ended.
type Tell = mpsc::UnboundedSender<(&'static str, anyhow::Result<()>)>;

struct Service {
    name: &'static str,
    stop: Stop,
    task: JoinHandle<()>,
}

impl Stack {
    /// Starts every service. They listen when this returns; they are ready when [`Self::ready`] says so.
    ///
    /// # Errors
    /// When a port is taken, a setting is wrong, or a folder can't be used.
    pub async fn start(options: Options<'_>) -> anyhow::Result<Self> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let gateway = net::bind("gateway", options.http).await?;
        let scheduler = net::bind("scheduler", any).await?;
        let storage = net::bind("storage-svc", any).await?;
        let (http, schedules, stores) =
            (gateway.local_addr()?, scheduler.local_addr()?, storage.local_addr()?);
        let folder = |name: &str| options.folder.join(name).display().to_string();
        let mut env = options.settings;
        for (name, value) in [
            ("STORAGE_SVC__DATA_DIR", folder("storage")),
            ("SCHEDULER__STORAGE", format!("http://{stores}")),
            ("SCHEDULER__GATEWAY_URL", format!("http://{http}")),
            ("SCHEDULER__TICKET_KEY", options.ticket_key.clone()),
            ("GATEWAY__UPSTREAM__STORAGE", format!("http://{stores}")),
            ("GATEWAY__UPSTREAM__SCHEDULER", format!("http://{schedules}")),
            ("GATEWAY__TICKETS__KEY", options.ticket_key),
            ("INFERENCE__SCHEDULER", format!("http://{schedules}")),
        ] {
            env.push((name.to_owned(), value));
        }
        let (tell, ended) = mpsc::unbounded_channel();
        let clock = options.clock;
        let mut stack = Self {
            http,
            scheduler: schedules,
            storage: stores,
            chain: None,
            validators: Vec::new(),
            miners: 0,
            services: Vec::new(),
            ended,
        };
        if let Some((part, config, listener)) =
            ChainPart::start(options.chain, options.crew, options.folder, &clock).await?
        {
            // a setting of the caller's own wins
            env.splice(0..0, part.followed());
            stack.chain = Some(part);
            let clock = clock.clone();
            stack.spawn(&tell, "chain-svc", |stop| chain_svc::run(config, listener, clock, stop));
        }

        let c: storage_svc::Config = settings("storage-svc", storage_svc::DEFAULT, &env)?;
        stack.spawn(&tell, "storage-svc", |stop| storage_svc::run(c, storage, clock.clone(), stop));
        let c: scheduler::Config = settings("scheduler", scheduler::DEFAULT, &env)?;
        stack.spawn(&tell, "scheduler", |stop| scheduler::run(c, scheduler, clock.clone(), stop));
        let c: gateway::Config = settings("gateway", gateway::DEFAULT, &env)?;
        let upstream = gateway::Upstream::connect(&c.upstream)?;
        let of_gateway = (clock.clone(), options.ring);
        stack.spawn(&tell, "gateway", |stop| {
            gateway::run(c, gateway, upstream, of_gateway.1, of_gateway.0, stop)
        });
        let reference = validators::free().await?;
        let mut miners = Vec::new();
        for n in 1..=options.crew.miners {
            let mut own = stack.chain.as_ref().map_or_else(Vec::new, |chain| chain.signs_for(n));
            if n == 1 && options.crew.validators > 0 {
                own.push(("INFERENCE__REFERENCE__LISTEN".to_owned(), reference.to_string()));
            }
            let c = miner_settings(options.folder, n, &[env.as_slice(), &own].concat())?;
            miners.push((c, net::bind("inference", any).await?));
        }
        stack.miners = if matches!(options.models, Models::None) { 0 } else { miners.len() };
        match options.models {
            Models::Sidecar(machine) => {
                stack.spawn(&tell, "inference", |stop| inference::run_with_sidecar(miners, *machine, stop));
            }
            Models::Given(leaves) => {
                let each = std::iter::repeat(*leaves);
                stack.mine(&tell, miners.into_iter().zip(each));
            }
            Models::Each(leaves) => stack.mine(&tell, miners.into_iter().zip(leaves)),
            Models::None => {}
        }
        for n in 1..=options.crew.validators {
            let chain = stack.chain.as_ref().context("validators need a chain")?;
            let place = Place { folder: options.folder, gateway: http, chain, reference, env: &env };
            let validator = Validator::prepare(n, &place).await?;
            stack.validate(&tell, validator, &clock);
        }
        Ok(stack)
    }

    /// Starts miners with models of their own.
    fn mine(
        &mut self,
        tell: &Tell,
        miners: impl Iterator<Item = ((inference::Config, TcpListener), Leaves)>,
    ) {
        for ((c, admin), leaves) in miners {
            self.spawn(tell, "inference", |stop| inference::run(c, leaves, admin, stop));
        }
    }

    /// Starts the services of a validator.
    fn validate(&mut self, tell: &Tell, validator: Validator, clock: &Clock) {
        let Validator { running, chain, ledger, scorer } = validator;
        if let Some((config, listener)) = chain {
            let clock = clock.clone();
            self.spawn(tell, "chain-svc", |stop| chain_svc::run(config, listener, clock, stop));
        }
        let clock = clock.clone();
        self.spawn(tell, "storage-svc", |stop| storage_svc::run(ledger.0, ledger.1, clock, stop));
        self.spawn(tell, "scorer", |stop| scorer::run(scorer.0, scorer.1, stop));
        self.validators.push(running);
    }

    fn spawn<F>(&mut self, tell: &Tell, name: &'static str, run: impl FnOnce(Stop) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (stop, tell) = (Stop::new(), tell.clone());
        let body = Box::pin(run(stop.clone()));
        let task = tokio::spawn(async move {
            // nobody listens any more when the stack is being stopped
            let _ = tell.send((name, body.await));
        });
        self.services.push(Service { name, stop, task });
    }

    /// Waits until the gateway answers that all is ready and every miner is paired; calls `tell` with each part that became so.
    ///
    /// # Errors
    /// When a service ended instead.
    pub async fn ready(&mut self, mut tell: impl FnMut(&str)) -> anyhow::Result<()> {
        let gateway = crate::client::Gateway::local(self.http)?;
        let scheduler = SchedulerClient::new(grpc::wire(&format!("http://{}", self.scheduler))?);
        let mut told = Vec::new();
        loop {
            if let Ok((name, outcome)) = self.ended.try_recv() {
                outcome.with_context(|| format!("start {name}"))?;
                anyhow::bail!("{name} ended by itself");
            }
            let health = gateway.get("/api/v1/health").await.unwrap_or_default();
            let parts = health["components"].as_object().cloned().unwrap_or_default();
            for (part, _) in parts.iter().filter(|(_, state)| state["status"] == "up") {
                if !told.contains(part) {
                    tell(part);
                    told.push(part.clone());
                }
            }
            let paired = || async { scheduler.miners().await.is_ok_and(|all| all.len() >= self.miners) };
            if health["status"] == "healthy" && paired().await
                || self.miners == 0 && health["status"] == "degraded"
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits until a service ends by itself, which none should.
    ///
    /// # Errors
    /// Always: how it ended.
    pub async fn broken(&mut self) -> anyhow::Error {
        match self.ended.recv().await {
            Some((name, Err(e))) => e.context(format!("{name} ended")),
            Some((name, Ok(()))) => anyhow::anyhow!("{name} ended by itself"),
            None => anyhow::anyhow!("every service ended"),
        }
    }

    /// Stops the services from the miner backwards, so that what is in flight finds the services it needs.
    ///
    /// # Errors
    /// When a service could not drain in time; all are stopped nevertheless.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        for name in ["scorer", "inference", "gateway", "scheduler", "chain-svc", "storage-svc"] {
            let (stopping, others): (Vec<_>, _) = self.services.into_iter().partition(|s| s.name == name);
            self.services = others;
            stopping.iter().for_each(|service| service.stop.cancel());
            for service in stopping {
                service.task.await.with_context(|| format!("stop {name}"))?;
            }
        }
        if let Some(chain) = self.chain.take() {
            chain.stop().await;
        }
        while let Ok((name, ended)) = self.ended.try_recv() {
            outcome = outcome.and(ended.with_context(|| format!("stop {name}")));
        }
        outcome
    }
}
