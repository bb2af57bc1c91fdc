//! The validators of a stack on a pretend chain: each a scorer with a chain-svc that holds its hotkey and a ledger of its own, as
//! on a machine of its own; the reference inference is the stack's.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use process::net;
use tokio::net::TcpListener;

use super::{ChainPart, miner::settings};
use crate::cli::RunningValidator;

/// Settings that fit a chain of 2 s a block and a person who looks on; settings of the caller's own win.
const PACE: [(&str, &str); 6] = [
    ("SCORER__WORK__EVERY", "2s"),
    ("SCORER__ROUND__EVERY", "2s"),
    ("SCORER__ROUND__BLOCKS", "12"),
    ("SCORER__ROUND__BEFORE_EPOCH", "4"),
    ("SCORER__CHALLENGES__EVERY", "2m"),
    ("SCORER__CHALLENGES__KINDS", "[]"),
];

/// What all validators of a stack share.
pub(super) struct Place<'a> {
    /// Folder of the stack.
    pub(super) folder: &'a Path,
    /// The gateway whose tasks are graded.
    pub(super) gateway: SocketAddr,
    /// The chain.
    pub(super) chain: &'a ChainPart,
    /// Where references are made.
    pub(super) reference: SocketAddr,
    /// Settings of the stack.
    pub(super) env: &'a [(String, String)],
}

/// All that the services of one validator are started with.
pub(super) struct Validator {
    /// Where they are.
    pub(super) running: RunningValidator,
    /// Its chain-svc; `None` for the first one, whose is the stack's.
    pub(super) chain: Option<(chain_svc::Config, TcpListener)>,
    /// Its ledger.
    pub(super) ledger: (storage_svc::Config, TcpListener),
    /// Itself.
    pub(super) scorer: (scorer::Config, TcpListener),
}

impl Validator {
    /// The validator with this number, from one.
    ///
    /// # Errors
    /// Without a pretend chain; a setting that is wrong.
    pub(super) async fn prepare(number: usize, place: &Place<'_>) -> anyhow::Result<Self> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let pretend = place.chain.pretend.as_ref().context("validators of a stack need a pretend chain")?;
        let operator = pretend.neurons().first().context("the pretend chain has nobody on it")?;
        let config = pretend.config_of(number);
        let name = config.wallet.hotkey.clone();
        let chain = match number {
            1 => None,
            _ => Some((config, net::bind("chain-svc", any).await?)),
        };
        let chain_at = match &chain {
            Some((_, listener)) => listener.local_addr()?,
            None => place.chain.service,
        };
        let ledger = net::bind("storage-svc", any).await?;
        let ledger_at = ledger.local_addr()?;
        let folder = |part: &str| place.folder.join(&name).join(part).display().to_string();
        let mut env: Vec<_> = PACE.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        env.extend_from_slice(place.env);
        for (key, value) in [
            ("STORAGE_SVC__DATA_DIR", folder("storage")),
            ("SCORER__DATA_DIR", folder("scorer")),
            ("SCORER__PROXY__URL", format!("http://{}", place.gateway)),
            ("SCORER__PROXY__HOTKEY", operator.hotkey.to_string()),
            ("SCORER__CHAIN__URL", format!("http://{chain_at}")),
            ("SCORER__LEDGER__URL", format!("http://{ledger_at}")),
            ("SCORER__REFERENCE__URL", format!("http://{}", place.reference)),
        ] {
            env.push((key.to_owned(), value));
        }
        Ok(Self {
            running: RunningValidator { name, ledger: ledger_at, chain: chain_at },
            chain,
            ledger: (settings("storage-svc", storage_svc::DEFAULT, &env)?, ledger),
            scorer: (settings("scorer", scorer::DEFAULT, &env)?, net::bind("scorer", any).await?),
        })
    }
}

/// A loopback address that nobody listens on now.
///
/// # Errors
/// When there is none.
pub(super) async fn free() -> anyhow::Result<SocketAddr> {
    Ok(net::bind("inference's references", ([127, 0, 0, 1], 0).into()).await?.local_addr()?)
}
