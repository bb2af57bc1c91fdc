//! One request on its way through the gateway: what it says, under which id it is known, what it waited for.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use process::telemetry;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};
use warp::{hyper::body::Body as _, reply::Response};

use super::{
    answer::{self, Answer},
    problem::Problem,
    query::Query,
};
use crate::events::Answered;

/// The bytes of a request's body, as they come.
pub(crate) type Body = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// A request that matched a route.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    /// What stood in the places of `{..}` in the template, in order.
    pub(crate) params: Vec<String>,
    pub(crate) query: Query,
    pub(crate) body: Body,
    pub(crate) about: Arc<About>,
}

/// What is known of a request beside its content.
pub(crate) struct About {
    method: Method,
    route: &'static str,
    pub(crate) request_id: String,
    pub(crate) span: Span,
    started: Instant,
    waits: Mutex<Vec<(&'static str, Duration)>>,
}

/// A body of warp as plain bytes.
pub(crate) fn body(
    stream: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + Sync + 'static,
) -> Body {
    Box::pin(stream.map(|chunk| chunk.map(|mut buf| buf.copy_to_bytes(buf.remaining()))))
}

impl About {
    pub(crate) fn new(method: &Method, route: &'static str, headers: &HeaderMap, span: Span) -> Self {
        Self {
            method: method.clone(),
            route,
            request_id: request_id(headers),
            span,
            started: Instant::now(),
            waits: Mutex::default(),
        }
    }

    /// Waits for another service and books the time under its name, for `Server-Timing`.
    pub(crate) async fn wait<T>(&self, service: &'static str, work: impl Future<Output = T>) -> T {
        let begin = Instant::now();
        let value = work.await;
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        match waits.iter_mut().find(|(name, _)| *name == service) {
            Some((_, sum)) => *sum += begin.elapsed(),
            None => waits.push((service, begin.elapsed())),
        }
        value
    }

    /// Runs a handler inside the request's span and completes its answer.
    pub(crate) async fn run(self: Arc<Self>, handler: impl Future<Output = Answer>) -> Response {
        let answer = handler.instrument(self.span.clone()).await;
        self.span.in_scope(|| self.finish(answer))
    }

    /// Adds what every response carries.
    pub(crate) fn finish(&self, answer: Answer) -> Response {
        let mut response = answer.unwrap_or_else(|problem| {
            if let Some(cause) = problem.cause() {
                tracing::error!(
                    cause,
                    request_id = self.request_id,
                    route = self.route,
                    "request met a fault"
                );
            }
            problem.into_response(&self.request_id)
        });
        if self.method == Method::HEAD {
            without_body(&mut response);
        }
        let took = self.started.elapsed();
        answer::set(&mut response, REQUEST_ID, &self.request_id);
        answer::set(&mut response, SERVER_TIMING, self.server_timing(took));
        if let Some(context) = telemetry::traceparent(&self.span) {
            answer::set(&mut response, TRACE_RESPONSE, context);
        }
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        let status = response.status();
        self.span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.span.record("otel.status_code", "ERROR");
        }
        let (method, route) = (&self.method, self.route);
        Answered { method, route, status, took, request_id: &self.request_id }.emit();
        response
    }

    fn server_timing(&self, total: Duration) -> String {
        let ms = |d: Duration| d.as_secs_f64() * 1e3;
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let parts: String = waits.iter().map(|(name, d)| format!(", {name};dur={:.3}", ms(*d))).collect();
        format!("total;dur={:.3}{parts}", ms(total))
    }
}

impl Call {
    /// The only parameter of the path, parsed; what is no id names nothing.
    pub(crate) fn id<T: std::str::FromStr<Err: ToString>>(&self) -> Result<T, Problem> {
        let text = self.params.first().map(String::as_str).unwrap_or_default();
        text.parse().map_err(|e: T::Err| Problem::not_found(e.to_string()))
    }

    /// The bearer token, if one was sent.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }
}

/// The client's own id where it is short and harmless in a log, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let fits = |s: &&str| {
        (1..=128).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
    };
    let given = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).filter(fits);
    given.map_or_else(|| format!("{:032x}", process::id::random()), str::to_owned)
}

/// What HEAD gets: the headers of GET, the length among them.
fn without_body(response: &mut Response) {
    if let Some(length) = response.body().size_hint().exact()
        && response.status() != http::StatusCode::NOT_MODIFIED
    {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    *response.body_mut() = warp::reply::Response::default().into_body();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_of_the_client_is_kept_only_when_it_is_harmless() {
        // H8
        let with = |id: &str| {
            request_id(&HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap())]))
        };
        assert_eq!(with("abc-1.2:3_Z"), "abc-1.2:3_Z");
        for bad in ["", "a b", "caf\u{e9}", "a\tb", &"x".repeat(129), "{\"a\":1}"] {
            let id = with(bad);
            assert!(id != bad && id.len() == 32, "{bad} -> {id}");
        }
    }

    #[tokio::test]
    async fn every_answer_says_who_it_is_and_how_long_it_took() {
        let about = Arc::new(About::new(&Method::GET, "/x", &HeaderMap::new(), Span::none()));
        let waiting = about.clone();
        let response = about.clone().run(async move {
            waiting.wait("storage", async {}).await;
            waiting.wait("storage", async {}).await;
            Err(Problem::not_found("nothing here"))
        });
        let response = response.await;
        assert_eq!(response.headers()[&REQUEST_ID], about.request_id.as_str());
        let timing = response.headers()[&SERVER_TIMING].to_str().unwrap();
        assert!(timing.starts_with("total;dur=") && timing.matches("storage;dur=").count() == 1, "{timing}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }

    #[test]
    fn head_gets_the_length_and_no_bytes() {
        let about = About::new(&Method::HEAD, "/x", &HeaderMap::new(), Span::none());
        let response = about.finish(Ok(answer::bytes(http::StatusCode::OK, "text/plain", "hello")));
        assert_eq!(response.headers()[header::CONTENT_LENGTH], "5");
        assert!(answer::tests::bytes(response).is_empty());
    }
}
