//! The JSON-RPC server: methods, and the hand that delays or replaces answers.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jsonrpsee::core::middleware::{Batch, Notification, RpcServiceBuilder, RpcServiceT};
use jsonrpsee::server::{MethodResponse, ResponsePayload, Server, ServerConfig, ServerHandle};
use jsonrpsee::types::{ErrorObjectOwned, Request};
use serde_json::Value as Json;

use crate::error::StartError;
use crate::faults::Fault;
use crate::rpc::{self, Shared};

/// The largest answer, in bytes: metadata in hex is under one MiB.
const LARGEST: u32 = 16 * 1024 * 1024;

/// Starts the server on a free port of loopback; clients reach it through the relay.
pub(crate) async fn start(shared: Arc<Shared>) -> Result<(SocketAddr, ServerHandle), StartError> {
    let module = rpc::module(Arc::clone(&shared)).map_err(StartError::Methods)?;
    let config = ServerConfig::builder()
        .max_connections(1024)
        .max_response_body_size(LARGEST)
        .max_request_body_size(LARGEST)
        .build();
    let meddle =
        RpcServiceBuilder::new().layer_fn(move |service| Meddle { service, shared: Arc::clone(&shared) });
    let server = Server::builder().set_config(config).set_rpc_middleware(meddle);
    let server = server.build("127.0.0.1:0").await.map_err(StartError::Listen)?;
    let address = server.local_addr().map_err(StartError::Listen)?;
    Ok((address, server.start(module)))
}

/// Counts calls, and does to them what was armed.
#[derive(Clone)]
struct Meddle<S> {
    service: S,
    shared: Arc<Shared>,
}

impl<S> Meddle<S> {
    fn fault(&self, method: &str) -> Option<Fault> {
        let mut chain = self.shared.lock();
        *chain.calls.entry(method.to_owned()).or_default() += 1;
        chain.armed.take(|f| match f {
            Fault::Delay { method: m, .. }
            | Fault::Answer { method: m, .. }
            | Fault::Error { method: m, .. } => m == method,
            _ => false,
        })
    }
}

impl<S> RpcServiceT for Meddle<S>
where
    S: RpcServiceT<MethodResponse = MethodResponse> + Send + Sync + Clone + 'static,
{
    type MethodResponse = MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let fault = self.fault(request.method_name());
        let service = self.service.clone();
        async move {
            match fault {
                Some(Fault::Delay { ms, .. }) => {
                    let answer = service.call(request).await;
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    answer
                }
                Some(Fault::Answer { result, .. }) => {
                    let payload: ResponsePayload<'_, Json> = ResponsePayload::success(result);
                    MethodResponse::response(request.id, payload, LARGEST as usize)
                }
                Some(Fault::Error { code, message, .. }) => {
                    MethodResponse::error(request.id, ErrorObjectOwned::owned(code, message, None::<()>))
                }
                _ => service.call(request).await,
            }
        }
    }

    fn batch<'a>(&self, requests: Batch<'a>) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        self.service.batch(requests)
    }

    fn notification<'a>(
        &self,
        n: Notification<'a>,
    ) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        self.service.notification(n)
    }
}
