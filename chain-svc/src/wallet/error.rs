//! What goes wrong with wallets.

use std::io;
use std::path::PathBuf;

use domain::ErrorKind;

/// Why a wallet was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// A name that could lead out of the folder of wallets.
    #[error("{0:?} is no name of a wallet or hotkey: 1 to 64 letters, digits, dots, dashes or underscores")]
    Name(String),
    /// No such file.
    #[error("{} does not exist: check the path, the name of the wallet and the hotkey", .0.display())]
    Missing(PathBuf),
    /// A file or folder that cannot be read.
    #[error("read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is no keyfile, or one that is not opened.
    #[error("open the keyfile {}", path.display())]
    Keyfile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: BadKeyfile,
    },
    /// Keys are never overwritten.
    #[error("{} exists already, and keys are never overwritten", .0.display())]
    Exists(PathBuf),
    /// A file that cannot be written.
    #[error("write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Why a keyfile gave no key. Never repeats its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyfile {
    /// Neither JSON nor a bare secret.
    #[error("the content is neither a keyfile nor a bare seed or phrase")]
    NotKeyfile,
    /// A field that is not in shape.
    #[error("its field {0} is not in shape")]
    Field(&'static str),
    /// A public file where a secret is needed.
    #[error("it holds no secret: this is the public half")]
    NoSecret,
    /// Nothing to compare the secret with.
    #[error("it names no address")]
    NoAddress,
    /// The file contradicts itself.
    #[error("its secret gives another address than the one it names")]
    OtherAddress,
    /// The wrong kind of key.
    #[error("it is an ed25519 key, and only sr25519 keys can be registered: make a new one with btcli")]
    Ed25519,
    /// Encrypted, and no password was given.
    #[error("it is encrypted: give its password")]
    Encrypted,
    /// The password is wrong, or the file was changed.
    #[error("the password is wrong, or the file is damaged")]
    Password,
    /// Encrypted as wallets were before 2024.
    #[error("it is encrypted in the old form {0}, which is not read: save it anew with btcli")]
    OldEncryption(&'static str),
    /// Not enough memory for the password.
    #[error("checking the password needs 512 MiB of memory")]
    Memory,
}

impl WalletError {
    /// What it means to a caller of ours.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Name(_) | Self::Keyfile { .. } => ErrorKind::Invalid,
            Self::Missing(_) => ErrorKind::NotFound,
            Self::Exists(_) => ErrorKind::Conflict,
            Self::Read { .. } | Self::Write { .. } => ErrorKind::Internal,
        }
    }
}
