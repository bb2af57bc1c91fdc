//! What is not served, with code and sentence.

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderValue;
use proto::pb;
use tonic::{Code, Status};

use super::kit::{Change, Site, copy, data, headers, metagraph};
use crate::grpc::Role;
use crate::tests::{NOW, alice, bob};
use crate::{Account, Keypair, MAX_AGE_NS, MAX_SKEW_NS, MemoryNonces, NonceError, Nonces, names};

/// `//Charlie`, of whom the subnet knows nothing.
fn charlie() -> Keypair {
    Keypair::from_seed(&[3; 32])
}

struct Scene {
    site: Site,
    nonces: Arc<MemoryNonces>,
}

async fn scene() -> Scene {
    let nonces = Arc::new(MemoryNonces::new(100));
    Scene { site: Site::new(nonces.clone()).await, nonces }
}

impl Scene {
    async fn call(&self, key: Keypair, change: Change) -> Status {
        let (mut client, _) = self.site.client_as(key, change);
        self.refusal(client.miners(pb::MinersRequest {}).await.unwrap_err())
    }

    /// As [`Scene::call`], with a message that has bytes.
    async fn open(&self, change: Change) -> Status {
        let (mut client, _) = self.site.client_as(alice(), change);
        let said = pb::miner_message::Message::Stopped(pb::miner_message::Stopped { lease: "abc".into() });
        let stream = tokio_stream::iter([pb::MinerMessage { message: Some(said) }]);
        self.refusal(client.pair(stream).await.unwrap_err())
    }

    /// No refused call reached a handler or spent a nonce.
    fn refusal(&self, refused: Status) -> Status {
        assert_eq!((self.site.served(), self.nonces.len()), (0, 0), "{refused:?}");
        refused
    }
}

#[track_caller]
fn is(refused: &Status, code: Code, sentence: &str) {
    assert_eq!(refused.code(), code, "{refused:?}");
    assert!(refused.message().contains(sentence), "{}", refused.message());
}

#[tokio::test]
async fn a_message_that_was_changed_on_the_way_is_refused() {
    let scene = scene().await;
    let flipped = data(|mut bytes| {
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        bytes
    });
    is(&scene.open(flipped).await, Code::Unauthenticated, "the signature does not hold");
    // an unknown field is a change too, though it decodes to the same message
    let longer = data(|mut bytes| {
        if bytes.len() > 5 {
            bytes.extend([0xf8, 0x07, 1]);
            bytes[4] += 3;
        }
        bytes
    });
    is(&scene.open(longer).await, Code::Unauthenticated, "the signature does not hold");
}

#[tokio::test]
async fn a_first_message_that_can_not_be_hashed_as_sent_is_refused() {
    let scene = scene().await;
    let flag = |flag: u8| {
        data(move |mut bytes| {
            bytes[0] = flag;
            bytes
        })
    };
    is(&scene.open(flag(1)).await, Code::Unauthenticated, "must not be compressed");
    is(&scene.open(flag(7)).await, Code::Unauthenticated, "does not start with a gRPC frame");
    let announced = data(|mut bytes| {
        bytes[1..5].copy_from_slice(&[0xff; 4]);
        bytes
    });
    is(&scene.open(announced).await, Code::OutOfRange, "longer than 4194304 bytes");
}

#[tokio::test]
async fn a_call_for_somebody_else_is_refused() {
    let scene = scene().await;
    let (mut client, _) = scene.site.client_for(alice(), charlie().account(), Change::None);
    let refused = client.miners(pb::MinersRequest {}).await.unwrap_err();
    is(&scene.refusal(refused), Code::Unauthenticated, "signed for another receiver");
    let unbound = headers(|h| drop(h.remove(names::RECEIVER)));
    is(&scene.call(alice(), unbound).await, Code::Unauthenticated, "x-bittensor-receiver is missing");
}

#[tokio::test]
async fn a_call_of_another_time_is_refused() {
    let scene = scene().await;
    scene.site.set_clock(NOW + MAX_AGE_NS + 1_000);
    is(&scene.call(alice(), Change::None).await, Code::Unauthenticated, "older than 10 s");
    scene.site.set_clock(NOW - MAX_SKEW_NS - 1_000);
    is(&scene.call(alice(), Change::None).await, Code::Unauthenticated, "more than 2 s ahead");
}

#[tokio::test]
async fn headers_out_of_shape_are_refused_by_name_and_never_repeated() {
    let scene = scene().await;
    for name in [names::VERSION, names::HOTKEY, names::NONCE, names::SIGNATURE, names::RECEIVER] {
        let bad = headers(move |h| drop(h.insert(name, HeaderValue::from_static("not-this-one"))));
        let refused = scene.call(alice(), bad).await;
        is(&refused, Code::Unauthenticated, &format!("the header {name} is not in shape"));
        assert!(!format!("{refused:?}").contains("not-this-one"));
        let twice = headers(move |h| {
            let value = h[name].clone();
            h.append(name, value);
        });
        is(&scene.call(alice(), twice).await, Code::Unauthenticated, "is there twice");
    }
    let other = headers(|h| drop(h.insert(names::CRYPTO, HeaderValue::from_static("ed25519"))));
    is(&scene.call(alice(), other).await, Code::Unauthenticated, "only sr25519 keys are taken");
}

#[tokio::test]
async fn a_copy_is_refused_by_every_replica_that_shares_the_store() {
    // S13
    let nonces = Arc::new(MemoryNonces::new(100));
    let (one, other) = (Site::new(nonces.clone()).await, Site::new(nonces.clone()).await);
    let (mut client, seen) = one.client_as(alice(), Change::None);
    client.miners(pb::MinersRequest {}).await.unwrap();
    for site in [&one, &other] {
        let (mut copier, _) = site.client_as(alice(), copy(&seen));
        let refused = copier.miners(pb::MinersRequest {}).await.unwrap_err();
        is(&refused, Code::Unauthenticated, "the nonce was used before");
    }
    // signed anew it is another request
    client.miners(pb::MinersRequest {}).await.unwrap();
    assert_eq!((one.served(), other.served(), nonces.len()), (2, 0, 2));
}

#[tokio::test]
async fn a_stranger_can_not_burn_the_nonces_of_a_hotkey() {
    let scene = scene().await;
    let (mut client, seen) = scene.site.client_as(alice(), Change::None);
    // somebody who saw the headers of a call, and changes its message
    scene.site.set_clock(NOW + MAX_AGE_NS * 2);
    client.miners(pb::MinersRequest {}).await.unwrap_err();
    scene.site.set_clock(NOW);
    is(&scene.open(copy(&seen)).await, Code::Unauthenticated, "the signature does not hold");
    let (mut again, _) = scene.site.client_as(alice(), copy(&seen));
    again.miners(pb::MinersRequest {}).await.unwrap();
    assert_eq!(scene.nonces.len(), 1);
}

#[tokio::test]
async fn a_hotkey_without_a_place_is_forbidden_and_fills_no_store() {
    let scene = scene().await;
    for _ in 0..3 {
        let refused = scene.call(charlie(), Change::None).await;
        is(&refused, Code::PermissionDenied, "the hotkey is not registered on this subnet");
    }
    // a place that is lost is lost from the next call on
    scene.site.client().miners(pb::MinersRequest {}).await.unwrap();
    let emptied = proto::client::Metagraph { neurons: Vec::new(), ..metagraph() };
    scene.site.registry.learn(&emptied).unwrap();
    let refused = scene.site.client().miners(pb::MinersRequest {}).await.unwrap_err();
    is(&refused, Code::PermissionDenied, "not registered");
}

#[tokio::test]
async fn a_role_of_validators_asks_for_a_permit_and_for_stake() {
    for (permit, stake, sentence) in
        [(false, 9, "no validator permit"), (true, 5, "too little stake"), (true, 9, "")]
    {
        let site = Site::with(Arc::new(MemoryNonces::new(9)), Role::Validator { stake: 6 }).await;
        let mut known = metagraph();
        (known.neurons[0].permit, known.neurons[0].stake) = (permit, stake);
        site.registry.learn(&known).unwrap();
        match site.client().miners(pb::MinersRequest {}).await {
            Ok(_) => assert_eq!(sentence, ""),
            Err(refused) => is(&refused, Code::PermissionDenied, sentence),
        }
    }
}

struct Gone;

#[async_trait]
impl Nonces for Gone {
    async fn spend(&self, _: Account, _: u64, _: u64) -> Result<(), NonceError> {
        Err(NonceError::Away("the disk of 10.0.0.9 is on fire".into()))
    }
}

#[tokio::test]
async fn what_can_not_be_checked_is_not_served() {
    let site = Site::new(Arc::new(Gone)).await;
    let refused = site.client().miners(pb::MinersRequest {}).await.unwrap_err();
    is(&refused, Code::Unavailable, "try again");
    assert!(!refused.message().contains("10.0.0.9"), "{}", refused.message());
    assert_eq!(site.served(), 0);
}

#[tokio::test]
async fn nobody_is_let_in_before_the_subnet_was_read() {
    let registry = crate::grpc::Registry::default();
    let denied = registry.admit(alice().account(), Role::Registered).unwrap_err();
    assert_eq!(denied.kind(), domain::ErrorKind::Unavailable);
    assert_eq!(registry.me(), None);
    let bad = proto::client::Metagraph { own: "5Grw".to_owned(), ..metagraph() };
    assert!(registry.learn(&bad).is_err());
    assert_eq!(registry.me(), None, "half a reading is none");
    registry.learn(&metagraph()).unwrap();
    assert_eq!(registry.admit(alice().account(), Role::Registered).unwrap().uid, 0);
    assert_eq!((registry.me(), registry.block()), (Some(bob().account()), Some(7)));
}
