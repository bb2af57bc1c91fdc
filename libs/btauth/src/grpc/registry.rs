//! Who is registered on the subnet, by the last word of chain-svc.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use domain::ErrorKind;
use futures_util::StreamExt as _;
use proto::RpcError;
use proto::client::{ChainClient, Metagraph};
use tokio::time::{sleep, timeout};

use crate::{Account, Forbidden};

/// First pause after chain-svc was away, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// The metagraph is asked for at least this often, whatever is told of blocks.
const ASK: Duration = Duration::from_secs(30);

/// Whom this operator serves. Empty until chain-svc was reached; kept on while it is away.
#[derive(Default)]
pub struct Registry(RwLock<Option<Known>>);

struct Known {
    block: u64,
    me: Account,
    members: HashMap<Account, Member>,
}

/// A registered hotkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its place in the subnet.
    pub uid: u16,
    /// It may set weights.
    pub permit: bool,
    /// What the chain weighs it by, in rao.
    pub stake: u64,
}

/// What a caller must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Registered.
    Registered,
    /// A holder of a validator's permit.
    Validator {
        /// The least stake, in rao.
        stake: u64,
    },
}

/// Why a caller that is believed is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The subnet says no.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The subnet was not read yet.
    #[error("who is registered on the subnet is not known yet; try again")]
    Unknown,
}

/// A metagraph with something for an address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the metagraph of block {block} names a hotkey that is no address")]
pub struct BadMetagraph {
    block: u64,
}

impl Denied {
    /// What it means to the caller.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::Forbidden(forbidden) => forbidden.kind(),
            Self::Unknown => ErrorKind::Unavailable,
        }
    }
}

impl Registry {
    /// For whom requests must be signed: the hotkey that chain-svc holds. `None` until it was reached.
    #[must_use]
    pub fn me(&self) -> Option<Account> {
        self.read(|known| known.me)
    }

    /// The block that is known of.
    #[must_use]
    pub fn block(&self) -> Option<u64> {
        self.read(|known| known.block)
    }

    /// Whether this hotkey is what `role` asks for.
    ///
    /// # Errors
    /// What it lacks; or that nothing is known yet.
    pub fn admit(&self, hotkey: Account, role: Role) -> Result<Member, Denied> {
        let found = self.read(|known| known.members.get(&hotkey).copied()).ok_or(Denied::Unknown)?;
        let member = found.ok_or(Forbidden::NotRegistered)?;
        match role {
            Role::Validator { .. } if !member.permit => Err(Forbidden::NoPermit.into()),
            Role::Validator { stake } if member.stake < stake => Err(Forbidden::TooLittleStake.into()),
            Role::Registered | Role::Validator { .. } => Ok(member),
        }
    }

    /// Everybody registered, by uid; `None` until chain-svc was reached.
    #[must_use]
    pub fn members(&self) -> Option<Vec<(Account, Member)>> {
        let mut all: Vec<_> = self.read(|known| known.members.iter().map(|(a, m)| (*a, *m)).collect())?;
        all.sort_unstable_by_key(|(_, member)| member.uid);
        Some(all)
    }

    /// Takes over what was read.
    ///
    /// # Errors
    /// [`BadMetagraph`]; what was known before stays.
    pub fn learn(&self, read: &Metagraph) -> Result<(), BadMetagraph> {
        let block = read.block;
        let account = |text: &str| text.parse::<Account>().map_err(|_| BadMetagraph { block });
        let member = |n: &proto::client::Neuron| -> Result<_, BadMetagraph> {
            Ok((account(&n.hotkey)?, Member { uid: n.uid, permit: n.permit, stake: n.stake }))
        };
        let members = read.neurons.iter().map(member).collect::<Result<_, _>>()?;
        let known = Known { block, me: account(&read.own)?, members };
        // replaced in one step, so a poisoned lock guards sound data
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(())
    }

    /// Keeps up with chain-svc for as long as this is awaited: asks at every block, and again after every loss. Tells `tell`
    /// whether it could.
    pub async fn follow(&self, chain: &ChainClient, tell: impl Fn(Result<(), String>)) -> Infallible {
        let (first, most) = PAUSES;
        let mut pause = first;
        loop {
            let before = self.block();
            let ended = self.keep_up(chain, &tell).await;
            let error =
                ended.map_or_else(|e| e.to_string(), |()| "chain-svc ended the stream of blocks".to_owned());
            tracing::warn!(error, "chain-svc does not tell who is registered, asking again");
            tell(Err(error));
            pause = if self.block() == before { (pause * 2).min(most) } else { first };
            sleep(pause).await;
        }
    }

    async fn keep_up(&self, chain: &ChainClient, tell: &impl Fn(Result<(), String>)) -> Result<(), RpcError> {
        let late = |_| RpcError::new(ErrorKind::Deadline, "chain-svc does not answer");
        let mut blocks = timeout(ASK, chain.blocks()).await.map_err(late)??;
        loop {
            let read = chain.metagraph().await?;
            self.learn(&read).map_err(|e| RpcError::new(ErrorKind::Internal, e.to_string()))?;
            tell(Ok(()));
            match timeout(ASK, blocks.next()).await {
                Ok(Some(block)) => drop(block?),
                Ok(None) => return Ok(()),
                // no block for a while: what is known may still have become stale, or the stream stuck
                Err(_) => {}
            }
        }
    }

    fn read<T>(&self, f: impl FnOnce(&Known) -> T) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(f)
    }
}
