//! A scheduler on a free port, and miners that say what a test wants.

use std::{sync::Arc, time::Duration};

use btauth::Keypair;
use domain::{
    Event, Fence, FileId, Language, LeaseId, MinerId, NewTask, Offer, Priority, SourceLanguage, Task, TaskId,
    TaskKind, TaskOptions, Timestamp, Work,
};
use process::{Stop, clock::Clock};
use proto::{
    client::{SchedulerClient, Wire},
    convert::{failure_to_pb, offers_to_pb},
    pb::{self, miner_message as said, scheduler_message as told, scheduler_message::Message as Told},
};
use testkit::eventually::eventually;
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::fake::{Fake, FakeJudge};
use crate::{
    Config,
    core::{Core, Leaves},
    members::Members,
};

/// Longer than anything here takes on a busy machine; only a failing test waits for it.
pub(super) const LONG: Duration = Duration::from_secs(20);
pub(super) const KEY: &str = "0123456789abcdef0123456789abcdef";

pub(super) struct Rig {
    pub(super) store: Arc<Fake>,
    pub(super) judge: Arc<FakeJudge>,
    pub(super) client: SchedulerClient,
    pub(super) uri: String,
    stop: Stop,
    serving: JoinHandle<anyhow::Result<()>>,
}

pub(super) fn config(change: impl FnOnce(&mut Config)) -> Config {
    let key = ("SCHEDULER__TICKET_KEY".to_owned(), KEY.to_owned());
    let mut config: Config = process::config::load("scheduler", crate::DEFAULT, None, [key]).unwrap();
    change(&mut config);
    config
}

/// All of a scheduler's leaves in memory.
pub(super) fn leaves(store: &Arc<Fake>, judge: &Arc<FakeJudge>, members: Option<Members>) -> Leaves {
    Leaves {
        tasks: store.clone(),
        past: store.clone(),
        verdicts: store.clone(),
        judge: judge.clone(),
        members,
    }
}

/// Leases that lapse soon.
pub(super) fn hasty(config: &mut Config) {
    config.lease = Duration::from_millis(1_000);
    config.heartbeat = Duration::from_millis(200);
}

impl Rig {
    pub(super) async fn start() -> Self {
        Self::over(Arc::default(), config(|_| {})).await
    }

    pub(super) async fn over(store: Arc<Fake>, config: Config) -> Self {
        Self::with(store, config, None).await
    }

    pub(super) async fn with(store: Arc<Fake>, config: Config, members: Option<Members>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let stop = Stop::new();
        let key = config.check(listener.local_addr().unwrap()).unwrap();
        let judge = Arc::<FakeJudge>::default();
        let leaves = leaves(&store, &judge, members);
        let core = Arc::new(Core::new(config, key, leaves, Clock::system(), stop.clone()));
        let serving = tokio::spawn(crate::serve(core, listener));
        let client = SchedulerClient::new(process::grpc::wire(&uri).unwrap());
        Self { store, judge, client, uri, stop, serving }
    }

    /// A miner that takes transcriptions in any language.
    pub(super) async fn pair(&self, name: &str, session: u64, capacity: u32, held: &[&str]) -> Miner {
        let miner = self.dial(said::Declare {
            miner: name.to_owned(),
            session,
            offers: offers_to_pb(&[Offer::new(TaskKind::Transcription, Language::ALL.to_vec())]),
            capacity,
            held: held.iter().map(|l| (*l).to_owned()).collect(),
            models: Vec::new(),
        });
        let mut miner = miner.await;
        let paired = miner.hear().await;
        assert!(matches!(paired, Ok(Told::Paired(p)) if p.heartbeat_ms > 0));
        miner
    }

    pub(super) async fn dial(&self, declare: said::Declare) -> Miner {
        Self::dial_over(process::grpc::wire(&self.uri).unwrap(), declare).await.unwrap()
    }

    /// Dials over any connection.
    pub(super) async fn dial_over(wire: Wire, declare: said::Declare) -> Result<Miner, Status> {
        let (mouth, words) = mpsc::channel(256);
        mouth.send(message(said::Message::Declare(declare))).await.unwrap();
        let mut client = pb::scheduler_client::SchedulerClient::new(wire);
        let ears = client.pair(ReceiverStream::new(words)).await?.into_inner();
        Ok(Miner { mouth, ears })
    }

    pub(super) async fn submit(&self) -> TaskId {
        self.submit_as(|_| {}).await.spec.id
    }

    pub(super) async fn submit_as(&self, change: impl FnOnce(&mut NewTask)) -> Task {
        let mut task = new_task(0);
        change(&mut task);
        self.client.submit(&task, Some(task.wanted), None).await.unwrap().task
    }

    /// Waits until a miner is seen like this.
    pub(super) async fn until_miner(&self, what: &str, is: impl Fn(&proto::client::MinerView) -> bool) {
        eventually(what, LONG, async || self.client.miners().await.unwrap().iter().any(&is).then_some(()))
            .await;
    }

    /// Waits until a task is like this.
    pub(super) async fn until_task(&self, id: TaskId, what: &str, is: impl Fn(&Task) -> bool) {
        eventually(what, LONG, async || is(&self.store.task(id)).then_some(())).await;
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        timeout(LONG, self.serving).await.expect("it stops").unwrap().unwrap();
    }

    /// As kill -9 would, as far as a test in one process can: nothing is finished, nothing is said.
    pub(super) fn kill(self) -> Arc<Fake> {
        self.serving.abort();
        self.stop.cancel();
        self.store
    }
}

pub(crate) fn new_task(n: u128) -> NewTask {
    NewTask {
        id: TaskId::from_random(n),
        kind: TaskKind::Transcription,
        source: SourceLanguage::Auto,
        target: None,
        options: TaskOptions::default(),
        priority: Priority::Normal,
        wanted: 1,
        window: Duration::from_secs(60),
        input: FileId::from_random(77),
        input_size: 2_000_000,
        submitted_at: Timestamp::from_micros(Clock::system().micros()),
        deadline: Timestamp::from_micros(i64::MAX),
        traceparent: None,
    }
}

/// A waiting task that this miner failed at.
pub(super) fn struck_by(n: u128, miner: &str) -> Task {
    let (now, lease) = (Timestamp::from_micros(1), LeaseId::from_random(n));
    let grant = Event::Grant {
        lease,
        miner: miner.parse::<MinerId>().unwrap(),
        session: 1,
        output: FileId::from_random(n),
        expires_at: now + LONG,
        run_until: now + LONG,
    };
    let task = Task::submitted(new_task(n)).apply(grant, now).unwrap();
    task.apply(Event::Drop { lease }, now).unwrap()
}

fn response(l: &told::Lease) -> pb::Response {
    pb::Response {
        file: l.output_file.clone(),
        sha256: vec![7; 32],
        size: 5,
        model: "m".into(),
        model_version: "1".into(),
        ..Default::default()
    }
}

fn message(message: said::Message) -> pb::MinerMessage {
    pb::MinerMessage { message: Some(message) }
}

/// A miner's end of a stream. Dropping it breaks the connection.
pub(super) struct Miner {
    mouth: mpsc::Sender<pb::MinerMessage>,
    pub(super) ears: Streaming<pb::SchedulerMessage>,
}

impl Miner {
    pub(super) async fn say(&self, what: said::Message) {
        self.mouth.send(message(what)).await.unwrap();
    }

    /// The next message, or how the stream ended.
    pub(super) async fn hear(&mut self) -> Result<Told, Status> {
        let next = timeout(LONG, self.ears.message()).await.expect("a message comes");
        next?.and_then(|m| m.message).ok_or_else(|| Status::ok("the stream ended"))
    }

    /// Whether nothing was said that is not heard yet.
    pub(super) fn hears_nothing(&mut self) -> bool {
        use futures_util::FutureExt as _;
        self.ears.message().now_or_never().is_none()
    }

    pub(super) async fn lease(&mut self) -> told::Lease {
        match self.hear().await.unwrap() {
            Told::Lease(lease) => lease,
            other => panic!("a lease was expected, not {other:?}"),
        }
    }

    pub(super) async fn heartbeat(&self, held: &[&told::Lease]) {
        let held = held.iter().map(|l| l.lease.clone()).collect();
        self.say(said::Message::Heartbeat(said::Heartbeat { held })).await;
    }

    pub(super) async fn complete(&self, l: &told::Lease) {
        self.complete_with(l, String::new()).await;
    }

    pub(super) async fn complete_with(&self, l: &told::Lease, facts: String) {
        self.answer(l, 7, facts).await;
    }

    /// Answers with bytes of this digest.
    pub(super) async fn answer(&self, l: &told::Lease, digest: u8, facts: String) {
        self.respond(l, pb::Response { facts, sha256: vec![digest; 32], ..response(l) }).await;
    }

    /// Answers with the work signed by `key`, as work under `fence`.
    pub(super) async fn complete_signed(&self, l: &told::Lease, key: &Keypair, fence: u64) {
        let signer = key.account().to_string();
        let unsigned = pb::Proof { signer, input_sha256: vec![9; 32], signature: vec![0; 64] };
        let mut answer = pb::Response { proof: Some(unsigned), ..response(l) };
        let said = proto::convert::response(&answer).unwrap();
        let (task, lease) = (l.task.parse().unwrap(), l.lease.parse().unwrap());
        let work = Work::of(task, TaskKind::Transcription, lease, Fence(fence), &said).unwrap();
        let signature = key.sign_work(&work).unwrap().0.to_vec();
        answer.proof = answer.proof.map(|p| pb::Proof { signature, ..p });
        self.respond(l, answer).await;
    }

    async fn respond(&self, l: &told::Lease, response: pb::Response) {
        let (task, lease, fence) = (l.task.clone(), l.lease.clone(), l.fence);
        self.say(said::Message::Complete(said::Complete { task, lease, fence, response: Some(response) }))
            .await;
    }

    pub(super) async fn fail(&self, l: &told::Lease, reason: domain::FailReason) {
        let failure = Some(failure_to_pb(&domain::Failure::new(reason, "because")));
        let (task, lease, fence) = (l.task.clone(), l.lease.clone(), l.fence);
        self.say(said::Message::Fail(said::Fail { task, lease, fence, failure })).await;
    }

    pub(super) async fn stopped(&self, l: &told::Lease) {
        self.say(said::Message::Stopped(said::Stopped { lease: l.lease.clone() })).await;
    }

    pub(super) async fn progress(&self, l: &told::Lease, percent: u32) {
        let (task, lease, fence) = (l.task.clone(), l.lease.clone(), l.fence);
        self.say(said::Message::Progress(said::Progress { task, lease, fence, percent })).await;
    }

    pub(super) async fn is_settled(&mut self, l: &told::Lease) {
        match self.hear().await.unwrap() {
            Told::Settled(s) => assert_eq!(s.lease, l.lease),
            other => panic!("the end of the lease was expected, not {other:?}"),
        }
    }
}
