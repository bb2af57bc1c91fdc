//! The commands around wallets.

use std::path::PathBuf;

use chain_svc::KeyNames;
use clap::{Args, Subcommand};

/// Options of `violet wallet`.
#[derive(Debug, Clone, Args)]
pub struct Wallet {
    /// What to do with them.
    #[command(subcommand)]
    pub command: WalletCommand,
}

/// What can be done with wallets.
#[derive(Debug, Clone, Subcommand)]
pub enum WalletCommand {
    /// Make a coldkey under a password and a hotkey; a coldkey that is there stays
    New {
        /// Which
        #[command(flatten)]
        keys: KeyNames,
        /// Make the hotkey only, for a machine on which the coldkey does not belong
        #[arg(long)]
        hotkey_only: bool,
        /// The coldkey's new password
        #[command(flatten)]
        password: PasswordFrom,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Name the wallets of a folder, their hotkeys and addresses
    List {
        /// The folder of wallets [default: ~/.bittensor/wallets]
        #[arg(long = "wallet.path", env = "BT_WALLET_PATH")]
        path: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say where the keys of a wallet lie, how they are kept, and whose they are
    Show {
        /// Which
        #[command(flatten)]
        keys: KeyNames,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Sign a text with the hotkey, as btcli does
    Sign {
        /// Whose
        #[command(flatten)]
        keys: KeyNames,
        /// What to sign
        #[command(flatten)]
        text: TextFrom,
        /// With the coldkey instead
        #[arg(long)]
        coldkey: bool,
        /// The password of the key
        #[command(flatten)]
        password: PasswordFrom,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say whether a text was signed by an address
    Verify {
        /// The wallet, where no address is given
        #[command(flatten)]
        keys: KeyNames,
        /// What was signed
        #[command(flatten)]
        text: TextFrom,
        /// The signature, 128 hex digits
        #[arg(long)]
        signature: String,
        /// Whose it should be [default: the hotkey of the wallet]
        #[arg(long)]
        address: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a key made elsewhere, from its words or its seed
    Import {
        /// Which
        #[command(flatten)]
        keys: KeyNames,
        /// It is a coldkey; it gets a password
        #[arg(long)]
        coldkey: bool,
        /// The words or the seed
        #[command(flatten)]
        secret: SecretFrom,
        /// The coldkey's new password
        #[command(flatten)]
        password: PasswordFrom,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Where a password comes from; else it is asked for on the terminal.
#[derive(Debug, Clone, Default, Args)]
pub struct PasswordFrom {
    /// Take the password from this variable of the environment instead of asking
    #[arg(long, value_name = "VARIABLE", conflicts_with = "password_file")]
    pub password_env: Option<String>,
    /// Take the password from the first line of this file instead of asking
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// Where words or a seed come from; else they are asked for on the terminal.
#[derive(Debug, Clone, Default, Args)]
pub struct SecretFrom {
    /// Take the words or the seed from this variable of the environment instead of asking
    #[arg(long, value_name = "VARIABLE", conflicts_with = "secret_file")]
    pub secret_env: Option<String>,
    /// Take the words or the seed from this file instead of asking
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
}

/// A text that is signed.
#[derive(Debug, Clone, Args)]
pub struct TextFrom {
    /// The text
    #[arg(long, required_unless_present = "file")]
    pub message: Option<String>,
    /// A file that holds the text; every byte of it counts
    #[arg(long, conflicts_with = "message")]
    pub file: Option<PathBuf>,
}
