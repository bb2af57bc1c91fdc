//! The chain's rules, ported by hand: each check is one line and has one test that names it.

pub(crate) mod commit;
pub(crate) mod registration;
pub(crate) mod serving;
pub(crate) mod stake;
pub(crate) mod start;
pub(crate) mod weights;

use std::collections::BTreeMap;

use crate::draft::Draft;
use crate::keys::Hash;
use crate::state::{SUBTENSOR, StateError};
use crate::value::{self, Value};

/// Why a call did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// The chain's own error, by its name in the metadata.
    #[error("{0}")]
    Error(&'static str),
    /// An error chosen by a test, by name.
    #[error("{0}")]
    Named(String),
    /// An error index that the metadata need not know.
    #[error("module error {0}")]
    Index(u8),
    /// An argument has a value that its type allows and the chain cannot hold.
    #[error("argument {0}")]
    Argument(String),
    /// This chain is broken, not the caller.
    #[error(transparent)]
    State(#[from] StateError),
}

/// What a rule answers.
pub(crate) type Outcome = Result<(), Refused>;

/// Refuses by the chain's own error name.
pub(crate) fn refuse<T>(name: &'static str) -> Result<T, Refused> {
    Err(Refused::Error(name))
}

/// `Ok` where the condition holds, else the chain's error of that name.
pub(crate) fn ensure(holds: bool, name: &'static str) -> Outcome {
    if holds { Ok(()) } else { refuse(name) }
}

/// The arguments of a call, by name.
#[derive(Debug, Clone)]
pub(crate) struct Args(pub(crate) BTreeMap<String, Value>);

impl Args {
    fn read<T>(&self, name: &str, f: impl Fn(&Value) -> Option<T>) -> Result<T, Refused> {
        self.0.get(name).and_then(f).ok_or_else(|| Refused::Argument(name.to_owned()))
    }

    /// A number that fits `T`.
    pub(crate) fn num<T: TryFrom<u128>>(&self, name: &str) -> Result<T, Refused> {
        self.read(name, |v| value::as_num(v).and_then(|n| T::try_from(n).ok()))
    }

    /// A list of numbers that fit `T`.
    pub(crate) fn nums<T: TryFrom<u128>>(&self, name: &str) -> Result<Vec<T>, Refused> {
        self.read(name, |v| value::as_nums(v)?.into_iter().map(|n| T::try_from(n).ok()).collect())
    }

    /// An account.
    pub(crate) fn account(&self, name: &str) -> Result<Hash, Refused> {
        self.read(name, value::as_account)
    }

    /// Bytes.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, Refused> {
        self.read(name, value::as_bytes)
    }
}

type Rule = fn(&mut Draft<'_>, Hash, &Args) -> Outcome;

/// Every call that this chain knows; any other is refused when it is submitted.
const CALLS: &[(&str, &str, Rule)] = &[
    ("System", "remark", |_, _, _| Ok(())),
    (SUBTENSOR, "burned_register", registration::burned_register),
    (SUBTENSOR, "register_limit", registration::register_limit),
    (SUBTENSOR, "serve_axon", serving::serve_axon),
    (SUBTENSOR, "set_weights", weights::set_weights),
    (SUBTENSOR, "set_mechanism_weights", weights::set_mechanism_weights),
    (SUBTENSOR, "commit_timelocked_weights", commit::commit_timelocked_weights),
    (SUBTENSOR, "commit_timelocked_mechanism_weights", commit::commit_timelocked_mechanism_weights),
    (SUBTENSOR, "start_call", start::start_call),
];

/// True for a call that this chain knows.
pub(crate) fn knows(pallet: &str, call: &str) -> bool {
    CALLS.iter().any(|(p, c, _)| *p == pallet && *c == call)
}

/// Applies a call that [`knows`] knows.
pub(crate) fn dispatch(x: &mut Draft<'_>, who: Hash, pallet: &str, call: &str, args: &Args) -> Outcome {
    match CALLS.iter().find(|(p, c, _)| *p == pallet && *c == call) {
        Some((_, _, rule)) => rule(x, who, args),
        None => Err(Refused::Argument(format!("{pallet}.{call}"))),
    }
}
