//! What the routes of the subnet are made from.

use std::time::Duration;

use domain::{FileId, Timestamp, consensus::Holder};
use http::{HeaderMap, header};
use process::clock::Clock;
use proto::{
    client::{EvaluationsClient, SchedulerClient, TasksClient},
    ticket::{self, Access, TicketKey},
};

use super::door::Door;
use crate::{
    http::{Leaves, problem::Problem, query::Query},
    subnet::Subnet,
};

/// A ticket for a validator is honoured this long: enough to fetch a page of tasks over a slow line.
const TICKET: Duration = Duration::from_secs(3_600);
const DEFAULT_PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 200;

/// What the routes of the subnet need.
#[derive(Clone)]
pub(crate) struct Board {
    pub(super) evaluations: EvaluationsClient,
    pub(super) tasks: TasksClient,
    pub(super) scheduler: SchedulerClient,
    pub(super) subnet: Option<Subnet>,
    pub(super) door: Door,
    key: TicketKey,
    clock: Clock,
    public_url: String,
}

impl Board {
    pub(super) fn new(leaves: &Leaves, door: &Door) -> Self {
        let Leaves { config, upstream, key, clock, subnet, .. } = leaves;
        Self {
            evaluations: upstream.evaluations.clone(),
            tasks: upstream.tasks.clone(),
            scheduler: upstream.scheduler.clone(),
            subnet: subnet.clone(),
            door: door.clone(),
            key: key.clone(),
            clock: clock.clone(),
            public_url: config.http.public_url.trim_end_matches('/').to_owned(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.micros())
    }

    /// Leave to read a file for a while.
    pub(super) fn ticket(&self, file: FileId) -> String {
        ticket::issue(&self.key, Access::Read, file, self.now() + TICKET)
    }

    /// Where this gateway is, as a caller with these headers reaches it.
    pub(super) fn base(&self, headers: &HeaderMap) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.clone();
        }
        let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if host.is_empty() { String::new() } else { format!("http://{host}") }
    }

    /// Everybody registered on the subnet.
    pub(super) fn holders(&self) -> Vec<Holder> {
        self.door.holders()
    }
}

/// The place and hotkey behind a miner's name, if it is known.
pub(super) fn behind<'a>(holders: &'a [Holder], miner: &domain::MinerId) -> Option<&'a Holder> {
    holders.iter().find(|h| h.miner == *miner)
}

/// `limit` and `cursor` of a read; nothing else may be asked.
pub(super) fn paged(mut query: Query) -> Result<(u32, Option<String>), Problem> {
    let limit = query.number("limit", 1, LARGEST_PAGE)?.unwrap_or(DEFAULT_PAGE);
    let cursor = query.text("cursor")?;
    query.end()?;
    Ok((limit, cursor))
}

/// The part of a list in order of `key` that comes after `cursor`, and where to go on.
pub(super) fn page<T, K: Ord + ToString>(
    all: Vec<T>,
    limit: u32,
    after: Option<&K>,
    key: impl Fn(&T) -> K,
) -> (Vec<T>, Option<String>) {
    let mut page: Vec<T> = all.into_iter().filter(|t| after.is_none_or(|a| key(t) > *a)).collect();
    page.sort_by_key(&key);
    let more = page.len() > limit as usize;
    page.truncate(limit as usize);
    let next = page.last().filter(|_| more).map(|t| key(t).to_string());
    (page, next)
}

/// A cursor that is the name on which a page ended.
pub(super) fn after<K: std::str::FromStr>(cursor: Option<String>) -> Result<Option<K>, Problem> {
    let read = cursor.map(|c| c.parse().map_err(|_| Problem::field("cursor", "no page gave this one")));
    read.transpose()
}
