//! `violet up`: the whole stack in this process, until Ctrl-C.

use std::time::Instant;

use process::{clock::Clock, telemetry};

use crate::{
    bars::Bars,
    cli::{Running, Up},
    home::Home,
    stack::{self, Models, Options, Stack},
};

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
        keep_traces: 256,
        ..telemetry::Options::from_env("violet")
    })?;
    println!("violet {} · data in {}", env!("CARGO_PKG_VERSION"), home.path().display());
    let mut settings: Vec<(String, String)> = std::env::vars().collect();
    settings.push(("INFERENCE__MODELS__PROFILE".into(), options.profile.clone()));
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
        settings,
        ring: Some(telemetry.ring()),
        clock: Clock::system(),
    })
    .await?;
    home.announce(&Running { pid: std::process::id(), http: stack.http })?;
    let outcome = serve(&mut stack, &stop, began).await;
    home.withdraw();
    println!("stopping: work in hand is finished first; Ctrl-C again leaves at once");
    let stopped = stack.stop().await;
    tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
    drop(owned);
    outcome.and(stopped)
}

async fn serve(stack: &mut Stack, stop: &process::Stop, began: Instant) -> anyhow::Result<()> {
    let (http, scheduler, storage) = (stack.http, stack.scheduler, stack.storage);
    let tell = |part: &str| {
        let at = match part {
            "storage" => format!("storage-svc  {storage}"),
            "scheduler" => format!("scheduler    {scheduler}"),
            // the miner of this process, the last to be ready
            _ => "inference    Triton and one miner".to_owned(),
        };
        println!("  {at:<34} ready after {:.1} s", began.elapsed().as_secs_f64());
    };
    tokio::select! {
        ready = stack.ready(tell) => ready?,
        () = stop.cancelled() => return Ok(()),
    }
    println!(
        "  {:<34} ready after {:.1} s",
        format!("gateway      http://{http}"),
        began.elapsed().as_secs_f64()
    );
    println!("try: violet submit FILE --watch    docs: http://{http}/docs    stop: Ctrl-C");
    tokio::select! {
        () = stop.cancelled() => Ok(()),
        broken = stack.broken() => Err(broken),
    }
}
