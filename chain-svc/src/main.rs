//! The chain service as a program of its own. Usage: `chain-svc [CONFIG.toml] [--netuid N] [--subtensor.network NAME] ..`.

use std::process::ExitCode;

use chain_svc::Flags;
use clap::Parser as _;
use process::{clock::Clock, exit, net, telemetry};

fn main() -> ExitCode {
    let flags = Flags::parse();
    exit::run_main("chain-svc", async move {
        let config = flags.load(std::env::vars())?;
        let telemetry = telemetry::init(&telemetry::Options::from_env("chain-svc"))?;
        let listener = net::bind("chain-svc", config.listen).await?;
        let stop = exit::stop_on_signals()?;
        tracing::info!(address = %listener.local_addr()?, netuid = config.netuid, "chain-svc listens");
        let outcome = chain_svc::run(config, listener, Clock::system(), stop).await;
        tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
        outcome
    })
}
