//! Routes whose callers prove their hotkey by btauth/1.

use std::{sync::Arc, time::Duration};

use btauth::{
    Caller, Request,
    grpc::{Guard, Turned},
};
use bytes::{Bytes, BytesMut};
use domain::ErrorKind;
use futures_util::StreamExt as _;
use http::{HeaderMap, Method};
use process::telemetry::http_span;
use warp::{Filter, Rejection, path::FullPath, reply::Response};

use super::{
    call::{self, About, Body},
    problem::Problem,
    upload::{self, Broken},
};

/// Under which terms a signed route is entered. Cheap to clone.
#[derive(Clone)]
pub struct Terms {
    /// Who is let in.
    pub guard: Arc<Guard>,
    /// Longest body in bytes. It applies before the body is hashed.
    pub limit: u64,
    /// Longest time without a byte of the body.
    pub idle: Duration,
}

/// A request that its sender is believed to have signed, and that was not served before.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who sent it.
    pub caller: Caller,
    /// What it says, as it came.
    pub body: Bytes,
}

/// Answers every request by `handler` when it is signed under these terms, else with why it is not served: 401 for all that
/// comes before the signature is believed and for copies, 403 for a caller that may not, 413 for a longer body, 503 while that
/// can't be told. `template` names the route in logs and metrics. The answer repeats nothing of what was sent.
/// It rejects nothing: whether a request is for this route is for the filters before it to say.
pub fn signed<F, R>(
    template: &'static str,
    terms: Terms,
    handler: F,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + Send + Sync + 'static
where
    F: Fn(Signed) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response> + Send + 'static,
{
    // none is told from an empty one: both are signed as they were sent
    let query = warp::query::raw().map(Some).or(warp::any().map(|| None::<String>)).unify();
    let parts = warp::method().and(warp::path::full()).and(query).and(warp::header::headers_cloned());
    parts.and(warp::body::stream()).then(
        move |method: Method, path: FullPath, query: Option<String>, headers: HeaderMap, stream| {
            let span = http_span("gateway", &method, template, &headers);
            let about = Arc::new(About::new(&method, template, &headers, span));
            let target = query.map_or_else(|| path.as_str().to_owned(), |q| format!("{}?{q}", path.as_str()));
            let (body, terms, handler) = (call::body(stream), terms.clone(), handler.clone());
            about.run(async move {
                let signed = enter(&terms, &method, &target, &headers, body).await?;
                Ok(handler(signed).await)
            })
        },
    )
}

/// Reads the request and finds out who sent it.
///
/// # Errors
/// As [`signed`] says.
pub(crate) async fn enter(
    terms: &Terms,
    method: &Method,
    target: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Signed, Problem> {
    let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let expected = terms.guard.expect(pairs)?;
    upload::check_length(headers, "body", terms.limit, 0)?;
    let body = gather(terms.limit, terms.idle, body).await.map_err(|broken| broken.problem("body"))?;
    let request = Request::new(method.as_str(), target, &body);
    let request = request.map_err(|e| Turned::Refused(e.into()))?;
    Ok(Signed { caller: terms.guard.admit(expected, &request).await?, body })
}

/// A whole body of at most `limit` bytes.
pub(crate) async fn gather(limit: u64, idle: Duration, body: Body) -> Result<Bytes, Broken> {
    let mut whole = BytesMut::new();
    let mut chunks = std::pin::pin!(upload::paced(body, idle));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if (whole.len() + chunk.len()) as u64 > limit {
            return Err(Broken::TooLarge { limit });
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

impl From<Turned> for Problem {
    fn from(turned: Turned) -> Self {
        let problem = Self::new(turned.kind(), turned.to_string());
        match turned.kind() {
            ErrorKind::Unauthenticated => problem.challenging("Btauth version=\"1\""),
            _ => problem,
        }
    }
}
