//! What validators ask and tell, and what is shown of miners.

use btauth::{Keypair, Request};
use serde_json::json;
use testkit::eventually::eventually;

use super::fake_subnet::score;
use super::*;
use crate::Who;

/// A gateway that takes unsigned requests.
async fn open() -> Gateway {
    gateway(|c| c.auth.miners = Who::Off).await
}

impl Gateway {
    fn tell(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).json(body)
    }

    fn urlencoded<'a>(
        &self,
        path: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> reqwest::RequestBuilder {
        let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
        let request = self.client.post(format!("{}{path}", self.base));
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(crate::http::query::write(&fields))
    }

    /// Task 1, completed by one miner.
    fn completed(&self) -> TaskId {
        let id = self.task(1);
        self.lease(id);
        self.complete(id, "{}");
        id
    }
}

fn grade(task: TaskId, uid: u16, accuracy: u32) -> Value {
    let grades = json!([{"lease_id": LeaseId::from_random(3).to_string(), "accuracy": accuracy,
        "completeness": 1_000_000_000, "fault": null, "basis": "truth"}]);
    let data = json!({"version": 1, "units": 25, "grades": grades});
    json!({"task_id": task.to_string(), "validator_uid": uid, "evaluation_data": data})
}

#[tokio::test]
async fn a_waiting_task_comes_with_all_that_a_validator_needs() {
    let g = open().await;
    let id = g.completed();
    let (status, page) = g.json("/api/v1/validator/tasks?validator_uid=5").await;
    assert_eq!(status, 200, "{page}");
    let task = &page["tasks"][0];
    assert_eq!((&task["task_id"], &task["status"]), (&json!(id.to_string()), &json!("completed")));
    assert_eq!(
        (&page["next"], &task["target_language"], &task["options"]),
        (&Value::Null, &Value::Null, &json!({}))
    );
    let response = &task["responses"][0];
    assert_eq!(
        (&response["miner"], &response["came"], &response["took_ms"], &response["chosen"]),
        (&json!("m1"), &json!("in_time"), &json!(2_500), &json!(true))
    );
    assert_eq!(response["result"]["content_type"], "application/json");
    for file in [&task["input"], &response["result"]] {
        let (url, ticket) = (file["url"].as_str().unwrap(), file["ticket"].as_str().unwrap());
        assert!(url.starts_with(&g.base), "{url}");
        let got = g.client.get(url).bearer_auth(ticket).send().await.unwrap();
        assert_eq!(
            (got.status().as_u16(), got.bytes().await.unwrap().len() as u64),
            (200, file["size"].as_u64().unwrap())
        );
    }
    // S5: a ticket opens the one file
    let url = task["input"]["url"].as_str().unwrap();
    let other = g.client.get(url).bearer_auth(response["result"]["ticket"].as_str().unwrap());
    assert_eq!(answer(other).await.0, 403);
    assert_eq!(g.json("/api/v1/validator/tasks").await.0, 400);
    assert_eq!(g.json("/api/v1/validator/tasks?validator_uid=5&limit=21").await.0, 400);
}

#[tokio::test]
async fn evaluations_are_taken_in_every_spelling_as_json_and_as_a_form() {
    // L15, E7
    let g = open().await;
    let id = g.completed();
    let (status, told) = answer(g.tell("/api/v1/validator/evaluation", &grade(id, 1, 900_000_000))).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(
        (&told["recorded"], &told["status"], &told["validators"], &told["required"]),
        (&json!(true), &json!("completed"), &json!(1), &json!(2))
    );
    let (status, again) = answer(g.tell("/api/v1/validator/evaluate", &grade(id, 1, 900_000_000))).await;
    assert_eq!((status, &again["recorded"]), (200, &json!(false)), "the very same is no error");
    let (status, other) = answer(g.tell("/api/v1/validator/evaluate", &grade(id, 1, 1))).await;
    assert_eq!(status, 409, "{other}");
    let waits = async |uid: u16| {
        let (_, page) = g.json(&format!("/api/v1/validator/tasks?validator_uid={uid}")).await;
        page["tasks"].as_array().unwrap().len()
    };
    assert_eq!((waits(1).await, waits(2).await), (0, 1));
    let mut form = grade(id, 2, 700_000_000);
    form["evaluation_data"] = json!(form["evaluation_data"].to_string());
    form["validator_uid"] = json!("2");
    let fields = form.as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap()));
    let posted = g.urlencoded("/api/v1/validator/submit_result", fields);
    let (status, told) = answer(posted).await;
    assert_eq!(
        (status, &told["status"], &told["validators"]),
        (200, &json!("approved"), &json!(2)),
        "{told}"
    );
    assert_eq!((waits(1).await, waits(2).await, waits(3).await), (0, 0, 0));
    let stakes: Vec<_> = g
        .world
        .books
        .lock()
        .unwrap()
        .evaluations
        .iter()
        .map(|(e, _)| (e.validator.to_string(), e.stake))
        .collect();
    assert_eq!(stakes, [("uid-1".to_owned(), 1), ("uid-2".to_owned(), 1)]);

    let (_, page) = g.json("/api/v1/validator/final_results").await;
    let result = &page["results"][0];
    assert_eq!((&result["task_id"], &result["agreement"]), (&json!(id.to_string()), &json!(800_000_000)));
    assert_eq!(result["units"], 25);
    let first = &result["answers"][0];
    assert_eq!(
        (&first["accuracy"], &first["interval"]),
        (&json!(900_000_000), &json!([700_000_000, 900_000_000]))
    );
    assert_eq!(
        first["votes"][1],
        json!({"validator": "uid-2", "stake": 1, "basis": "truth",
        "grade": {"accuracy": 700_000_000, "completeness": 1_000_000_000, "fault": null}})
    );
    let next = page["next"].as_str().unwrap();
    let (_, end) = g.json(&format!("/api/v1/validator/final_results?after={next}")).await;
    assert_eq!(end, json!({"results": [], "next": null}));
    let (_, mine) = g.json("/api/v1/validator/2/evaluated_tasks").await;
    assert_eq!(mine["evaluated_tasks"][0]["grades"][0]["accuracy"], 700_000_000, "{mine}");
}

#[tokio::test]
async fn what_is_malformed_is_refused_by_its_name() {
    let g = open().await;
    let (id, waits) = (g.completed(), g.task(2));
    let with = |name: &str, value: Value| {
        let mut body = grade(id, 1, 5);
        body[name] = value;
        body
    };
    let grades = |grades: Value| with("evaluation_data", json!({"version": 1, "grades": grades}));
    let stranger = json!([{"lease_id": LeaseId::from_random(9).to_string(), "accuracy": 1, "completeness": 1,
        "fault": null, "basis": "truth"}]);
    let beyond = json!([{"lease_id": LeaseId::from_random(3).to_string(), "accuracy": 1_000_000_001,
        "completeness": 1, "basis": "truth"}]);
    for (body, status, word) in [
        (with("task_id", json!("x")), 422, "task_id"),
        (with("task_id", Value::Null), 422, "task_id: is missing"),
        (with("validator_uid", json!(65_536)), 422, "validator_uid"),
        (with("evaluation_data", json!("{")), 422, "evaluation_data"),
        (with("evaluation_data", json!({"version": 2, "grades": []})), 422, "version 2"),
        (grades(json!([])), 422, "evaluation_data"),
        (grades(stranger), 422, "brought no answer"),
        (grades(beyond), 422, "1000000000 billionths"),
        (with("task_id", json!(TaskId::from_random(99).to_string())), 404, "no task"),
        (with("task_id", json!(waits.to_string())), 409, "a pending task cannot be evaluated"),
    ] {
        let (got, told) = answer(g.tell("/api/v1/validator/evaluation", &body)).await;
        assert_eq!(got, status, "{body} {told}");
        assert!(told["detail"].as_str().unwrap().contains(word), "{told}");
    }
    let text = g.client.post(format!("{}/api/v1/validator/evaluation", g.base)).body("hello");
    assert_eq!(answer(text).await.0, 415);
    let list = g.tell("/api/v1/validator/evaluation", &json!([1]));
    assert_eq!(answer(list).await.0, 422);
    assert!(g.world.books.lock().unwrap().evaluations.is_empty());
}

#[tokio::test]
async fn a_task_that_was_marked_as_seen_is_left_out() {
    let g = open().await;
    let id = g.completed();
    let body = json!({"task_id": id.to_string(), "validator_uid": 4});
    let (status, told) = answer(g.tell("/api/v1/validators/mark-task-seen", &body)).await;
    assert_eq!((status, &told["already_seen"]), (200, &json!(false)));
    let (_, told) = answer(g.tell("/api/v1/validators/mark-task-seen", &body)).await;
    assert_eq!(told["already_seen"], true);
    let (_, page) = g.json("/api/v1/validator/tasks?validator_uid=4").await;
    assert_eq!(page["tasks"], json!([]));
}

#[tokio::test]
async fn reports_on_miners_show_in_the_stats_as_json_and_as_a_form() {
    // E7, E8, E9, E10
    let g = open().await;
    let status = |uid: u16, load: f64| {
        json!({"uid": uid, "hotkey": format!("hot{uid}"), "is_serving": true, "load": load, "performance_score": 0.5,
            "ip": "192.0.2.1", "max_capacity": 99})
    };
    let report = |validator: u16, load: f64| json!({"validator_uid": validator, "epoch": 3, "miner_statuses": [status(7, load), status(99, 0.25)]});
    let path = "/api/v1/validators/miner-status";
    for _ in 0..2 {
        let (code, told) = answer(g.tell(path, &report(1, 0.75))).await;
        assert_eq!((code, &told["accepted"], &told["ignored"]), (200, &json!(2), &json!([])), "{told}");
    }
    let (_, stats) = g.json("/api/v1/validators/consensus-stats").await;
    assert_eq!(
        (&stats["miners"][0]["validators"], &stats["miners"][0]["eligible"]),
        (&json!(1), &json!(false))
    );
    let statuses = report(2, 0.75)["miner_statuses"].to_string();
    let fields = [("validator_uid", "2"), ("epoch", "4"), ("miner_statuses", statuses.as_str())];
    let (code, told) = answer(g.urlencoded(path, fields)).await;
    assert_eq!(code, 200, "{told}");
    let (_, stats) = g.json("/api/v1/validators/consensus-stats").await;
    let wanted = json!({"uid": 7, "hotkey": "hot7", "is_serving": true, "load": 0.75, "performance_score": 0.5,
        "validators": 2, "confidence": 1.0, "eligible": true, "epoch": 4, "reported_at": "1970-01-01T00:00:01.000Z"});
    assert_eq!(stats["miners"][0], wanted);
    assert_eq!(stats["required_validators"], 2);
    let (_, one) = g.json("/api/v1/miners/7/consensus").await;
    assert_eq!((&one["consensus"], one["reports"].as_array().unwrap().len()), (&wanted, 2));
    let (_, network) = g.json("/api/v1/miners/network-status?limit=1").await;
    assert_eq!((&network["miners"][0]["uid"], &network["next_cursor"]), (&json!(7), &json!("7")));
    let (_, rest) = g.json("/api/v1/miners/network-status?limit=1&cursor=7").await;
    assert_eq!((&rest["miners"][0]["uid"], &rest["paired"]), (&json!(99), &json!(1)));

    for (bad, word) in [
        (json!([{"uid": 1, "hotkey": "h", "is_serving": true, "load": 1.5}]), "load of uid 1"),
        (json!([{"uid": 1, "hotkey": "../h", "is_serving": true}]), "hotkey of uid 1"),
        (json!([{"uid": 1}]), "miner_statuses"),
        (json!([status(1, 0.1), status(1, 0.2)]), "miner_statuses"),
        (json!({}), "miner_statuses"),
    ] {
        let body = json!({"validator_uid": 1, "epoch": 1, "miner_statuses": bad});
        let (code, told) = answer(g.tell(path, &body)).await;
        assert_eq!(code, 422, "{body} {told}");
        assert!(told["detail"].as_str().unwrap().contains(word), "{told}");
    }
    assert_eq!(g.json("/api/v1/miners/8/consensus").await.0, 404);
    assert_eq!(g.json("/api/v1/miners/x/consensus").await.0, 404);
}

#[tokio::test]
async fn miners_and_their_ranks_are_shown_by_pages() {
    // E6
    let g = open().await;
    g.world.books.lock().unwrap().scores = vec![score("m", 90), score("n", 40)];
    let (_, page) = g.json("/api/v1/leaderboard?limit=1").await;
    assert_eq!(
        (&page["leaderboard"][0]["miner"], &page["leaderboard"][0]["accuracy"]),
        (&json!("m"), &json!(0.9))
    );
    let (_, rest) = g
        .json(&format!("/api/v1/leaderboard?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()))
        .await;
    assert_eq!((&rest["leaderboard"][0]["miner"], &rest["next_cursor"]), (&json!("n"), &Value::Null));
    let (_, one) = g.json("/api/v1/leaderboard/n").await;
    assert_eq!((&one["accuracy"], &one["kinds"][0]["task_type"]), (&json!(0.4), &json!("transcription")));
    assert_eq!(g.json("/api/v1/leaderboard/z").await.0, 404);
    let (_, work) = g.json("/api/v1/miners/performance").await;
    assert_eq!((&work["miners"][0]["answered"], &work["miners"][0]["graded"]), (&json!(0.75), &json!(3)));
    let (_, miners) = g.json("/api/v1/miners").await;
    assert_eq!((&miners["miners"][0]["miner"], &miners["miners"][0]["uid"]), (&json!("m"), &Value::Null));
    let (_, network) = g.json("/api/v1/validator/integration").await;
    assert_eq!(
        (&network["network_info"]["netuid"], &network["network_info"]["total_miners"]),
        (&Value::Null, &json!(1))
    );
    assert_eq!((&network["queue_stats"], &network["pending_tasks"]), (&json!({}), &json!([])));
    g.task(1);
    let (_, network) = g.json("/api/v1/validator/integration").await;
    assert_eq!(
        (&network["queue_stats"]["pending"], network["pending_tasks"].as_array().unwrap().len()),
        (&json!(1), 1)
    );
}

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
