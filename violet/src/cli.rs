//! The command line.

mod chain;
mod stack;
mod wallet;
mod work;

pub use chain::{ChainSvc, Register, Weights, WeightsCommand};
pub use stack::{DataDir, Demo, Doctor, Logs, Running, RunningChain, RunningValidator, Up};
pub use wallet::{PasswordFrom, SecretFrom, TextFrom, Wallet, WalletCommand};
pub use work::{Models, ModelsCommand, Replay, Submit, Verify};

use clap::{Parser, Subcommand};

/// Speech and text work on a network of GPUs.
#[derive(Debug, Parser)]
#[command(name = "violet", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up everything and transcribe a real recording through the whole mesh
    Demo(Demo),
    /// Run the whole stack on this machine
    Up(Up),
    /// Say how the stack of a data folder is doing
    Status(DataDir),
    /// Print the log of the stack of a data folder
    Logs(Logs),
    /// Stop the stack of a data folder
    Down(DataDir),
    /// Send a file or a text to a gateway
    Submit(Submit),
    /// Check a receipt offline
    Verify(Verify),
    /// Compute a validator's round again from its records, and compare
    Replay(Replay),
    /// Look after the models in the cache
    Models(Models),
    /// Say what this machine has and what it lacks
    Doctor(Doctor),
    /// Look after wallets, in the files of btcli
    Wallet(Wallet),
    /// Register a hotkey on a subnet, for no more than a limit
    Register(Register),
    /// Set and show a validator's weights
    Weights(Weights),
}
