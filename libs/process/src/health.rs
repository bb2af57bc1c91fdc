//! Whether a service can do its work, and the small HTTP listener that tells.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::net::TcpListener;
use warp::{Filter, Reply, http::StatusCode, reply};

use crate::{Stop, http, telemetry};

/// The parts that a service needs, each working or not. A service is ready when every part is.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, Result<(), String>>>>);

impl Readiness {
    /// Nothing is needed yet: ready.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says how a part is; the text is for operators, without internals.
    pub fn set(&self, part: &'static str, state: Result<(), String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(part, state);
    }

    /// Every part with its state.
    #[must_use]
    pub fn check(&self) -> BTreeMap<&'static str, Result<(), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every part works.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.check().values().all(Result::is_ok)
    }

    /// The parts as JSON: `{"ready": false, "parts": {"storage": "ok", "scheduler": "away"}}`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let text = |s: Result<(), String>| s.map_or_else(|why| why, |()| "ok".to_owned());
        let parts: BTreeMap<_, _> = self.check().into_iter().map(|(k, v)| (k, text(v))).collect();
        serde_json::json!({ "ready": self.ready(), "parts": parts })
    }
}

/// Serves `/livez`, `/readyz` (503 when a part is down) and `/metrics`, for services that have no HTTP of their own.
///
/// # Errors
/// When requests were cut at the end of the drain time.
pub async fn serve_admin(listener: TcpListener, readiness: Readiness, stop: Stop) -> anyhow::Result<()> {
    let live = warp::path!("livez").map(|| "ok\n".into_response());
    let ready = warp::path!("readyz").map(move || {
        let code = if readiness.ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        reply::with_status(reply::json(&readiness.to_json()), code).into_response()
    });
    let metrics = warp::path!("metrics").map(|| telemetry::metrics_text().into_response());
    let unknown = warp::any().map(|| StatusCode::NOT_FOUND.into_response());
    let routes = warp::get().and(live.or(ready).unify().or(metrics).unify()).or(unknown).unify();
    http::serve(listener, routes, http::HttpOptions::default(), stop).await
}
