//! The public HTTP face. It owns the public JSON, knows no database, and keeps nothing that a restart would lose.
//!
//! [`http::routes`](crate::http) is the table of everything it answers.

mod config;
mod events;
mod http;
mod subnet;

use std::time::Duration;

use anyhow::Context as _;
use domain::Timestamp;
use process::{Stop, clock::Clock, exit::BadSetup, http::HttpOptions, telemetry::SpanRing};
use proto::{
    client::{ChainClient, EvaluationsClient, FilesClient, NoncesClient, SchedulerClient, TasksClient},
    ticket::{self, TicketKey},
};
use tokio::net::TcpListener;

pub use config::{Addresses, Auth, Config, DEFAULT, Http, Limits, Tickets, Transcription, Who};
pub use http::signed::{Signed, Terms, signed};
use subnet::Subnet;

/// A pass is honoured this long: as long as the clocks of two machines may differ, and more.
const PASS_LIFE: Duration = Duration::from_secs(60);

/// The services behind the gateway.
#[derive(Clone)]
pub struct Upstream {
    /// The task store.
    pub tasks: TasksClient,
    /// What validators find.
    pub evaluations: EvaluationsClient,
    /// The nonces that were spent.
    pub nonces: NoncesClient,
    /// The file store.
    pub files: FilesClient,
    /// The scheduler.
    pub scheduler: SchedulerClient,
}

impl Upstream {
    /// Connects lazily: a service that is away is no error here but of each request.
    ///
    /// # Errors
    /// When an address is not of the form `http://host:port`.
    pub fn connect(addresses: &Addresses) -> anyhow::Result<Self> {
        let bad = |e: process::grpc::BadUri| anyhow::Error::new(BadSetup(e.to_string()));
        let storage = process::grpc::wire(&addresses.storage).map_err(bad)?;
        let scheduler = process::grpc::wire(&addresses.scheduler).map_err(bad)?;
        Ok(Self {
            tasks: TasksClient::new(storage.clone()),
            evaluations: EvaluationsClient::new(storage.clone()),
            nonces: NoncesClient::new(storage.clone()),
            files: FilesClient::new(storage),
            scheduler: SchedulerClient::new(scheduler),
        })
    }
}

/// Calls to a scheduler that is reached from elsewhere show that they are its operator's.
fn passing(scheduler: SchedulerClient, key: TicketKey, clock: Clock) -> SchedulerClient {
    scheduler.passing(move || ticket::pass(&key, Timestamp::from_micros(clock.micros()) + PASS_LIFE))
}

/// The subnet, where one is followed.
fn subnet(auth: &Auth) -> Result<Option<Subnet>, BadSetup> {
    if auth.chain.is_empty() {
        return Ok(None);
    }
    let wire = process::grpc::wire(&auth.chain).map_err(|e| BadSetup(e.to_string()))?;
    Ok(Some(Subnet::new(ChainClient::new(wire))))
}

/// Serves until `stop`, then drains: requests in flight finish, event streams end.
///
/// `ring` holds the recent spans of every service of this process; without it the trace route answers 404 and names the
/// collector as the place to look.
///
/// # Errors
/// `BadSetup` for a ticket key that is too short, or an address that is none; an error when requests were cut at the end of the drain time.
pub async fn run(
    config: Config,
    listener: TcpListener,
    upstream: Upstream,
    ring: Option<SpanRing>,
    clock: Clock,
    stop: Stop,
) -> anyhow::Result<()> {
    let key: TicketKey = config
        .tickets
        .key
        .parse()
        .map_err(|e: proto::ticket::WeakKey| BadSetup(format!("tickets.key of the gateway: {e}")))?;
    tracing::info!(address = %listener.local_addr()?, "gateway listens");
    let options = HttpOptions {
        max_connections: config.http.max_connections,
        header_timeout: config.http.header_timeout,
        drain: config.http.drain,
    };
    let upstream =
        Upstream { scheduler: passing(upstream.scheduler, key.clone(), clock.clone()), ..upstream };
    let loopback = listener.local_addr()?.ip().to_canonical().is_loopback();
    let open = config.auth.miners == Who::Off && loopback;
    let subnet = subnet(&config.auth)?;
    let following = subnet.clone().map(|subnet| tokio::spawn(subnet.follow(stop.clone())));
    let leaves = http::Leaves { config, upstream, key, ring, clock, open, subnet, stop: stop.clone() };
    let served = process::http::serve(listener, http::routes(&leaves), options, stop.clone()).await;
    stop.cancel();
    if let Some(following) = following {
        following.await.context("following the subnet")?;
    }
    served.context("serving HTTP")
}
