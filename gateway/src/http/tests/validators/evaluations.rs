//! Tasks on their way to validators, and what they tell of them.

use super::*;

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
