//! The loop: start, watch, heal, start again, stop.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use futures_util::{TryStreamExt as _, stream};
use process::telemetry::Causes;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use triton_client::Triton;

use super::{
    Load, Local, Options, Server as Which,
    handle::{Activities, Activity, Handle, Report},
    layout::Layout,
    ledger::{CRASH_WINDOW, Ledger, pause},
    orphans,
    runtime::Fault,
    server::Server,
    spans,
    state::{ModelState, Snapshot, State},
};

/// Reports of dead and wanted models that may wait.
const REPORTS: usize = 64;
/// How often a starting server is asked for a sign of life.
const KNOCK: Duration = Duration::from_millis(50);
/// Models that are loaded at once when the server starts: most of a load is imports, on one core.
const AT_ONCE: usize = 2;
/// Starts in a row that may fail for a taken port.
const PORT_TRIES: u32 = 5;
/// What the server says when somebody took its port before it did.
const PORT_TAKEN: [&str; 2] = ["already in use", "failed to start GRPC"];

/// The supervisor. Does nothing until it runs.
pub struct Service {
    pub(super) options: Options,
    pub(super) snapshot: watch::Sender<Snapshot>,
    reports: mpsc::Receiver<Report>,
    pub(super) activity: Activities,
    pub(super) ledger: Ledger,
    /// Models that had their chances, with the reason for the operator.
    pub(super) given_up: BTreeMap<&'static str, String>,
    /// Lives of all models so far.
    pub(super) generation: AtomicU64,
}

/// Why one run of a server is over.
#[derive(Debug)]
pub(super) enum End {
    /// It was asked to leave.
    Stopped,
    /// It cannot run here.
    Missing(Fault),
    /// It is gone, or has to go; why.
    Lost(String),
}

impl Service {
    /// A supervisor, and the handle to it.
    #[must_use]
    pub fn new(options: Options) -> (Self, Handle) {
        let names: Vec<&'static str> = options.models.iter().map(|m| m.name).collect();
        let (snapshot, watched) = watch::channel(Snapshot::new(names.iter().copied()));
        let (sender, reports) = mpsc::channel(REPORTS);
        let activity: Activities =
            Arc::new(names.into_iter().map(|n| (n, Arc::<Activity>::default())).collect());
        let handle = Handle { snapshot: watched, reports: sender, activity: activity.clone() };
        let (ledger, given_up) = (Ledger::default(), BTreeMap::new());
        (
            Self { options, snapshot, reports, activity, ledger, given_up, generation: AtomicU64::new(0) },
            handle,
        )
    }

    /// Runs until `stop` fires; then the server finishes what it has, at most 12 s, and nothing of it remains.
    pub async fn run(mut self, stop: CancellationToken) {
        let spans = self.receive_spans(&stop).await;
        let (mut failures, mut taken) = (0, 0);
        while !stop.is_cancelled() {
            let began = Instant::now();
            let (next, wait) = match self.one_run(spans, &stop).await {
                End::Stopped => break,
                End::Lost(why)
                    if taken < PORT_TRIES && PORT_TAKEN.iter().any(|words| why.contains(words)) =>
                {
                    taken += 1;
                    continue;
                }
                End::Missing(fault) => {
                    tracing::error!(fault = %fault, "triton cannot be started");
                    (State::Missing(fault), self.options.timing.missing_again)
                }
                End::Lost(why) => {
                    taken = 0;
                    failures = if began.elapsed() > CRASH_WINDOW { 1 } else { failures + 1 };
                    let pause = pause(failures);
                    tracing::error!(why, pause_s = pause.as_secs(), "triton is lost and starts again");
                    (State::Restarting { why, pause }, pause)
                }
            };
            self.all_models(|| ModelState::Loading);
            self.snapshot.send_modify(|s| {
                s.restarts += u64::from(matches!(next, State::Restarting { .. }));
                (s.state, s.triton, s.metrics) = (next, None, None);
            });
            let _ = timeout(wait, stop.cancelled()).await;
        }
        self.snapshot.send_modify(|s| (s.state, s.triton, s.metrics) = (State::Stopped, None, None));
    }

    async fn receive_spans(&self, stop: &CancellationToken) -> Option<SocketAddr> {
        let Which::Local(_) = &self.options.server else {
            return None;
        };
        let sink = self.options.spans.clone()?;
        let receiver = spans::receive(sink, stop.clone()).await;
        receiver
            .inspect_err(|error| tracing::warn!(%error, "triton's spans are lost: no port to receive them"))
            .ok()
    }

    async fn one_run(&mut self, spans: Option<SocketAddr>, stop: &CancellationToken) -> End {
        self.snapshot.send_modify(|s| s.state = State::Starting);
        match &self.options.server {
            Which::Local(local) => {
                let (_layout, server) = match start_local(local, spans).await {
                    Ok(started) => started,
                    Err(end) => return end,
                };
                let url = format!("http://127.0.0.1:{}", server.ports.grpc);
                let metrics = SocketAddr::from((Ipv4Addr::LOCALHOST, server.ports.metrics));
                let admin_key = Some(server.admin_key.clone());
                let end = tokio::select! {
                    () = stop.cancelled() => End::Stopped,
                    how = server.child.exited() => lost(&how, &server.child.last_words()),
                    end = self.serve(url, admin_key, Some(metrics)) => end,
                };
                if matches!(end, End::Stopped) {
                    self.snapshot.send_modify(|s| s.state = State::Draining);
                    server.stop().await;
                } else {
                    server.kill().await;
                }
                end
            }
            Which::External { url, admin_key, .. } => {
                let (url, admin_key) = (url.clone(), admin_key.clone());
                tokio::select! {
                    () = stop.cancelled() => End::Stopped,
                    end = self.serve(url, admin_key, None) => end,
                }
            }
        }
    }

    /// Waits for the server, brings up its models, and keeps them up. Returns when the server has to go.
    async fn serve(&mut self, url: String, admin_key: Option<String>, metrics: Option<SocketAddr>) -> End {
        let load_timeout = self.options.timing.load_within;
        let options = triton_client::Options { admin_key, load_timeout, ..Default::default() };
        let triton = match Triton::connect_lazy(url, options) {
            Ok(triton) => triton,
            Err(error) => return End::Lost(Causes(&error).to_string()),
        };
        if timeout(self.options.timing.live_within, alive(&triton)).await.is_err() {
            return End::Lost("it gave no sign of life".to_owned());
        }
        self.snapshot.send_modify(|s| (s.triton, s.metrics) = (Some(triton.clone()), metrics));
        match self.options.load {
            Load::Demand => self.options.models.iter().for_each(|model| self.rest(model)),
            Load::Start => {
                let models = stream::iter(self.options.models.iter().map(Ok));
                let up = models.try_for_each_concurrent(AT_ONCE, |model| self.bring_up(&triton, model));
                if let Err(end) = up.await {
                    return end;
                }
            }
        }
        self.snapshot.send_modify(|s| s.state = State::Serving);
        tracing::info!("triton serves");
        let every = self.options.timing.idle_canary;
        let mut idle = interval_at(Instant::now() + every, every);
        idle.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen = BTreeMap::new();
        loop {
            let report = tokio::select! {
                report = self.reports.recv() => report,
                _ = idle.tick() => None,
            };
            let end = match report {
                Some(report) => self.reported(&triton, &report).await,
                None => self.look_after(&triton, &mut seen).await,
            };
            if let Err(end) = end {
                return end;
            }
        }
    }
}

/// Clears what an earlier process left, prepares the folder and spawns a server.
async fn start_local(local: &Local, spans: Option<SocketAddr>) -> Result<(Layout, Server), End> {
    local.runtime.check().map_err(End::Missing)?;
    let layout = Layout::claim(&local.folder).map_err(End::Missing)?;
    orphans::kill_stale_server(&layout).await;
    orphans::sweep_shared_memory(&layout.shm_prefix());
    layout.prepare(&local.runtime).map_err(End::Missing)?;
    let server = Server::spawn(local, &layout, spans).await;
    let server = server.map_err(|e| End::Lost(format!("it cannot be spawned: {e}")))?;
    Ok((layout, server))
}

fn lost(how: &str, last_words: &str) -> End {
    End::Lost(if last_words.is_empty() { how.to_owned() } else { format!("{how}: {last_words}") })
}

async fn alive(triton: &Triton) {
    while !triton.live().await.unwrap_or(false) {
        sleep(KNOCK).await;
    }
}
