//! Somebody with a hotkey.

use btauth::{Account, Keypair, Request};
use process::clock::Clock;
use serde_json::{Value, json};

/// Somebody with a hotkey, over plain HTTP.
pub(super) struct Caller {
    pub(super) key: Keypair,
    pub(super) uid: u16,
    pub(super) receiver: Account,
    pub(super) gateway: String,
    pub(super) http: reqwest::Client,
}

pub(super) type Headers = Vec<(&'static str, String)>;

impl Caller {
    pub(super) fn sign(&self, method: &str, target: &str, body: &str) -> Headers {
        let now = u64::try_from(Clock::system().micros()).unwrap() * 1_000;
        Request::new(method, target, body.as_bytes()).unwrap().sign(&self.key, self.receiver, now).write()
    }

    pub(super) async fn send(
        &self,
        headers: &Headers,
        method: &str,
        target: &str,
        body: &str,
    ) -> (u16, Value) {
        let url = format!("{}{target}", self.gateway);
        let request = if method == "GET" { self.http.get(url) } else { self.http.post(url) };
        let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, value));
        let request = request.header("content-type", "application/json").body(body.to_owned());
        let Ok(response) = request.send().await else { return (0, Value::Null) };
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    pub(super) async fn get(&self, target: &str) -> (u16, Value) {
        self.send(&self.sign("GET", target, ""), "GET", target, "").await
    }

    pub(super) async fn post(&self, target: &str, body: &str) -> (u16, Value) {
        self.send(&self.sign("POST", target, body), "POST", target, body).await
    }

    /// Whether this task waits for this validator.
    pub(super) async fn sees(&self, task: &str) -> bool {
        let (status, page) = self.get(&format!("/api/v1/validator/tasks?validator_uid={}", self.uid)).await;
        assert_eq!(status, 200, "{page}");
        page["tasks"].as_array().unwrap().iter().any(|t| t["task_id"] == task)
    }

    /// The evaluation of a task with one answer.
    pub(super) fn evaluation(&self, task: &str, lease: &str, accuracy: u32) -> String {
        let grades = json!([{"lease_id": lease, "accuracy": accuracy, "completeness": 1_000_000_000, "fault": null,
            "basis": "inference"}]);
        let data = json!({"version": 1, "grades": grades});
        json!({"task_id": task, "validator_uid": self.uid, "evaluation_data": data}).to_string()
    }
}
