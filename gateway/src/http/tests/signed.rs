//! Signed routes, over real HTTP.

use std::{
    convert::Infallible,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use btauth::grpc::{Guard, Registry, Role};
use btauth::{Account, Keypair, MAX_AGE_NS, MAX_SKEW_NS, MemoryNonces, NonceError, Nonces, Request, names};
use process::http::HttpOptions;
use proto::client::{Metagraph, Neuron};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use warp::{Filter as _, reply::Response};

use super::*;
use crate::http::answer as reply;
use crate::{Signed, Terms, signed};

/// The published vector: point in time, target, body.
const NOW: u64 = 1_752_076_800_000_000_000;
const TARGET: &str = "/generate?stream=false";
const BODY: &[u8] = br#"{"prompt": "hello"}"#;
const LIMIT: u64 = 1_000;

fn key(seed: &str) -> Keypair {
    let mut bytes = [0; 32];
    hex::decode_to_slice(seed, &mut bytes).unwrap();
    Keypair::from_seed(&bytes)
}

/// The well-known development key `//Alice`, who sends.
fn alice() -> Keypair {
    key("e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a")
}

/// `//Bob`, who receives.
fn bob() -> Keypair {
    key("398f0c28f98885e046333d4a41c19cee4c37368a9832c6502f6cfd182e2aef89")
}

type Pairs = Vec<(String, String)>;

/// The headers of a request of `//Alice` to `//Bob`.
fn sign(method: &str, target: &str, body: &[u8], nonce: u64) -> Pairs {
    sign_as(&alice(), bob().account(), &Request::new(method, target, body).unwrap(), nonce)
}

fn sign_as(sender: &Keypair, receiver: Account, request: &Request, nonce: u64) -> Pairs {
    let written = request.sign(sender, receiver, nonce).write();
    written.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn vector() -> Pairs {
    sign("POST", TARGET, BODY, NOW)
}

/// Replaces a header, or takes it away.
fn with(mut headers: Pairs, name: &str, value: Option<&str>) -> Pairs {
    headers.retain(|(n, _)| n != name);
    headers.extend(value.map(|v| (name.to_owned(), v.to_owned())));
    headers
}

/// A signed route that tells whom it served, with how many bytes.
struct Door {
    address: std::net::SocketAddr,
    registry: Arc<Registry>,
    clock: Arc<AtomicU64>,
    stop: Stop,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn metagraph(me: Account, member: Account) -> Metagraph {
    let neuron = Neuron { uid: 0, hotkey: member.to_string(), permit: false, stake: 5 };
    Metagraph { block: 1, stale: None, own: me.to_string(), neurons: vec![neuron] }
}

impl Door {
    async fn new() -> Self {
        Self::with(Arc::new(MemoryNonces::new(100)), Role::Registered).await
    }

    async fn with(nonces: Arc<dyn Nonces>, role: Role) -> Self {
        let registry = Arc::new(Registry::default());
        registry.learn(&metagraph(bob().account(), alice().account())).unwrap();
        let clock = Arc::new(AtomicU64::new(NOW));
        let time = clock.clone();
        let now = Arc::new(move || time.load(Ordering::SeqCst));
        let guard = Arc::new(Guard { registry: registry.clone(), role, nonces, now });
        let terms = Terms { guard, limit: LIMIT, idle: Duration::from_secs(10) };
        let filter = signed("/signed", terms, async |s: Signed| -> Response {
            let told = serde_json::json!({"hotkey": s.caller.hotkey.to_string(), "bytes": s.body.len()});
            reply::json(http::StatusCode::OK, &told)
        });
        let filter = filter.recover(async |_| Ok::<_, Infallible>(http::StatusCode::INTERNAL_SERVER_ERROR));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), Stop::new());
        let drain = Duration::from_millis(100);
        let options = HttpOptions { max_connections: 9, header_timeout: Duration::from_secs(10), drain };
        tokio::spawn(process::http::serve(listener, filter, options, stop.clone()));
        Self { address, registry, clock, stop }
    }

    /// Sends exactly this target, byte for byte, and returns the head and the JSON of the answer.
    async fn raw(&self, method: &str, target: &str, headers: &Pairs, body: &[u8]) -> (String, Value) {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !headers.iter().any(|(name, _)| name == "transfer-encoding" || name == "content-length") {
            head += &format!("content-length: {}\r\n", body.len());
        }
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let whole = [head.as_bytes(), b"\r\n", body].concat();
        // a server that has heard enough may close before it was told everything
        let _ = stream.write_all(&whole).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let text = String::from_utf8(answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        (head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null))
    }

    async fn send(&self, method: &str, target: &str, headers: &Pairs, body: &[u8]) -> (u16, Value) {
        let (head, answer) = self.raw(method, target, headers, body).await;
        (head.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    /// Sends the published vector's request with these headers, which must be refused so.
    #[track_caller]
    fn refuses(&self, headers: Pairs, status: u16, sentence: &'static str) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let (head, answer) = self.raw("POST", TARGET, &headers, BODY).await;
            let detail = answer["detail"].as_str().unwrap_or_default();
            assert!(head.starts_with(&format!("http/1.1 {status} ")), "{at}: {head} {answer}");
            assert!(detail.contains(sentence), "{at}: {detail}");
            assert_eq!(head.contains("www-authenticate: btauth"), status == 401, "{at}: {head}");
            assert!(head.contains("application/problem+json") && head.contains("x-request-id"), "{head}");
            for (name, value) in headers.iter().filter(|(_, value)| value.len() > 10) {
                assert!(!answer.to_string().contains(value.as_str()), "{at}: {name} is repeated: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn the_published_vector_is_served_over_http() {
    let door = Door::new().await;
    let (status, answer) = door.send("POST", TARGET, &vector(), BODY).await;
    assert_eq!((status, answer["bytes"].as_u64()), (200, Some(BODY.len() as u64)), "{answer}");
    assert_eq!(answer["hotkey"], alice().account().to_string());
}

#[tokio::test]
async fn what_the_official_sdk_signs_is_served_over_http() {
    let door = Door::new().await;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../libs/btauth/golden/official.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    assert!(cases.len() >= 50);
    for case in &cases {
        let text = |field: &str| case[field].as_str().unwrap().to_owned();
        let headers = case["headers"].as_object().unwrap();
        let headers: Pairs =
            headers.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
        let value =
            |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).unwrap().1.clone();
        let sender: Account = value(names::HOTKEY).parse().unwrap();
        door.registry.learn(&metagraph(text("receiver").parse().unwrap(), sender)).unwrap();
        door.clock.store(value(names::NONCE).parse().unwrap(), Ordering::SeqCst);
        let body = hex::decode(text("body")).unwrap();
        let (status, answer) = door.send(&text("method"), &text("target"), &headers, &body).await;
        assert_eq!((status, answer["hotkey"].as_str()), (200, Some(&*sender.to_string())), "{case} {answer}");
    }
}

#[tokio::test]
async fn the_target_is_the_one_that_was_sent() {
    let door = Door::new().await;
    let targets = ["/", "/a", "/a?", "/a?b", "/a?b=c%20d&e", "/%61", "/a//b/../c", "/a;b?c?d"];
    for (i, sent) in targets.iter().enumerate() {
        for (j, said) in targets.iter().enumerate() {
            let headers = sign("GET", said, b"", NOW + (i * 100 + j) as u64);
            let (status, answer) = door.send("GET", sent, &headers, b"").await;
            assert_eq!(status, if sent == said { 200 } else { 401 }, "{said} sent as {sent}: {answer}");
        }
    }
}

#[tokio::test]
async fn headers_out_of_shape_are_refused_by_name() {
    let door = Door::new().await;
    for name in [names::VERSION, names::HOTKEY, names::NONCE, names::SIGNATURE] {
        let missing: &'static str = format!("the header {name} is missing").leak();
        door.refuses(with(vector(), name, None), 401, missing).await;
        let shape: &'static str = format!("the header {name} is not in shape").leak();
        door.refuses(with(vector(), name, Some("not-this-one-at-all")), 401, shape).await;
        let mut twice = vector();
        twice.extend(vector().into_iter().find(|(n, _)| n == name));
        door.refuses(twice, 401, "is there twice").await;
    }
    door.refuses(with(vector(), names::CRYPTO, Some("ed25519")), 401, "only sr25519 keys are taken").await;
    door.refuses(with(vector(), names::RECEIVER, None), 401, "x-bittensor-receiver is missing").await;
    assert_eq!(door.send("POST", TARGET, &vector(), BODY).await.0, 200, "and none of them spent the nonce");
}

#[tokio::test]
async fn requests_for_others_and_of_other_times_are_refused() {
    let door = Door::new().await;
    let request = || Request::new("POST", TARGET, BODY).unwrap();
    let other = sign_as(&alice(), alice().account(), &request(), NOW);
    door.refuses(other, 401, "signed for another receiver").await;
    door.refuses(sign("POST", TARGET, BODY, NOW - MAX_AGE_NS - 1), 401, "older than 10 s").await;
    door.refuses(sign("POST", TARGET, BODY, NOW + MAX_SKEW_NS + 1), 401, "more than 2 s ahead").await;
    door.refuses(sign("PUT", TARGET, BODY, NOW), 401, "the signature does not hold").await;
    door.refuses(sign("POST", "/generate", BODY, NOW), 401, "the signature does not hold").await;
    door.refuses(sign("POST", TARGET, b"{}", NOW), 401, "the signature does not hold").await;
    let forged = sign_as(&bob(), bob().account(), &request(), NOW);
    let forged = with(forged, names::HOTKEY, Some(&alice().account().to_string()));
    door.refuses(forged, 401, "the signature does not hold").await;
}

#[tokio::test]
async fn a_copy_is_refused_by_every_gateway_that_shares_the_store() {
    // S13
    let nonces = Arc::new(MemoryNonces::new(100));
    let (one, other) =
        (Door::with(nonces.clone(), Role::Registered).await, Door::with(nonces, Role::Registered).await);
    let sent = vector();
    assert_eq!(one.send("POST", TARGET, &sent, BODY).await.0, 200);
    one.refuses(sent.clone(), 401, "the nonce was used before").await;
    other.refuses(sent, 401, "the nonce was used before").await;
    assert_eq!(other.send("POST", TARGET, &sign("POST", TARGET, BODY, NOW + 1), BODY).await.0, 200);
}

#[tokio::test]
async fn a_believed_caller_may_still_be_forbidden() {
    let door = Door::new().await;
    let stranger = Keypair::from_seed(&[3; 32]);
    let headers = sign_as(&stranger, bob().account(), &Request::new("POST", TARGET, BODY).unwrap(), NOW);
    door.refuses(headers, 403, "not registered on this subnet").await;
    let (store, role) = (Arc::new(MemoryNonces::new(9)), Role::Validator { stake: 6 });
    let door = Door::with(store.clone(), role).await;
    door.refuses(vector(), 403, "no validator permit").await;
    let mut known = metagraph(bob().account(), alice().account());
    known.neurons[0].permit = true;
    door.registry.learn(&known).unwrap();
    door.refuses(vector(), 403, "too little stake").await;
    assert!(store.is_empty(), "who may not enter fills no store");
    known.neurons[0].stake = 6;
    door.registry.learn(&known).unwrap();
    assert_eq!(door.send("POST", TARGET, &vector(), BODY).await.0, 200);
}

struct Gone;

#[tonic::async_trait]
impl Nonces for Gone {
    async fn spend(&self, _: Account, _: u64, _: u64) -> Result<(), NonceError> {
        Err(NonceError::Away("the disk of 10.0.0.9 is on fire".into()))
    }
}

#[tokio::test]
async fn what_can_not_be_checked_is_not_served() {
    // S16
    let door = Door::with(Arc::new(Gone), Role::Registered).await;
    door.refuses(vector(), 503, "whether the nonce is new could not be found out; try again").await;
    let (_, answer) = door.send("POST", TARGET, &vector(), BODY).await;
    assert!(!answer.to_string().contains("10.0.0.9"), "{answer}");
}

#[tokio::test]
async fn a_body_is_measured_before_it_is_hashed() {
    let door = Door::new().await;
    let long = vec![b'x'; LIMIT as usize + 1];
    let headers = sign("POST", TARGET, &long, NOW);
    let (status, answer) = door.send("POST", TARGET, &headers, &long).await;
    assert_eq!(status, 413, "{answer}");
    let chunked = [format!("{:x}\r\n", long.len()).as_bytes(), &long, b"\r\n0\r\n\r\n"].concat();
    let mut unannounced = headers.clone();
    unannounced.push(("transfer-encoding".to_owned(), "chunked".to_owned()));
    let (status, answer) = door.send("POST", TARGET, &unannounced, &chunked).await;
    assert_eq!(status, 413, "{answer}");
    let fits = &long[1..];
    let (status, answer) = door.send("POST", TARGET, &sign("POST", TARGET, fits, NOW), fits).await;
    assert_eq!((status, answer["bytes"].as_u64()), (200, Some(LIMIT)), "{answer}");
}
