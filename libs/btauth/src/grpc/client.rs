//! The signing side: a layer around a connection.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, FutureExt as _};
use http::HeaderValue;
use proto::client::Wire;
use tonic::{Status, body::Body};
use tower::{Service, util::BoxCloneSyncService};

use super::held::{self, Broken};
use super::{FIRST_MESSAGE, Now, POST};
use crate::{Account, Request, Signer};

/// Who signs, for whom.
pub struct Signing {
    /// The hotkey.
    pub signer: Signer,
    /// The hotkey of whoever answers.
    pub receiver: Account,
    /// The time.
    pub now: Now,
}

/// A connection whose every call, and every opening of a stream, is signed with a nonce of its own. A stream leaves with its
/// first message, not before. Whatever tries a call again must lie around this, so that each try is signed anew.
#[derive(Clone)]
pub struct Signed<S> {
    inner: S,
    signing: Arc<Signing>,
}

impl<S> Signed<S> {
    /// Signs what goes through `inner`.
    #[must_use]
    pub const fn new(inner: S, signing: Arc<Signing>) -> Self {
        Self { inner, signing }
    }
}

/// A connection for generated and typed clients, signed.
#[must_use]
pub fn signed(wire: Wire, signing: Arc<Signing>) -> Wire {
    BoxCloneSyncService::new(Signed::new(wire, signing))
}

impl Signing {
    async fn sign(&self, request: http::Request<Body>) -> Result<http::Request<Body>, Status> {
        let (mut head, body) = request.into_parts();
        let (digest, body) = held::hold(body, FIRST_MESSAGE).await.map_err(|broken| match broken {
            Broken::Frame(bad) => Status::internal(format!("the request can't be signed: {bad}")),
            Broken::Body(status) => status,
        })?;
        let bad = |e: &dyn std::error::Error| Status::internal(format!("the request can't be signed: {e}"));
        let target = head.uri.path_and_query().map_or("", |target| target.as_str());
        let request = Request::hashed(POST, target, digest).map_err(|e| bad(&e))?;
        // after the first message came: it may have been waited for
        let headers = self.signer.sign(&request, self.receiver, (self.now)());
        for (name, value) in headers.write() {
            head.headers.insert(name, HeaderValue::try_from(value).map_err(|e| bad(&e))?);
        }
        Ok(http::Request::from_parts(head, body))
    }
}

impl<S> Service<http::Request<Body>> for Signed<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<http::Response<Body>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // the one that is ready is this one, not its copy
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let signing = self.signing.clone();
        let call = async move {
            match signing.sign(request).await {
                Ok(request) => inner.call(request).await,
                Err(status) => Ok(status.into_http()),
            }
        };
        call.boxed()
    }
}
