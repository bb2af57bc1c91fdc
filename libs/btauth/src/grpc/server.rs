//! The verifying side: a layer around a service.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use domain::ErrorKind;
use futures_util::future::{BoxFuture, FutureExt as _};
use tonic::{Status, body::Body, server::NamedService};
use tower::Service;

use super::held::{self, Broken};
use super::{FIRST_MESSAGE, Guard, POST, Turned};
use crate::{Caller, Refused, Request};

/// Longest wait for the first message: a request is not believed for longer.
const PATIENCE: Duration = Duration::from_nanos(crate::MAX_AGE_NS);

/// A service some of whose methods are for signed callers only. Its handlers find the [`Caller`] in the extensions of the
/// request; refused requests never reach them. Later messages of a stream are not covered by the signature.
#[derive(Clone)]
pub struct Verified<S> {
    inner: S,
    guard: Arc<Guard>,
    methods: &'static [&'static str],
}

impl<S> Verified<S> {
    /// Guards `methods` of `inner`, each a full path: `/violet.v1.Scheduler/Pair`. The others are passed on as they are.
    #[must_use]
    pub const fn new(inner: S, guard: Arc<Guard>, methods: &'static [&'static str]) -> Self {
        Self { inner, guard, methods }
    }
}

async fn admit(guard: &Guard, request: http::Request<Body>) -> Result<http::Request<Body>, Status> {
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let expected = guard.expect(headers).map_err(refusal)?;
    let (mut head, body) = request.into_parts();
    let held = tokio::time::timeout(PATIENCE, held::hold(body, FIRST_MESSAGE)).await;
    let held = held.map_err(|_| proto::status(ErrorKind::Deadline, "the first message did not come"))?;
    let (digest, body) = held.map_err(|broken| match broken {
        Broken::Frame(bad) => refusal(Refused::from(bad).into()),
        Broken::Body(status) => status,
    })?;
    let target = head.uri.path_and_query().map_or("", |target| target.as_str());
    let signed = Request::hashed(POST, target, digest).map_err(|e| refusal(Refused::from(e).into()))?;
    let caller: Caller = guard.admit(expected, &signed).await.map_err(refusal)?;
    head.extensions.insert(caller);
    Ok(http::Request::from_parts(head, body))
}

// an error by value is what `map_err` hands over
#[allow(clippy::needless_pass_by_value)]
fn refusal(turned: Turned) -> Status {
    proto::status(turned.kind(), turned.to_string())
}

impl<S: NamedService> NamedService for Verified<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Verified<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // the one that is ready is this one, not its copy
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        if !self.methods.contains(&request.uri().path()) {
            return inner.call(request).boxed();
        }
        let guard = self.guard.clone();
        let call = async move {
            let path = request.uri().path().to_owned();
            match admit(&guard, request).await {
                Ok(request) => inner.call(request).await,
                Err(status) => {
                    tracing::info!(path, code = ?status.code(), reason = status.message(), "call refused");
                    Ok(status.into_http())
                }
            }
        };
        call.boxed()
    }
}
