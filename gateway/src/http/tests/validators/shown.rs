//! What everybody is shown of miners: reports of validators, ranks, work.

use super::*;
use crate::http::tests::fake_subnet::score;

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
