//! The gateway as a program of its own. Usage: `gateway [CONFIG.toml]`.

use std::{path::PathBuf, process::ExitCode};

use gateway::{Config, DEFAULT, Upstream};
use process::{clock::Clock, config, exit, net, telemetry};

fn main() -> ExitCode {
    exit::run_main("gateway", async {
        let file = std::env::args_os().nth(1).map(PathBuf::from);
        let config: Config = config::load("gateway", DEFAULT, file.as_deref(), std::env::vars())?;
        let telemetry = telemetry::init(&telemetry::Options::from_env("gateway"))?;
        let listener = net::bind("gateway", config.http.listen).await?;
        let upstream = Upstream::connect(&config.upstream)?;
        let stop = exit::stop_on_signals()?;
        // the spans of the other services are in other processes: a collector has them all, a ring here would not
        let outcome = gateway::run(config, listener, upstream, None, Clock::system(), stop).await;
        tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
        outcome
    })
}
