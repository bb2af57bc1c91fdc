//! A chain that does what a test tells it to, with a real hotkey.

use std::sync::Mutex;

use async_trait::async_trait;
use btauth::{Account, Keypair, Request, Signer};
use domain::{ErrorKind, MinerId};
use proto::RpcError;

use crate::{
    service::chain::{Chain, Seat, Subnet},
    standing::Neuron,
};

/// A hotkey from a number.
pub(crate) fn key(number: u8) -> Keypair {
    Keypair::from_seed(&[number; 32])
}

/// Its address.
pub(crate) fn address(number: u8) -> String {
    key(number).account().to_string()
}

pub(crate) const VALIDATOR: u8 = 1;
pub(crate) const OPERATOR: u8 = 2;
pub(crate) const SECOND: u8 = 3;
pub(crate) const MINERS: [u8; 3] = [11, 12, 13];

/// A subnet with two validators and three miners; its owner runs the gateway.
pub(crate) fn subnet() -> Subnet {
    let seat = |uid: u16, number: u8, stake: u64, permit: bool| {
        let miner: MinerId = address(number).parse().unwrap();
        Seat { neuron: Neuron { uid, miner, registered_at: 5, stake }, permit }
    };
    let mut seats = vec![seat(0, VALIDATOR, 700, true), seat(1, SECOND, 300, true)];
    seats.extend((2..).zip(MINERS).map(|(uid, number)| seat(uid, number, 10 * u64::from(uid), false)));
    Subnet {
        block: 1_000,
        stale: None,
        genesis: "0xabc".to_owned(),
        netuid: 49,
        hotkey: address(VALIDATOR).parse().unwrap(),
        uid: Some(0),
        owner: Some(address(OPERATOR)),
        epoch: None,
        next_weights: 0,
        weights_version: 7,
        seats,
    }
}

/// Weights as they were set: name of the round, weights, version.
pub(crate) type Set = (String, Vec<(u16, f64)>, u64);

pub(crate) struct FakeChain {
    pub(crate) subnet: Mutex<Subnet>,
    pub(crate) set: Mutex<Vec<Set>>,
    /// The next tries to set weights end like this.
    pub(crate) refusals: Mutex<Vec<&'static str>>,
    signer: Signer,
}

impl FakeChain {
    pub(crate) fn new() -> Self {
        Self {
            subnet: Mutex::new(subnet()),
            set: Mutex::default(),
            refusals: Mutex::default(),
            signer: Signer::new(key(VALIDATOR), 7),
        }
    }

    pub(crate) fn at(&self, block: u64) {
        self.subnet.lock().unwrap().block = block;
    }

    pub(crate) fn sets(&self) -> Vec<Set> {
        self.set.lock().unwrap().clone()
    }
}

#[async_trait]
impl Chain for FakeChain {
    async fn subnet(&self) -> Result<Subnet, RpcError> {
        Ok(self.subnet.lock().unwrap().clone())
    }

    async fn sign(
        &self,
        method: &str,
        target: &str,
        body: [u8; 32],
        receiver: Account,
    ) -> Result<Vec<(String, String)>, RpcError> {
        let request = Request::hashed(method, target, body).unwrap();
        let now = u64::try_from(process::clock::Clock::system().micros()).unwrap() * 1_000;
        let headers = self.signer.sign(&request, receiver, now).write();
        Ok(headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    async fn set_weights(
        &self,
        round: &str,
        weights: &[(u16, f64)],
        version_key: u64,
    ) -> Result<(), RpcError> {
        if let Some(refusal) = self.refusals.lock().unwrap().pop() {
            return Err(RpcError::new(ErrorKind::Conflict, refusal));
        }
        self.set.lock().unwrap().push((round.to_owned(), weights.to_vec(), version_key));
        Ok(())
    }
}
