//! `violet`: see [`violet::cli`].

use std::process::ExitCode;

use clap::Parser as _;
use violet::{
    cli::{Cli, Command},
    cmd,
};

fn main() -> ExitCode {
    // more than one TLS provider is compiled in: say which
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    process::exit::run_main("violet", async {
        match &Cli::parse().command {
            Command::Demo(options) => Box::pin(cmd::demo::run(options)).await,
            Command::Up(options) if options.detach => cmd::detach::run(options).await,
            Command::Up(options) => Box::pin(cmd::up::run(options)).await,
            Command::Status(data) => cmd::status::run(data).await,
            Command::Logs(options) => cmd::logs::run(options).await,
            Command::Down(data) => cmd::down::run(data).await,
            Command::Submit(options) => cmd::submit::run(options).await,
            Command::Verify(options) => cmd::verify::run(&options.file, options.scheduler.as_deref()),
            Command::Replay(options) => cmd::replay::run(options).await,
            Command::Models(options) => cmd::models::run(&options.command).await,
            Command::Doctor(options) => cmd::doctor::run(options).await,
            Command::Wallet(options) => cmd::wallet::run(&options.command).await,
            Command::Register(options) => Box::pin(cmd::register::run(options)).await,
            Command::Weights(options) => cmd::weights::run(&options.command).await,
        }
    })
}
