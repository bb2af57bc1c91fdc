//! The service put together from a model server that is supervised here, and the models on it.

use std::sync::Arc;

use domain::TaskKind;
use process::{
    exit::BadSetup,
    health::Readiness,
    telemetry::{SpanRecord, record_foreign},
};
use tokio::{sync::watch, task::spawn_blocking};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    config::Config,
    engine::{Capabilities, Engine, canary, triton::TritonEngine},
    media::{ChildLimits, Ffmpeg},
    models::{self, Cache, Manifest, Progress},
    sidecar::{self, Handle, Local, Runtime, Server, Service, Timing, TritonSpan},
    worker::{Leaves, ModelName},
};

/// A machine on which everything is in place.
pub struct Machine {
    server: Server,
    ffmpeg: Option<Ffmpeg>,
    model: ModelName,
}

/// Models that are about to be started.
pub(crate) struct Stack {
    pub(crate) service: Service,
    pub(crate) leaves: Leaves,
    /// Hands on what the models can do, for as long as it lives.
    pub(crate) relay: AbortOnDropHandle<()>,
}

/// Fetches what is missing and finds what is needed. With a Triton server of somebody else, nothing is fetched.
///
/// # Errors
/// One sentence with the way out: no Python, no network, no room.
pub async fn prepare(config: &Config, progress: &dyn Progress) -> Result<Machine, BadSetup> {
    let say = |e: &dyn std::error::Error| BadSetup(e.to_string());
    let settings = &config.models;
    let (server, packaged) = match &settings.triton {
        Some(url) => (external(config, url), None),
        None => {
            let cache = Cache::from_env().map_err(|e| say(&e))?;
            let prepared = models::prepare(settings.profile, &cache, progress).await.map_err(|e| say(&e))?;
            (local(config, prepared.runtime)?, prepared.ffmpeg)
        }
    };
    let configured = config.media.ffmpeg.clone();
    let find = move || Ffmpeg::find(configured.as_deref(), packaged.as_deref(), ChildLimits::default());
    let ffmpeg = spawn_blocking(find).await.map_err(|e| say(&e))?;
    if ffmpeg.is_none() {
        tracing::warn!(
            "no ffmpeg: opus, webm and other media that the decoders in Rust do not read are refused"
        );
    }
    Ok(Machine { server, ffmpeg, model: model(config).map_err(|e| say(&e))? })
}

fn local(config: &Config, runtime: Runtime) -> Result<Server, BadSetup> {
    // the server is started in another folder: a relative path would point elsewhere
    let folder = std::path::absolute(config.data_dir.join("triton"))
        .map_err(|e| BadSetup(format!("the data folder {} can't be used: {e}", config.data_dir.display())))?;
    let profile = config.models.device.name().to_owned();
    Ok(Server::Local(Local {
        runtime,
        folder,
        profile,
        trace_rate: config.models.trace_rate,
        random: process::id::random,
    }))
}

fn external(config: &Config, url: &str) -> Server {
    Server::External {
        url: url.to_owned(),
        admin_key: config.models.triton_admin_key.clone(),
        profile: config.models.device.name().to_owned(),
    }
}

/// The model of the profile, as the manifest pins it. Nobody knows the weights of somebody else's server.
fn model(config: &Config) -> Result<ModelName, models::ManifestError> {
    let manifest = Manifest::shipped()?;
    let profile = config.models.profile;
    let found = manifest
        .artifacts(std::env::consts::ARCH)
        .find(|a| a.profiles.contains(&profile) && a.task == TaskKind::Transcription.name());
    let name = found.map_or_else(|| profile.to_string(), |a| a.id.clone());
    let weights = found.and_then(|a| a.files.first()).filter(|_| config.models.triton.is_none());
    let version = weights.map_or_else(|| "external".to_owned(), |f| f.sha256.clone());
    Ok(ModelName { name, version })
}

impl Stack {
    /// The engine and its supervisor; nothing runs yet but the relay. Says in `readiness` how the server is
    /// (`model_server`).
    pub(crate) fn new(machine: Machine, profile: &str, readiness: Readiness) -> Self {
        let options = sidecar::Options {
            server: machine.server,
            models: canary::models(),
            spans: Some(Arc::new(|span| record_foreign(record(span)))),
            timing: Timing::default(),
        };
        let (service, handle) = Service::new(options);
        let engine = Arc::new(TritonEngine::new(handle.clone(), profile));
        let (changes, capabilities) = watch::channel(engine.capabilities());
        let relay = AbortOnDropHandle::new(tokio::spawn(relay(handle, engine.clone(), changes, readiness)));
        let leaves = Leaves { engine, capabilities, ffmpeg: machine.ffmpeg, model: machine.model };
        Self { service, leaves, relay }
    }
}

async fn relay(
    handle: Handle,
    engine: Arc<dyn Engine>,
    to: watch::Sender<Capabilities>,
    readiness: Readiness,
) {
    let mut changes = handle.watch();
    loop {
        let trouble = changes.borrow_and_update().trouble();
        readiness.set("model_server", trouble.map_or(Ok(()), Err));
        let now = engine.capabilities();
        to.send_if_modified(|last| {
            let changed = *last != now;
            *last = now;
            changed
        });
        if changes.changed().await.is_err() {
            break;
        }
    }
}

fn record(span: TritonSpan) -> SpanRecord {
    let micros = |ns: u64| i64::try_from(ns / 1000).unwrap_or(i64::MAX);
    SpanRecord {
        trace_id: span.trace_id,
        span_id: span.span_id,
        parent_id: span.parent_id,
        name: span.name,
        service: Some("triton".to_owned()),
        start_us: micros(span.start_ns),
        end_us: micros(span.end_ns),
        error: false,
        attributes: span.attributes.into_iter().collect(),
        events: span.events.into_iter().map(|(at, name)| (micros(at), name)).collect(),
    }
}
