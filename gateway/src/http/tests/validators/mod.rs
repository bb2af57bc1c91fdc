//! What validators ask and tell, and what is shown of miners.

mod evaluations;
mod proven;
mod shown;

use serde_json::json;

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
