//! The inference service (a miner) as a program of its own. Usage: `inference [CONFIG.toml]`.

use std::{path::PathBuf, process::ExitCode};

use inference::{Config, models::Logged};
use process::{exit, net, telemetry};

fn main() -> ExitCode {
    exit::run_main("inference", async {
        let file = std::env::args_os().nth(1).map(PathBuf::from);
        let config = Config::load(file.as_deref(), std::env::vars())?;
        let telemetry = telemetry::init(&telemetry::Options::from_env("inference"))?;
        let admin = net::bind("inference", config.admin).await?;
        let stop = exit::stop_on_signals()?;
        let outcome = tokio::select! {
            machine = inference::prepare(&config, &Logged) => {
                inference::run_with_sidecar(vec![(config, admin)], machine?, stop).await
            }
            () = stop.cancelled() => Ok(()),
        };
        tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
        outcome
    })
}
