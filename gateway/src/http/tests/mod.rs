//! The gateway as a client meets it: over HTTP, with storage and scheduler faked behind real gRPC.

mod api;
mod fake;
mod fake_subnet;
mod files;
mod hostile;
mod kinds;
mod models;
mod results;
mod signed;
mod submit;
mod tasks;
mod validators;

use std::sync::Arc;

use domain::{Event, FileId, LeaseId, NewTask, Output, Task, TaskId, TaskKind, Timestamp};
use process::{
    Stop,
    clock::{Clock, ManualClock},
    telemetry::SpanRing,
};
use proto::pb;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;

use crate::{Config, DEFAULT, Upstream};
use fake::{Fake, World};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A running gateway.
struct Gateway {
    base: String,
    world: Arc<World>,
    client: reqwest::Client,
    stop: Stop,
    hand: ManualClock,
    served: JoinHandle<anyhow::Result<()>>,
}

async fn gateway(adjust: impl FnOnce(&mut Config)) -> Gateway {
    gateway_with(adjust, None).await
}

async fn gateway_with(adjust: impl FnOnce(&mut Config), ring: Option<SpanRing>) -> Gateway {
    gateway_of(adjust, ring, |_| ()).await
}

/// The same in a world that begins so. `auth.chain` set to "fake" stands for the fake chain-svc.
async fn gateway_of(
    adjust: impl FnOnce(&mut Config),
    ring: Option<SpanRing>,
    begin: impl FnOnce(&mut fake_subnet::Books),
) -> Gateway {
    let world = World::new();
    begin(&mut world.books.lock().unwrap());
    let grpc = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config: Config = process::config::load("gateway", DEFAULT, None, []).unwrap();
    config.tickets.key = KEY.into();
    config.upstream.storage = format!("http://{}", grpc.local_addr().unwrap());
    config.upstream.scheduler = config.upstream.storage.clone();
    adjust(&mut config);
    if config.auth.chain == "fake" {
        config.auth.chain = config.upstream.storage.clone();
    }
    let services = tonic::transport::Server::builder()
        .add_service(pb::tasks_server::TasksServer::new(Fake(world.clone())))
        .add_service(pb::evaluations_server::EvaluationsServer::new(Fake(world.clone())))
        .add_service(pb::nonces_server::NoncesServer::new(Fake(world.clone())))
        .add_service(pb::chain_server::ChainServer::new(Fake(world.clone())))
        .add_service(pb::files_server::FilesServer::new(Fake(world.clone())))
        .add_service(pb::scheduler_server::SchedulerServer::new(Fake(world.clone())));
    tokio::spawn(services.serve_with_incoming(TcpListenerStream::new(grpc)));
    let upstream = Upstream::connect(&config.upstream).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (clock, hand) = Clock::manual(1_000_000);
    let stop = Stop::new();
    let served = tokio::spawn(crate::run(config, listener, upstream, ring, clock, stop.clone()));
    Gateway { base, world, client: reqwest::Client::new(), stop, hand, served }
}

impl Gateway {
    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    async fn json(&self, path: &str) -> (u16, Value) {
        answer(self.get(path)).await
    }

    /// A task in the store, just submitted.
    fn task(&self, id: u128) -> TaskId {
        self.task_of(id, TaskKind::Transcription)
    }

    fn task_of(&self, id: u128, kind: TaskKind) -> TaskId {
        let id = TaskId::from_random(id);
        let translates = kind.name().ends_with("-translation");
        let spec = NewTask {
            id,
            kind,
            source: domain::SourceLanguage::Auto,
            target: translates.then_some(domain::Language::Pt),
            options: domain::TaskOptions::default(),
            priority: domain::Priority::Normal,
            wanted: 1,
            window: std::time::Duration::from_secs(60),
            input: FileId::from_random(1),
            input_size: 4,
            submitted_at: Timestamp::from_micros(0),
            deadline: Timestamp::from_micros(9_000_000_000),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        };
        self.world.tasks.lock().unwrap().insert(id, Task::submitted(spec));
        id
    }

    fn lease(&self, id: TaskId) {
        let end = Timestamp::from_micros(9_000_000_000);
        let grant = Event::Grant {
            lease: LeaseId::from_random(3),
            miner: "m1".parse().unwrap(),
            session: 1,
            output: FileId::from_random(77),
            expires_at: end,
            run_until: end,
        };
        self.world.apply(id, grant, 1_000_000);
    }

    /// The miner stores `document` and answers with it.
    fn complete(&self, id: TaskId, document: &str) {
        self.complete_with(id, document, None);
    }

    fn complete_with(&self, id: TaskId, document: &str, facts: Option<domain::Facts>) {
        let meta = self.world.keep(FileId::from_random(77), None, document.as_bytes().to_vec());
        let response = domain::Response {
            output: Output { file: meta.id, sha256: meta.sha256, size: meta.size },
            model: "whisper-base".into(),
            model_version: "v1".into(),
            facts,
            proof: Some(Box::new(domain::Proof {
                signer: "5F".parse().unwrap(),
                input_sha256: domain::Sha256([1; 32]),
                signature: domain::receipt::Signature([2; 64]),
            })),
        };
        let fence = self.world.tasks.lock().unwrap()[&id].fence();
        self.world.apply(id, Event::Respond { lease: LeaseId::from_random(3), fence, response }, 3_500_000);
    }
}

type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

impl Gateway {
    /// A form of these parts to the address of this kind.
    fn form(&self, kind: &str, parts: &[Part<'_>]) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v1/{kind}", self.base);
        self.client.post(url).header("content-type", form_type()).body(multipart(parts))
    }

    /// The spec of the task that an answer names.
    fn spec(&self, answer: &Value) -> NewTask {
        let id = answer["task_id"].as_str().unwrap_or_else(|| panic!("{answer}")).parse().unwrap();
        self.world.tasks.lock().unwrap()[&id].spec.clone()
    }

    fn submitted(&self) -> usize {
        self.world.tasks.lock().unwrap().len()
    }
}

const BOUNDARY: &str = "xxBOUNDARYxx";

/// A multipart body; a part is its name, the name of its file if it is one, and its bytes.
fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|f| format!("; filename=\"{f}\"")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}
