//! The scorer as a program of its own. Usage: `scorer [CONFIG.toml] --proxy_server_url URL [--netuid N] ..`.

use std::process::ExitCode;

use clap::Parser as _;
use process::{exit, net, telemetry};
use scorer::Flags;

fn main() -> ExitCode {
    let flags = Flags::parse();
    exit::run_main("scorer", async move {
        let config = flags.load(std::env::vars())?;
        let telemetry = telemetry::init(&telemetry::Options::from_env("scorer"))?;
        let admin = net::bind("scorer", config.admin).await?;
        let stop = exit::stop_on_signals()?;
        tracing::info!(admin = %admin.local_addr()?, gateway = config.proxy.url, "scorer starts");
        let outcome = scorer::run(config, admin, stop).await;
        tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
        outcome
    })
}
