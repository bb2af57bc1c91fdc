//! The commands around a stack.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// Where a stack keeps its state.
#[derive(Debug, Clone, Args)]
pub struct DataDir {
    /// Folder of the stack's database, files, logs and keys [default: ~/.local/share/violet]
    #[arg(long, env = "VIOLET_DATA")]
    pub data_dir: Option<PathBuf>,
}

/// Options of `violet up`.
#[derive(Debug, Clone, Args)]
pub struct Up {
    /// Where the stack keeps its state
    #[command(flatten)]
    pub data: DataDir,
    /// Port of the HTTP interface on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 8000)]
    pub http_port: u16,
    /// Which models to serve: small, full or gpu
    #[arg(long, default_value = "small")]
    pub profile: String,
    /// Go on in the background; see `violet status`, `violet logs` and `violet down`
    #[arg(long)]
    pub detach: bool,
    /// Use this Triton server (gRPC, http://host:port) instead of starting one
    #[arg(long)]
    pub triton: Option<String>,
    /// Miners of this stack, sharing one model server
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub miners: u8,
    /// Validators of this stack, with --chain dev
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=16))]
    pub validators: u8,
    /// Take part in a chain: dev (a pretend one, made for this stack, with neurons and wallets of its own), finney, test,
    /// local, or an address such as ws://127.0.0.1:9944 [default: none]
    #[arg(long, visible_alias = "subtensor.network", value_name = "NETWORK")]
    pub chain: Option<String>,
    /// As whom
    #[command(flatten)]
    pub names: chain_svc::Names,
    /// Serving where
    #[command(flatten)]
    pub axon: chain_svc::AxonNames,
}

/// Options of `violet doctor`.
#[derive(Debug, Clone, Args)]
pub struct Doctor {
    /// Where the stack keeps its state
    #[command(flatten)]
    pub data: DataDir,
    /// Look at this chain too, with nothing but questions: dev (of the running stack), finney, test, local, or an address
    #[arg(long, visible_alias = "subtensor.network", value_name = "NETWORK")]
    pub chain: Option<String>,
    /// As whom
    #[command(flatten)]
    pub names: chain_svc::Names,
}

/// Options of `violet demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// A recording of your own instead of the one that ships with Violet
    pub file: Option<PathBuf>,
}

/// Options of `violet logs`.
#[derive(Debug, Clone, Args)]
pub struct Logs {
    /// Which stack
    #[command(flatten)]
    pub data: DataDir,
    /// Go on printing what is added
    #[arg(short, long)]
    pub follow: bool,
    /// Lines from the end
    #[arg(short = 'n', long, default_value_t = 100)]
    pub lines: usize,
}

/// Where a running stack is reached, as it writes it down for the other commands.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Its HTTP interface.
    pub http: SocketAddr,
    /// Whether every part of it was ready once.
    #[serde(default)]
    pub ready: bool,
    /// The chain it takes part in, if any.
    #[serde(default)]
    pub chain: Option<RunningChain>,
    /// Its validators.
    #[serde(default)]
    pub validators: Vec<RunningValidator>,
}

/// A validator of a running stack.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct RunningValidator {
    /// The name of its hotkey.
    pub name: String,
    /// The storage-svc that keeps its ledger.
    pub ledger: SocketAddr,
    /// The chain-svc that holds its hotkey.
    pub chain: SocketAddr,
}

/// The chain of a running stack.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct RunningChain {
    /// Which: `dev`, or as it was named.
    pub network: String,
    /// Its chain-svc.
    pub service: SocketAddr,
    /// Where the pretend chain is reached, if it is that.
    pub node: Option<String>,
}
