//! What is served.

use std::sync::Arc;

use proto::pb::{self, miner_message as said, scheduler_message as told};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use super::kit::{Change, MINERS, Site};
use crate::tests::{NOW, alice, bob};
use crate::{MemoryNonces, Request, names, prove};

fn drain() -> pb::MinerMessage {
    pb::MinerMessage { message: Some(said::Message::Drain(said::Drain {})) }
}

fn stopped(lease: &str) -> pb::MinerMessage {
    pb::MinerMessage { message: Some(said::Message::Stopped(said::Stopped { lease: lease.to_owned() })) }
}

#[tokio::test]
async fn the_handler_of_a_signed_call_knows_who_called() {
    let site = Site::new(Arc::new(MemoryNonces::new(10))).await;
    let reply = site.client().miners(pb::MinersRequest {}).await.unwrap().into_inner();
    assert_eq!(reply.miners[0].miner, alice().account().to_string());
}

#[tokio::test]
async fn each_call_is_signed_anew_for_the_path_of_its_method() {
    let nonces = Arc::new(MemoryNonces::new(10));
    let site = Site::new(nonces.clone()).await;
    let (mut client, seen) = site.client_as(alice(), Change::None);
    for _ in 0..3 {
        client.miners(pb::MinersRequest {}).await.unwrap();
    }
    assert_eq!((site.served(), nonces.len()), (3, 3));
    let request = Request::new("POST", MINERS, b"").unwrap();
    for headers in seen.lock().unwrap().iter() {
        let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let headers = crate::Headers::read(pairs).unwrap();
        assert_eq!(prove(&headers, &request, bob().account(), NOW).unwrap().hotkey(), alice().account());
    }
}

#[tokio::test]
async fn a_stream_is_opened_by_its_first_message_and_carries_the_others_unchanged() {
    let site = Site::new(Arc::new(MemoryNonces::new(10))).await;
    let (mouth, words) = mpsc::channel(8);
    let long = "x".repeat(300_000);
    mouth.send(stopped(&long)).await.unwrap();
    let mut ears = site.client().pair(ReceiverStream::new(words)).await.unwrap().into_inner();
    let hear = async |ears: &mut tonic::Streaming<pb::SchedulerMessage>| {
        let message = ears.message().await.unwrap().unwrap().message;
        let Some(told::Message::Revoke(revoke)) = message else { panic!("{message:?}") };
        assert_eq!(revoke.lease, alice().account().to_string());
        revoke.reason
    };
    assert!(hear(&mut ears).await.contains(&long));
    for n in 0..5 {
        mouth.send(stopped(&format!("later {n}"))).await.unwrap();
        assert!(hear(&mut ears).await.contains(&format!("later {n}")));
    }
    drop(mouth);
    assert!(ears.message().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_that_ends_before_a_message_is_signed_as_an_empty_one() {
    let site = Site::new(Arc::new(MemoryNonces::new(10))).await;
    let none = tokio_stream::empty::<pb::MinerMessage>();
    let mut ears = site.client().pair(none).await.unwrap().into_inner();
    assert!(ears.message().await.unwrap().is_none());
    assert_eq!(site.served(), 1);
}

#[tokio::test]
async fn messages_that_arrive_in_small_pieces_are_held_until_the_first_is_whole() {
    use http_body_util::{BodyExt as _, StreamBody};
    use tonic::body::Body;
    use tower::{Service as _, ServiceExt as _};

    let (first, second) = ([&[0, 0, 0, 0, 5][..], b"hello"].concat(), vec![0, 0, 0, 0, 1, b'x']);
    let whole = [first, second].concat();
    let pieces: Vec<_> =
        whole.iter().map(|b| Ok::<_, tonic::Status>(http_body::Frame::data(vec![*b].into()))).collect();
    let body = Body::new(StreamBody::new(tokio_stream::iter(pieces)));
    let heard = Arc::new(std::sync::Mutex::new(None));
    let ear = heard.clone();
    let mut layer = crate::grpc::Signed::new(
        tower::service_fn(move |request: http::Request<Body>| {
            let ear = ear.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                *ear.lock().unwrap() = Some((head.headers, body));
                Ok::<_, std::convert::Infallible>(http::Response::new(Body::empty()))
            }
        }),
        Arc::new(crate::grpc::Signing {
            signer: crate::Signer::new(alice(), 0),
            receiver: bob().account(),
            now: Arc::new(|| NOW),
        }),
    );
    let request = http::Request::builder().method("POST").uri("http://h/a.B/C").body(body).unwrap();
    layer.ready().await.unwrap().call(request).await.unwrap();
    let (headers, body) = heard.lock().unwrap().take().unwrap();
    assert_eq!(body, whole);
    let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = crate::Headers::read(pairs).unwrap();
    let hello = Request::new("POST", "/a.B/C", b"hello").unwrap();
    assert!(prove(&headers, &hello, bob().account(), NOW).is_ok());
}

#[tokio::test]
async fn methods_that_are_not_guarded_are_for_everybody() {
    let site = Site::new(Arc::new(MemoryNonces::new(10))).await;
    let request = pb::CancelRequest { task: "1".to_owned() };
    let task = site.unsigned().cancel(request.clone()).await.unwrap().into_inner();
    assert_eq!(task.chosen, "");
    // who signs there nevertheless is not believed either: nobody checked
    let task = site.client().cancel(request).await.unwrap().into_inner();
    assert_eq!(task.chosen, "");
    let refused = site.unsigned().miners(pb::MinersRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(refused.message().contains(names::VERSION), "{}", refused.message());
    let refused = site.unsigned().pair(tokio_stream::iter([drain()])).await.unwrap_err();
    assert_eq!((refused.code(), site.served()), (Code::Unauthenticated, 2));
}
