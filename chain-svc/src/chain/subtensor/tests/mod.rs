//! The RPC side under faults.

mod faults;
mod mechanisms;
mod mutations;
mod sending;

use std::time::Duration;

use devchain::Devchain;
use process::clock::Clock;

use super::{Options, Subtensor};
use crate::chain::{
    Call,
    conformance::rig::{reach, start},
};

const LIMIT: Duration = Duration::from_secs(30);

async fn node() -> Devchain {
    Devchain::start(start()).await.unwrap()
}

fn over(nodes: &[&Devchain]) -> Options {
    reach(nodes.iter().map(|n| n.url()).collect())
}

fn chain(options: Options) -> Subtensor {
    Subtensor::new(options, Clock::manual(0).0)
}

fn weights() -> Call {
    Call::SetWeights { netuid: 49, mecid: 0, uids: vec![0], values: vec![1], version_key: 0 }
}
