//! An operator with several miners of known character. The scheduler is a program of its own, so that it can be killed; the
//! rest runs in this process.

use std::{net::TcpListener as StdListener, time::Duration};

use process::{Stop, clock::Clock, config};
use reqwest::multipart::Form;
use serde_json::Value;
use tempfile::TempDir;
use testkit::eventually::eventually;
use tokio::{net::TcpListener, task::JoinHandle};
use violet::client::Gateway;

use crate::{Program, character::Character};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const LONG: Duration = Duration::from_secs(60);

/// The operator's services and the miners.
pub struct Fleet {
    /// The HTTP interface.
    pub gateway: Gateway,
    scheduler: Program,
    port: u16,
    settings: Vec<(String, String)>,
    http: reqwest::Client,
    stop: Stop,
    running: Vec<JoinHandle<anyhow::Result<()>>>,
    _folder: TempDir,
}

fn env(pairs: &[(&str, String)]) -> Vec<(String, String)> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
}

impl Fleet {
    /// Starts the services with these settings of the scheduler, and a miner for each character: m0, m1 and so on.
    pub async fn of(miners: &[Character], settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port =
            StdListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address").port();
        let bind = || TcpListener::bind("127.0.0.1:0");
        let (storage, gateway) = (bind().await.expect("a port"), bind().await.expect("a port"));
        let uri = |l: &TcpListener| format!("http://{}", l.local_addr().expect("its address"));
        let (stores, http) = (uri(&storage), uri(&gateway));
        let schedules = format!("http://127.0.0.1:{port}");
        let data = |name: &str| folder.path().join(name).display().to_string();
        let (stop, mut running) = (Stop::new(), Vec::new());

        let own = env(&[("STORAGE_SVC__DATA_DIR", data("storage"))]);
        let c: storage_svc::Config =
            config::load("storage-svc", storage_svc::DEFAULT, None, own).expect("settings");
        running.push(tokio::spawn(storage_svc::run(c, storage, Clock::system(), stop.child_token())));
        let own = env(&[
            ("GATEWAY__UPSTREAM__STORAGE", stores.clone()),
            ("GATEWAY__UPSTREAM__SCHEDULER", schedules.clone()),
            ("GATEWAY__TICKETS__KEY", KEY.to_owned()),
        ]);
        let c: gateway::Config = config::load("gateway", gateway::DEFAULT, None, own).expect("settings");
        let upstream = gateway::Upstream::connect(&c.upstream).expect("addresses");
        let serving = gateway::run(c, gateway, upstream, None, Clock::system(), stop.child_token());
        running.push(tokio::spawn(serving));
        let mut own = env(&[
            ("SCHEDULER__LISTEN", format!("127.0.0.1:{port}")),
            ("SCHEDULER__STORAGE", stores),
            ("SCHEDULER__GATEWAY_URL", http.clone()),
            ("SCHEDULER__TICKET_KEY", KEY.to_owned()),
        ]);
        own.extend(settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        for (n, character) in miners.iter().enumerate() {
            let leaves = character.clone().miner();
            let own = env(&[
                ("INFERENCE__SCHEDULER", schedules.clone()),
                ("INFERENCE__MINER", format!("m{n}")),
                ("INFERENCE__DATA_DIR", data(&format!("m{n}"))),
            ]);
            let c: inference::Config =
                config::load("inference", inference::DEFAULT, None, own).expect("settings");
            let admin = bind().await.expect("a port");
            running.push(tokio::spawn(Box::pin(inference::run(c, leaves, admin, stop.child_token()))));
        }
        let fleet = Self {
            gateway: Gateway::at(&http).expect("a client"),
            scheduler: start(&own),
            port,
            settings: own,
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            stop,
            running,
            _folder: folder,
        };
        fleet.paired(miners.len()).await;
        fleet
    }

    /// Waits until that many miners are paired.
    pub async fn paired(&self, miners: usize) {
        let wire = process::grpc::wire(&format!("http://127.0.0.1:{}", self.port)).expect("an address");
        let scheduler = proto::client::SchedulerClient::new(wire);
        eventually("the miners to pair", LONG, async || {
            scheduler.miners().await.ok().filter(|paired| paired.len() == miners)
        })
        .await;
    }

    /// kill -9 to the scheduler.
    pub fn kill_scheduler(&mut self) {
        self.scheduler.kill();
    }

    /// Starts it again, on the same port.
    pub fn start_scheduler(&mut self) {
        self.scheduler = start(&self.settings);
    }

    /// Asks for a translation of `text` into French by so many miners, and returns its task.
    pub async fn translate(&self, text: &str, miners: usize) -> String {
        let form = Form::new()
            .text("text", text.to_owned())
            .text("source_language", "en")
            .text("target_language", "fr")
            .text("required_miner_count", miners.to_string());
        let url = format!("{}/api/v1/text-translation", self.gateway.base());
        let response = self.http.post(url).multipart(form).send().await.expect("the gateway answers");
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap_or_default());
        let answer: Value = response.json().await.expect("JSON");
        answer["task_id"].as_str().expect("a task id").to_owned()
    }

    /// What the result of a task says now, and with which status.
    pub async fn result(&self, task: &str) -> (u16, Value) {
        let url = format!("{}/api/v1/text-translation/{task}/result", self.gateway.base());
        let response = self.http.get(url).send().await.expect("the gateway answers");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    /// Waits until the result of a task is like this.
    pub async fn until(&self, what: &str, task: &str, is: impl Fn(&Value) -> bool) -> Value {
        eventually(what, LONG, async || {
            let (status, body) = self.result(task).await;
            assert!(status < 300, "{status} {body}");
            (status == 200 && is(&body)).then_some(body)
        })
        .await
    }

    /// The answers to a task.
    pub async fn responses(&self, task: &str) -> Value {
        self.gateway.get(&format!("/api/v1/task/{task}/responses")).await.expect("the answers")
    }

    /// Stops everything.
    pub async fn stop(mut self) {
        self.stop.cancel();
        for service in self.running {
            service.await.expect("no panic").expect("a clean end");
        }
        self.scheduler.kill();
    }
}

fn start(settings: &[(String, String)]) -> Program {
    let env: Vec<(&str, &str)> = settings.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    Program::start("scheduler", &[], &env)
}
