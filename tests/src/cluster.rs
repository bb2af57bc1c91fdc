//! Every service in this process, on ports from the kernel, in a folder of its own.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use domain::TaskKind;
use inference::{
    Leaves,
    engine::{Engine as _, echo::EchoEngine},
    media::{ChildLimits, Ffmpeg},
    models::{self, Cache, Profile},
};
use process::{clock::Clock, telemetry};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use violet::{
    client::Gateway,
    stack::{self, Chain, Crew, Models, Options, Stack},
};

use crate::media;

/// A running cluster; its folder goes with it.
pub struct Cluster {
    /// The services.
    pub stack: Stack,
    /// The HTTP interface as the command line uses it.
    pub gateway: Gateway,
    /// For requests of any form.
    pub http: reqwest::Client,
    folder: TempDir,
}

/// One miner, and nobody who looks.
const ALONE: Crew = Crew { miners: 1, validators: 0 };

static TELEMETRY: OnceLock<telemetry::Telemetry> = OnceLock::new();

fn telemetry() -> &'static telemetry::Telemetry {
    TELEMETRY.get_or_init(|| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let log =
            if std::env::var_os("RUST_LOG").is_some() { telemetry::Log::Stderr } else { telemetry::Log::Off };
        let options = telemetry::Options { service: "tests", otlp: None, log, keep_traces: 64 };
        telemetry::init(&options).expect("telemetry is installed once")
    })
}

/// The real models and the sidecar's runtime, from the cache.
pub async fn prepared() -> models::Prepared {
    let cache = Cache::from_env().expect("a cache folder");
    models::prepare(Profile::Small, &[], &cache, &models::Logged)
        .await
        .unwrap_or_else(|e| panic!("prepare the models: {e}"))
}

/// A form of text fields.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> Form {
    fields.iter().fold(Form::new(), |f, (k, v)| f.text((*k).to_owned(), (*v).to_owned()))
}

fn owned(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

impl Cluster {
    /// With a real Triton and the real models of transcription.
    pub async fn with_triton() -> Self {
        Self::with_triton_and(&[]).await
    }

    /// With a real Triton, the real models of transcription and these settings.
    pub async fn with_triton_and(settings: &[(&str, &str)]) -> Self {
        Self::with_kinds(&[TaskKind::Transcription], settings).await
    }

    /// With a real Triton, the real models of these kinds and these settings.
    pub async fn with_kinds(kinds: &[TaskKind], settings: &[(&str, &str)]) -> Self {
        Self::with_models(kinds, Chain::None, ALONE, settings).await
    }

    /// With a real Triton and the real models of these kinds, on a pretend chain with so many miners and validators.
    pub async fn of_a_subnet_with(kinds: &[TaskKind], crew: Crew, settings: &[(&str, &str)]) -> Self {
        Self::with_models(kinds, Chain::Dev, crew, settings).await
    }

    async fn with_models(kinds: &[TaskKind], chain: Chain, crew: Crew, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut owned = owned(settings);
        let names: Vec<String> = kinds.iter().map(|kind| format!("{:?}", kind.name())).collect();
        owned.push(("INFERENCE__MODELS__KINDS".to_owned(), format!("[{}]", names.join(","))));
        let machine = stack::machine(folder.path(), &owned, &models::Logged).await;
        let machine = machine.unwrap_or_else(|e| panic!("prepare the models: {e}"));
        Self::start_in(folder, Models::Sidecar(machine), chain, crew, owned).await
    }

    /// With models that answer by rule, for stories that are not about models, and these settings. What is made in other
    /// forms than wav is made by the ffmpeg of the tests.
    pub async fn with_echo(settings: &[(&str, &str)]) -> Self {
        let engine = Arc::new(EchoEngine::new());
        let (_, capabilities) = watch::channel(engine.capabilities());
        let ffmpeg = Ffmpeg::find(Some(&media::ffmpeg()), None, ChildLimits::default());
        let leaves = Leaves { engine, capabilities, ffmpeg };
        Self::start(Models::Given(Box::new(leaves)), settings).await
    }

    /// With these models and these settings.
    pub async fn start(models: Models, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, models, Chain::None, ALONE, owned(settings)).await
    }

    /// Without a miner, on a pretend chain.
    pub async fn on_a_pretend_chain() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, Models::None, Chain::Dev, ALONE, Vec::new()).await
    }

    /// On a pretend chain with so many miners and validators, and models that answer by rule.
    pub async fn of_a_subnet(crew: Crew, settings: &[(&str, &str)]) -> Self {
        let engine = Arc::new(EchoEngine::new());
        let (_, capabilities) = watch::channel(engine.capabilities());
        let ffmpeg = Ffmpeg::find(Some(&media::ffmpeg()), None, ChildLimits::default());
        let models = Models::Given(Box::new(Leaves { engine, capabilities, ffmpeg }));
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, models, Chain::Dev, crew, owned(settings)).await
    }

    /// On a pretend chain with these miners and so many validators, whose own work is the first miner's.
    pub async fn of_miners(miners: Vec<Leaves>, validators: usize, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let crew = Crew { miners: miners.len(), validators };
        Self::start_in(folder, Models::Each(miners), Chain::Dev, crew, owned(settings)).await
    }

    async fn start_in(
        folder: TempDir,
        models: Models,
        chain: Chain,
        crew: Crew,
        settings: Vec<(String, String)>,
    ) -> Self {
        let no_miner = matches!(models, Models::None);
        let mut stack = Stack::start(Options {
            folder: folder.path(),
            http: ([127, 0, 0, 1], 0).into(),
            ticket_key: format!("{:032x}", process::id::random()),
            models,
            crew,
            chain,
            settings,
            ring: Some(telemetry().ring()),
            clock: Clock::system(),
        })
        .await
        .expect("the stack starts");
        if !no_miner {
            let ready = tokio::time::timeout(Duration::from_secs(120), stack.ready(|_| {})).await;
            ready.expect("the stack is ready in time").expect("the stack gets ready");
        }
        let gateway = Gateway::local(stack.http).expect("a client");
        Self {
            stack,
            gateway,
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            folder,
        }
    }

    /// Folder of all state.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.gateway.base())
    }

    /// Uploads a recording with further form fields.
    pub async fn upload(&self, name: &str, bytes: Vec<u8>, fields: &[(&str, &str)]) -> reqwest::Response {
        let part = Part::bytes(bytes).file_name(name.to_owned());
        let request = self
            .http
            .post(self.url("/api/v1/transcription"))
            .multipart(form(fields).part("audio_file", part));
        request.send().await.expect("the gateway answers")
    }

    /// Uploads a recording that is taken, and returns its task.
    pub async fn submit(&self, name: &str, bytes: Vec<u8>, fields: &[(&str, &str)]) -> String {
        let response = self.upload(name, bytes, fields).await;
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap_or_default());
        let answer: Value = response.json().await.expect("JSON");
        answer["task_id"].as_str().expect("a task id").to_owned()
    }

    /// Waits for the end of a task and returns how it ended: the state, and the reason of a failure.
    pub async fn end_of(&self, task: &str) -> (String, String) {
        let end = self.gateway.follow(task, |_| {}).await.expect("the task can be followed");
        (end.status, end.failure.unwrap_or_default())
    }

    /// Submits work of any kind by form fields, waits for its end, and returns its result as JSON.
    ///
    /// # Panics
    /// When the task is refused or ends without a result.
    pub async fn work(&self, kind: TaskKind, fields: &[(&str, &str)]) -> Value {
        self.done(kind, self.ask(kind, form(fields)).await).await
    }

    /// The same with a file, in the field that this kind takes it in.
    ///
    /// # Panics
    /// When the task is refused or ends without a result.
    pub async fn work_on(
        &self,
        kind: TaskKind,
        name: &str,
        bytes: Vec<u8>,
        fields: &[(&str, &str)],
    ) -> Value {
        let field = match kind {
            TaskKind::VideoTranscription => "video_file",
            TaskKind::Summarization | TaskKind::DocumentTranslation => "document_file",
            _ => "audio_file",
        };
        let part = Part::bytes(bytes).file_name(name.to_owned());
        self.done(kind, self.ask(kind, form(fields).part(field, part)).await).await
    }

    /// Submits a form to the route of a kind.
    pub async fn ask(&self, kind: TaskKind, form: Form) -> reqwest::Response {
        let request = self.http.post(self.url(&format!("/api/v1/{kind}"))).multipart(form);
        request.send().await.expect("the gateway answers")
    }

    async fn done(&self, kind: TaskKind, response: reqwest::Response) -> Value {
        assert_eq!(response.status(), 200, "{kind}: {}", response.text().await.unwrap_or_default());
        let answer: Value = response.json().await.expect("JSON");
        let task = answer["task_id"].as_str().expect("a task id");
        let (state, why) = self.end_of(task).await;
        assert_eq!(state, "completed", "{kind}: {why}");
        let text = self.gateway.result(kind.name(), task, "json").await.expect("a result");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The bytes at a path of the gateway.
    pub async fn download(&self, path: &str) -> Vec<u8> {
        let response = self.http.get(self.url(path)).send().await.expect("the gateway answers");
        assert_eq!(response.status(), 200, "{path}");
        response.bytes().await.expect("a whole body").into()
    }

    /// Uploads a recording and returns its result as JSON.
    ///
    /// # Panics
    /// When the task ends without one.
    pub async fn transcribe(&self, name: &str, bytes: Vec<u8>) -> Value {
        let task = self.submit(name, bytes, &[]).await;
        let (state, why) = self.end_of(&task).await;
        assert_eq!(state, "completed", "{name}: {why}");
        let text = self.gateway.result("transcription", &task, "json").await.expect("a result");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Stops every service in order.
    pub async fn stop(self) {
        self.stack.stop().await.expect("the stack drains");
    }
}
