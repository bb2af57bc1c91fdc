//! The service put together from a model server that is supervised here, and the models on it.

use std::sync::Arc;

use domain::{ModelCard, TaskKind};
use process::{
    exit::BadSetup,
    health::Readiness,
    telemetry::{SpanRecord, record_foreign},
};
use tokio::{sync::watch, task::spawn_blocking};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    config::Config,
    engine::{Capabilities, Engine, canary, light_card, triton::TritonEngine},
    media::{ChildLimits, Ffmpeg},
    models::{self, Cache, Manifest, Progress},
    sidecar::{self, Handle, Load, Local, Runtime, Server, Service, State, Timing, TritonSpan},
    worker::Leaves,
};

/// A machine on which everything is in place.
pub struct Machine {
    server: Server,
    ffmpeg: Option<Ffmpeg>,
    cards: Vec<ModelCard>,
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
    let (server, packaged, cards) = match &settings.triton {
        Some(url) => {
            // nobody knows what lies behind that server but its operator: all of the profile, by what is said here
            let manifest = Manifest::shipped().map_err(|e| say(&e))?;
            (external(config, url), None, manifest.cards(std::env::consts::ARCH, settings.profile, |_| true))
        }
        None => {
            let cache = Cache::from_env().map_err(|e| say(&e))?;
            let prepared = models::prepare(settings.profile, &settings.kinds, &cache, progress).await;
            let prepared = prepared.map_err(|e| say(&e))?;
            for lacking in &prepared.lacking {
                tracing::warn!(model = lacking.id, reason = lacking.reason, "a model is not served");
            }
            (local(config, prepared.runtime)?, prepared.ffmpeg, prepared.cards)
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
    Ok(Machine { server, ffmpeg, cards: of_kinds(cards, &settings.kinds) })
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

/// The cards, with these kinds only; none named: all.
fn of_kinds(mut cards: Vec<ModelCard>, kinds: &[TaskKind]) -> Vec<ModelCard> {
    // compiled in, and last: whatever does the same is asked first
    cards.push(light_card());
    if !kinds.is_empty() {
        cards.iter_mut().for_each(|card| card.kinds.retain(|kind| kinds.contains(kind)));
        cards.retain(|card| !card.kinds.is_empty());
    }
    cards
}

impl Stack {
    /// The engine and its supervisor; nothing runs yet but the relay. Says in each `readiness` how the server is
    /// (`model_server`).
    pub(crate) fn new(machine: Machine, profile: &str, load: Load, readiness: Vec<Readiness>) -> Self {
        let options = sidecar::Options {
            server: machine.server,
            models: canary::serving(&machine.cards),
            load,
            spans: Some(Arc::new(|span| record_foreign(record(span)))),
            timing: Timing::default(),
        };
        let (service, handle) = Service::new(options);
        let engine = Arc::new(TritonEngine::new(handle.clone(), profile, machine.cards));
        let (changes, capabilities) = watch::channel(engine.capabilities());
        let relay = AbortOnDropHandle::new(tokio::spawn(relay(handle, engine.clone(), changes, readiness)));
        let leaves = Leaves { engine, capabilities, ffmpeg: machine.ffmpeg };
        Self { service, leaves, relay }
    }
}

async fn relay(
    handle: Handle,
    engine: Arc<dyn Engine>,
    to: watch::Sender<Capabilities>,
    readiness: Vec<Readiness>,
) {
    let mut changes = handle.watch();
    loop {
        let snapshot = changes.borrow_and_update().clone();
        for miner in &readiness {
            miner.set("model_server", snapshot.trouble().map_or(Ok(()), Err));
        }
        // half of the languages would be declared while the models come up, and clients refused the others
        let starting = snapshot.state == State::Starting;
        let now = if starting { Capabilities::default() } else { engine.capabilities() };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miner_of_some_kinds_has_only_the_models_and_the_kinds_that_were_asked_for() {
        let all = || Manifest::shipped().unwrap().cards("x86_64", models::Profile::Small, |_| true);
        let heard = of_kinds(all(), &[TaskKind::Transcription]);
        assert!(!heard.is_empty() && heard.iter().all(|card| card.kinds == [TaskKind::Transcription]));
        let whole = of_kinds(all(), &[]);
        assert_eq!(whole.len(), all().len() + 1, "all of them, and what is compiled in");
    }
}
