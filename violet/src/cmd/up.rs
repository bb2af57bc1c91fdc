//! `violet up`: the whole stack in this process, until Ctrl-C.

use std::time::{Duration, Instant};

use process::{clock::Clock, exit::BadSetup, telemetry};

use crate::{
    bars::Bars,
    chain,
    cli::{Running, Up},
    home::Home,
    network,
    stack::{self, Chain, ChainPart, Crew, Models, Options, Stack},
};

/// A network that has not answered by then is not waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Prepares the models, starts the stack, says where it is, and runs until a signal.
///
/// # Errors
/// `BadSetup` with the way out; else what made a service end.
pub async fn run(options: &Up) -> anyhow::Result<()> {
    let home = Home::of(&options.data)?;
    let owned = home.own()?;
    let began = Instant::now();
    let stop = process::exit::stop_on_signals()?;
    let telemetry = telemetry::init(&telemetry::Options {
        log: telemetry::Log::Files(home.logs()),
        keep_traces: 4_096,
        ..telemetry::Options::from_env("violet")
    })?;
    println!("violet {} · data in {}", env!("CARGO_PKG_VERSION"), home.path().display());
    let mut settings: Vec<(String, String)> = std::env::vars().collect();
    settings.push(("INFERENCE__MODELS__PROFILE".into(), options.profile.clone()));
    let chain = which(options, &home, &settings)?;
    settings.extend(options.triton.iter().map(|t| ("INFERENCE__MODELS__TRITON".into(), t.clone())));
    let bars = Bars::default();
    let machine = tokio::select! {
        machine = stack::machine(home.path(), &settings, &bars) => machine?,
        () = stop.cancelled() => return Ok(()),
    };
    let mut stack = Stack::start(Options {
        folder: home.path(),
        http: ([127, 0, 0, 1], options.http_port).into(),
        ticket_key: home.ticket_key()?,
        models: Models::Sidecar(machine),
        crew: Crew { miners: options.miners.into(), validators: options.validators.into() },
        chain,
        settings,
        ring: Some(telemetry.ring()),
        clock: Clock::system(),
    })
    .await?;
    let running = Running {
        pid: std::process::id(),
        http: stack.http,
        ready: false,
        chain: stack.chain.as_ref().map(ChainPart::running),
        validators: stack.validators.clone(),
    };
    home.announce(&running)?;
    let ready = || home.announce(&Running { ready: true, ..running.clone() });
    let outcome = serve(options, &mut stack, &stop, began, ready).await;
    home.withdraw();
    println!("stopping: work in hand is finished first; Ctrl-C again leaves at once");
    let stopped = stack.stop().await;
    tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
    drop(owned);
    outcome.and(stopped)
}

/// Says what is ready, then all of it with `ready`, and goes on until a signal.
async fn serve(
    options: &Up,
    stack: &mut Stack,
    stop: &process::Stop,
    began: Instant,
    ready: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (http, scheduler, storage) = (stack.http, stack.scheduler, stack.storage);
    let tell = |part: &str| {
        let at = match part {
            "storage" => format!("storage-svc  {storage}"),
            "scheduler" => format!("scheduler    {scheduler}"),
            // the miner of this process, the last to be ready
            _ if options.miners == 1 => "inference    Triton and one miner".to_owned(),
            _ => format!("inference    Triton and {} miners", options.miners),
        };
        println!("  {at:<34} ready after {:.1} s", began.elapsed().as_secs_f64());
    };
    tokio::select! {
        all = stack.ready(tell) => all?,
        () = stop.cancelled() => return Ok(()),
    }
    println!(
        "  {:<34} ready after {:.1} s",
        format!("gateway      http://{http}"),
        began.elapsed().as_secs_f64()
    );
    if let Some(chain) = &stack.chain {
        tokio::select! {
            () = say(chain, stack.validators.len(), began) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
    ready()?;
    println!("try: violet submit FILE --watch    docs: http://{http}/docs    stop: Ctrl-C");
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        broken = stack.broken() => Err(broken),
    }
}

/// Which chain was asked for. A fault in its settings is told before anything is fetched or started.
fn which(options: &Up, home: &Home, env: &[(String, String)]) -> anyhow::Result<Chain> {
    if options.validators > 0 && options.chain.as_deref() != Some("dev") {
        return Err(BadSetup(
            "--validators needs --chain dev; a validator of a real subnet is a stack of its own: docs/guides/validator.md".to_owned(),
        )
        .into());
    }
    let Some(name) = &options.chain else { return Ok(Chain::None) };
    if name == "dev" {
        return Ok(Chain::Dev);
    }
    let mut config = network::config(name, &options.names, &options.axon, env.iter().cloned())?;
    if !env.iter().any(|(name, _)| name == "CHAIN_SVC__DATA") {
        config.data = home.path().join("chain");
    }
    chain_svc::connect(&config, Clock::system())?;
    config.wallet.hotkey()?;
    Ok(Chain::Named(name.clone(), Box::new(config)))
}

/// One line for chain-svc, and one for a pretend chain. The network may be away: that is told, and waited for no longer.
async fn say(chain: &ChainPart, validators: usize, began: Instant) {
    if let Some(pretend) = &chain.pretend {
        println!(
            "  {:<34} a pretend chain: no rule and no amount on it is real",
            format!("devchain     {}", pretend.url())
        );
    }
    let read = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Ok(read) = chain.snapshot().await {
                return read;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let at = format!("chain-svc    {}", chain.service);
    match read.await {
        Ok(read) => {
            println!("  {at:<34} ready after {:.1} s", began.elapsed().as_secs_f64());
            chain::lines(&read).iter().for_each(|line| println!("               {line}"));
        }
        Err(_) => println!(
            "  {at:<34} has not read subnet {} of {} yet: `violet doctor --chain {}` says why",
            chain.netuid, chain.network, chain.network
        ),
    }
    let Some(pretend) = &chain.pretend else { return };
    if validators > 0 {
        println!(
            "               {validators} validators grade what is completed: `violet replay` shows a round, `violet weights show` the weights"
        );
        return;
    }
    let miners: Vec<_> = pretend.miners().map(|n| n.uid).collect();
    let example: Vec<_> = miners.iter().zip(1..).map(|(uid, weight)| format!("{uid}={weight}")).collect();
    println!(
        "               no validator of this stack sets weights by itself (--validators 2 does): violet weights set {}",
        example.join(" ")
    );
}
