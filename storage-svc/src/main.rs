//! The storage service as a program of its own. Usage: `storage-svc [CONFIG.toml]`.

use std::path::PathBuf;
use std::process::ExitCode;

use process::{clock::Clock, config, exit, net, telemetry};
use storage_svc::{Config, DEFAULT, SERVICE};

fn main() -> ExitCode {
    exit::run_main(SERVICE, async {
        let file = std::env::args_os().nth(1).map(PathBuf::from);
        let config: Config = config::load(SERVICE, DEFAULT, file.as_deref(), std::env::vars())?;
        let telemetry = telemetry::init(&telemetry::Options::from_env(SERVICE))?;
        let listener = net::bind(SERVICE, config.listen).await?;
        let stop = exit::stop_on_signals()?;
        tracing::info!(address = %listener.local_addr()?, "storage listens");
        let outcome = storage_svc::run(config, listener, Clock::system(), stop).await;
        tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
        outcome
    })
}
