//! Who may ask: what a signed request proves, and what the chain says of who signed.

use btauth::{Keypair, Request};
use testkit::eventually::eventually;

use super::*;

#[tokio::test]
async fn nobody_enters_where_nothing_can_be_proven() {
    // S2
    let closed = gateway(|_| ()).await;
    let id = closed.completed();
    let (status, told) = closed.json("/api/v1/validator/tasks?validator_uid=5").await;
    assert_eq!(status, 503, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("follows no chain"), "{told}");
    let posted = closed.tell("/api/v1/validator/evaluation", &grade(id, 1, 5));
    assert_eq!(answer(posted).await.0, 503);
    assert!(closed.world.books.lock().unwrap().evaluations.is_empty());
    // whoever signs wants to be believed, also where others need not
    let open = open().await;
    let signed = open.get("/api/v1/validator/tasks?validator_uid=5").header("x-bittensor-hotkey", "5x");
    assert_eq!(answer(signed).await.0, 503);
}

/// A gateway that follows a subnet: two validators, then a miner; requests are for the key of seed 9.
struct Chained {
    g: Gateway,
    nonce: std::sync::atomic::AtomicU64,
}

fn key(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

impl Chained {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let world = |books: &mut fake_subnet::Books| {
            let account = |seed: u8| key(seed).account().to_string();
            books.own = account(9);
            books.neurons =
                vec![(1, account(1), true, 5_000), (2, account(2), true, 3_000), (7, account(7), false, 10)];
        };
        let on_chain = |c: &mut Config| {
            c.auth.chain = "fake".into();
            adjust(c);
        };
        let g = gateway_of(on_chain, None, world).await;
        let known = async || {
            let (_, network) = g.json("/api/v1/miners/network-status").await;
            (network["registered"] == 3).then_some(())
        };
        eventually("the subnet to be read", std::time::Duration::from_secs(20), known).await;
        Self { g, nonce: 1_000_000_000.into() }
    }

    fn headers(&self, seed: u8, method: &str, target: &str, body: &str) -> Vec<(&'static str, String)> {
        let nonce = self.nonce.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let request = Request::new(method, target, body.as_bytes()).unwrap();
        request.sign(&key(seed), key(9).account(), nonce).write()
    }

    async fn send(
        &self,
        headers: &[(&'static str, String)],
        method: &str,
        target: &str,
        body: &str,
    ) -> (u16, Value) {
        let method: http::Method = method.parse().unwrap();
        let mut request = self.g.client.request(method, format!("{}{target}", self.g.base));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        answer(request.header("content-type", "application/json").body(body.to_owned())).await
    }

    async fn signed(&self, seed: u8, method: &str, target: &str, body: &str) -> (u16, Value) {
        self.send(&self.headers(seed, method, target, body), method, target, body).await
    }
}

#[tokio::test]
async fn validators_prove_themselves_and_vote_with_the_stake_of_the_chain() {
    // S2, S3, S13
    let c = Chained::new().await;
    let id = c.g.completed();
    let tasks = "/api/v1/validator/tasks?validator_uid=1";
    let (status, page) = c.signed(1, "GET", tasks, "").await;
    assert_eq!((status, page["tasks"].as_array().map(Vec::len)), (200, Some(1)), "{page}");
    let refused = async |outcome: (u16, Value), status: u16, word: &str| {
        let detail = outcome.1["detail"].as_str().unwrap_or_default().to_owned();
        assert!(outcome.0 == status && detail.contains(word), "{outcome:?}");
    };
    refused(c.g.json(tasks).await, 401, "x-bittensor").await;
    refused(c.signed(2, "GET", tasks, "").await, 403, "has uid 2").await;
    refused(c.signed(7, "GET", "/api/v1/validator/tasks?validator_uid=7", "").await, 403, "permit").await;
    refused(c.signed(8, "GET", tasks, "").await, 403, "not registered").await;

    let (path, body) = ("/api/v1/validator/evaluation", grade(id, 1, 900_000_000).to_string());
    refused(c.signed(7, "POST", path, &body).await, 403, "permit").await;
    let headers = c.headers(1, "POST", path, &body);
    let changed = body.replace("900000000", "100000000");
    refused(c.send(&headers, "POST", path, &changed).await, 401, "signature").await;
    let (status, told) = c.send(&headers, "POST", path, &body).await;
    assert_eq!((status, &told["status"]), (200, &json!("completed")), "{told}");
    refused(c.send(&headers, "POST", path, &body).await, 401, "nonce was used before").await;
    let second = grade(id, 2, 900_000_000).to_string();
    let (_, told) = c.signed(2, "POST", path, &second).await;
    assert_eq!(told["status"], "approved", "{told}");
    let kept = c.g.world.books.lock().unwrap();
    let kept: Vec<_> = kept.evaluations.iter().map(|(e, who)| (e.uid, e.stake, who.validators)).collect();
    assert_eq!(kept, [(1, 5_000, 2), (2, 3_000, 2)]);
}

#[tokio::test]
async fn the_operator_says_how_much_stake_a_validator_needs_and_where_files_are() {
    // E26
    let c = Chained::with(|c| {
        c.auth.validator_stake = 4_000;
        c.http.public_url = "https://violet.example/".into();
    })
    .await;
    c.g.completed();
    let (status, page) = c.signed(1, "GET", "/api/v1/validator/tasks?validator_uid=1", "").await;
    let url = page["tasks"][0]["input"]["url"].as_str().unwrap();
    assert!(status == 200 && url.starts_with("https://violet.example/api/v1/files/"), "{url}");
    let (status, told) = c.signed(2, "GET", "/api/v1/validator/tasks?validator_uid=2", "").await;
    assert_eq!(status, 403, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("too little stake"), "{told}");
    let (_, stats) = c.g.json("/api/v1/validators/consensus-stats").await;
    assert_eq!((&stats["eligible_validators"], &stats["required_validators"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn miners_are_shown_with_what_the_chain_says_of_them() {
    let c = Chained::new().await;
    let miner = key(7).account().to_string();
    let (_, network) = c.g.json("/api/v1/validator/integration").await;
    assert_eq!(
        (&network["network_info"]["netuid"], &network["network_info"]["block"]),
        (&json!(49), &json!(9))
    );
    let last = &network["miners"][2];
    assert_eq!((&last["uid"], &last["hotkey"], &last["stake"]), (&json!(7), &json!(miner), &json!(10)));
    assert_eq!((&last["external_ip"], &last["port"]), (&json!("192.0.2.7"), &json!(8091)));
    assert_eq!(network["miners"][0]["ip"], Value::Null);
    let (_, health) = c.g.json("/health").await;
    assert_eq!(health["bittensor_connected"], true);

    let statuses = json!([{"uid": 7, "hotkey": miner, "is_serving": true}, {"uid": 2, "hotkey": miner, "is_serving": true}]);
    let body = json!({"validator_uid": 1, "epoch": 1, "miner_statuses": statuses}).to_string();
    let (status, told) = c.signed(1, "POST", "/api/v1/validators/miner-status", &body).await;
    assert_eq!((status, &told["accepted"], &told["ignored"]), (200, &json!(1), &json!([2])), "{told}");
    let (_, stats) = c.g.json("/api/v1/validators/consensus-stats").await;
    assert_eq!((&stats["eligible_validators"], &stats["required_validators"]), (&json!(2), &json!(2)));
}
