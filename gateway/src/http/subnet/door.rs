//! Who may enter the routes of validators, and who they are.

use std::{sync::Arc, time::Duration};

use btauth::{
    Caller,
    grpc::{Guard, Role},
};
use bytes::Bytes;
use domain::{
    ErrorKind, Task, ValidatorId,
    consensus::{Electorate, Holder},
};
use http::{HeaderMap, Method};

use crate::{
    http::{
        Leaves,
        call::{About, Body},
        problem::Problem,
        query::Query,
        signed::{self, Terms},
        upload,
    },
    subnet::Subnet,
};

/// Longest body of a request, in bytes.
const LIMIT: u64 = 1 << 20;
/// What every header of a signed request begins with.
const SIGNED: &str = "x-bittensor-";
/// Validators that are needed where nobody knows how many there are.
const UNKNOWN: u32 = 2;

/// Lets in validators of the subnet by their signatures; on a gateway that is open, anybody who signs nothing.
#[derive(Clone)]
pub(crate) struct Door {
    terms: Option<Terms>,
    subnet: Option<Subnet>,
    stake: u64,
    open: bool,
    idle: Duration,
}

/// A request before it is let in.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) params: Vec<String>,
}

/// A request that was let in.
pub(crate) struct Entered {
    pub(crate) who: Who,
    pub(crate) headers: HeaderMap,
    pub(crate) params: Vec<String>,
    pub(crate) query: Query,
    pub(crate) body: Bytes,
    pub(crate) about: Arc<About>,
}

/// Who sent a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    /// A hotkey of the subnet.
    Signer(Caller),
    /// Whoever reaches this gateway.
    Anybody,
}

/// A validator that speaks.
#[derive(Debug, Clone)]
pub(crate) struct Validator {
    pub(crate) id: ValidatorId,
    pub(crate) uid: u16,
    pub(crate) stake: u64,
}

impl Door {
    pub(crate) fn new(leaves: &Leaves) -> Self {
        let Leaves { config, upstream, clock, subnet, open, .. } = leaves;
        // who has no stake has no vote
        let (stake, idle) = (config.auth.validator_stake.max(1), config.http.upload_idle);
        let terms = subnet.as_ref().map(|subnet| {
            let clock = clock.clone();
            let guard = Guard {
                registry: subnet.registry.clone(),
                role: Role::Validator { stake },
                nonces: Arc::new(upstream.nonces.clone()),
                now: Arc::new(move || {
                    u64::try_from(clock.micros()).unwrap_or_default().saturating_mul(1_000)
                }),
            };
            Terms { guard: Arc::new(guard), limit: LIMIT, idle }
        });
        Self { terms, subnet: subnet.clone(), stake, open: *open, idle }
    }

    /// Reads a request and finds out who sent it.
    ///
    /// # Errors
    /// 401 and 403 as btauth/1 has them, 413, and 503 where there is no subnet to prove anything by.
    pub(crate) async fn enter(
        &self,
        asked: Asked,
        body: Body,
        about: Arc<About>,
    ) -> Result<Entered, Problem> {
        let Asked { method, path, query, headers, params } = asked;
        let signs = headers.keys().any(|name| name.as_str().starts_with(SIGNED));
        let (who, body) = match &self.terms {
            _ if self.open && !signs => {
                upload::check_length(&headers, "body", LIMIT, 0)?;
                let body = signed::gather(LIMIT, self.idle, body).await;
                (Who::Anybody, body.map_err(|broken| broken.problem("body"))?)
            }
            Some(terms) => {
                let target = query.as_ref().map_or_else(|| path.clone(), |q| format!("{path}?{q}"));
                let entered = signed::enter(terms, &method, &target, &headers, body).await?;
                (Who::Signer(entered.caller), entered.body)
            }
            None => {
                let why = "this gateway follows no chain, so that nobody can prove to be a validator";
                return Err(Problem::new(ErrorKind::Unavailable, why));
            }
        };
        let query = Query::new(query.unwrap_or_default());
        Ok(Entered { who, headers, params, query, body, about })
    }

    /// The validator that speaks, which says that it is `uid`.
    ///
    /// # Errors
    /// 403 for the uid of another.
    pub(crate) fn validator(&self, who: Who, uid: u16) -> Result<Validator, Problem> {
        let named = |text: String| text.parse().map_err(|_| Problem::internal("a hotkey is no name"));
        let Some((Who::Signer(caller), terms)) = self.terms.as_ref().map(|t| (who, t)) else {
            return Ok(Validator { id: named(format!("uid-{uid}"))?, uid, stake: 1 });
        };
        let denied = |d: btauth::grpc::Denied| Problem::new(d.kind(), d.to_string());
        let member = terms.guard.registry.admit(caller.hotkey, terms.guard.role).map_err(denied)?;
        if member.uid != uid {
            let why = format!("validator_uid: the hotkey that signed has uid {}", member.uid);
            return Err(Problem::new(ErrorKind::Forbidden, why));
        }
        Ok(Validator { id: named(caller.hotkey.to_string())?, uid, stake: member.stake })
    }

    /// How many validators have a vote.
    pub(crate) fn validators(&self) -> u32 {
        self.subnet.as_ref().map_or(UNKNOWN, |subnet| subnet.validators(self.stake))
    }

    /// Who can vote on `task`, and who stands behind the names of its miners.
    pub(crate) fn electorate(&self, task: &Task) -> Electorate {
        let holders = self.holders();
        let asked = |h: &Holder| task.leases.iter().any(|l| l.miner == h.miner);
        let holders = holders.into_iter().filter(asked).collect();
        Electorate { validators: self.validators(), holders }
    }

    /// Who stands behind which name: on a subnet a miner's name is its uid.
    pub(crate) fn holders(&self) -> Vec<Holder> {
        let neurons = self.subnet.as_ref().map(Subnet::neurons).unwrap_or_default();
        let holder = |n: crate::subnet::Neuron| {
            Some(Holder { miner: n.uid.to_string().parse().ok()?, uid: n.uid, hotkey: n.hotkey })
        };
        neurons.into_iter().filter_map(holder).collect()
    }
}
