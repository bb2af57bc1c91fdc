//! The official SDK's own signatures through the layer of the server.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use proto::client::{Metagraph, Neuron};
use tonic::body::Body;
use tower::{Service as _, ServiceExt as _};

use crate::grpc::{Guard, Registry, Role, Verified};
use crate::tests::{BODY, NOW, TARGET, alice, bob, official, pairs, signed};
use crate::{Account, Caller, MemoryNonces};

/// Sends one message with these headers to the layer around a service of `receiver`, on whose subnet `sender` has a
/// place. Returns who was served with which body, or the code of the refusal.
async fn arrives(
    target: &str,
    message: &[u8],
    headers: &[(String, Vec<u8>)],
    (sender, receiver, now): (Account, Account, u64),
) -> Result<(Account, Bytes), String> {
    let registry = Arc::new(Registry::default());
    let neuron = Neuron { uid: 3, hotkey: sender.to_string(), permit: false, stake: 0 };
    let (own, neurons) = (receiver.to_string(), vec![neuron]);
    registry.learn(&Metagraph { block: 1, stale: None, own, neurons }).unwrap();
    let nonces = Arc::new(MemoryNonces::new(9));
    let guard = Guard { registry, role: Role::Registered, nonces, now: Arc::new(move || now) };
    let served = Arc::new(Mutex::new(None));
    let seen = served.clone();
    let inner = tower::service_fn(move |request: http::Request<Body>| {
        let seen = seen.clone();
        async move {
            let hotkey = request.extensions().get::<Caller>().unwrap().hotkey;
            let body = request.into_body().collect().await.unwrap().to_bytes();
            *seen.lock().unwrap() = Some((hotkey, body));
            Ok::<_, Infallible>(http::Response::new(Body::empty()))
        }
    });
    let path: &'static str = target.split('?').next().unwrap().to_owned().leak();
    let mut layer = Verified::new(inner, Arc::new(guard), vec![path].leak());
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let frame = [&[0][..], &length, message].concat();
    let mut request = http::Request::builder().method("POST").uri(target);
    for (name, value) in headers {
        request = request.header(name, value.as_slice());
    }
    let request = request.body(Body::new(Full::<Bytes>::from(frame))).unwrap();
    let response = layer.ready().await.unwrap().call(request).await.unwrap();
    let served = served.lock().unwrap().take();
    served
        .map(|(hotkey, body)| (hotkey, body.slice(5..)))
        .ok_or_else(|| response.headers()["grpc-status"].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_published_vector_is_served_over_grpc() {
    let parties = (alice().account(), bob().account(), NOW);
    let headers = pairs(&signed());
    let (hotkey, body) = arrives(TARGET, BODY, &headers, parties).await.unwrap();
    assert_eq!((hotkey, &body[..]), (alice().account(), BODY));
    let unauthenticated = Err("16".to_owned());
    assert_eq!(arrives("/generate?stream=true", BODY, &headers, parties).await, unauthenticated);
    assert_eq!(arrives("/generate", BODY, &headers, parties).await, unauthenticated);
    assert_eq!(arrives(TARGET, b"{}", &headers, parties).await, unauthenticated);
}

#[tokio::test]
async fn what_the_official_sdk_signs_is_served_over_grpc() {
    let cases = official::signed_by_the_sdk();
    let posted: Vec<_> = cases.into_iter().filter(|case| case.method == "POST").collect();
    assert!(posted.len() >= 10, "{} cases", posted.len());
    for case in posted {
        let sender = crate::tests::read(&case.headers).unwrap();
        let parties = (sender.hotkey, case.receiver, sender.nonce);
        let (hotkey, body) = arrives(&case.target, &case.body, &case.headers, parties).await.unwrap();
        assert_eq!((hotkey, &body[..]), (sender.hotkey, &case.body[..]));
    }
}
