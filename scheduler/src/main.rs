//! The scheduler as a program of its own. Usage: `scheduler [CONFIG.toml]`.

use std::{path::PathBuf, process::ExitCode};

use process::{clock::Clock, config, exit, net, telemetry};
use scheduler::{Config, DEFAULT};

fn main() -> ExitCode {
    exit::run_main("scheduler", async {
        let file = std::env::args_os().nth(1).map(PathBuf::from);
        let config: Config = config::load("scheduler", DEFAULT, file.as_deref(), std::env::vars())?;
        let telemetry = telemetry::init(&telemetry::Options::from_env("scheduler"))?;
        let listener = net::bind("scheduler", config.listen).await?;
        let stop = exit::stop_on_signals()?;
        tracing::info!(address = %listener.local_addr()?, "scheduler listens");
        let outcome = scheduler::run(config, listener, Clock::system(), stop).await;
        tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
        outcome
    })
}
