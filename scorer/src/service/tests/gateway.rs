//! A gateway that speaks the contract: it lets in whoever proves a validator's hotkey, and does what a test tells it to.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use btauth::{MemoryNonces, Request, verify};
use bytes::Bytes;
use domain::{FileId, LeaseId, TaskId, canonical};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use warp::{
    Filter,
    http::{HeaderMap, Method, Response, StatusCode},
};

use super::chain::{OPERATOR, VALIDATOR, address, key};

/// What it knows, and what it was told.
#[derive(Default)]
pub(crate) struct Desk {
    /// Tasks to grade, oldest first.
    pub(crate) tasks: Vec<Value>,
    /// What validators agreed on, oldest first.
    pub(crate) results: Vec<Value>,
    files: HashMap<String, Bytes>,
    /// Evaluations by task.
    pub(crate) evaluations: BTreeMap<String, Value>,
    /// Evaluations that came, also those that came again.
    pub(crate) told: usize,
    /// Tasks left to others.
    pub(crate) seen: Vec<String>,
    /// Forms of tasks that were submitted: route and body.
    pub(crate) submitted: Vec<(String, Bytes)>,
    /// The next requests for paths that contain this get that status.
    pub(crate) stumbles: Vec<(&'static str, u16)>,
    /// Answers to paths that contain this are these bytes.
    pub(crate) garbage: Option<(&'static str, &'static [u8])>,
}

pub(crate) struct FakeGateway {
    pub(crate) address: SocketAddr,
    pub(crate) desk: Arc<Mutex<Desk>>,
    _stop: DropGuard,
}

impl FakeGateway {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk: Arc<Mutex<Desk>> = Arc::default();
        let (on, nonces) = (desk.clone(), Arc::new(MemoryNonces::new(10_000)));
        let query = warp::query::raw().or(warp::any().map(String::new)).unify();
        let routes = warp::method()
            .and(warp::path::full())
            .and(query)
            .and(warp::header::headers_cloned())
            .and(warp::body::bytes())
            .then(
                move |method: Method,
                      path: warp::path::FullPath,
                      query: String,
                      headers: HeaderMap,
                      body: Bytes| {
                    let (on, nonces) = (on.clone(), nonces.clone());
                    async move {
                        let path = path.as_str().to_owned();
                        let target = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
                        let signed = path.contains("/validator");
                        let proven = !signed || proves(&method, &target, &headers, &body, &nonces).await;
                        let (status, body) = match proven {
                            true => on.lock().unwrap().answer(&method, &path, &query, &headers, &body),
                            false => (StatusCode::UNAUTHORIZED, Bytes::from("who are you?")),
                        };
                        Response::builder().status(status).body(body.to_vec()).unwrap()
                    }
                },
            );
        let stop = CancellationToken::new();
        tokio::spawn(warp::serve(routes).incoming(listener).graceful(stop.clone().cancelled_owned()).run());
        Self { address, desk, _stop: stop.drop_guard() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A file that may be fetched, as the contract has it.
    pub(crate) fn file(&self, bytes: impl Into<Bytes>) -> Value {
        let bytes = bytes.into();
        let mut desk = self.desk.lock().unwrap();
        let id = FileId::from_random(desk.files.len() as u128 + 1).to_string();
        let (sha256, size) = (canonical::digest(&bytes), bytes.len());
        desk.files.insert(id.clone(), bytes);
        let url = format!("{}/api/v1/files/{id}/download", self.url());
        json!({ "file_id": id, "sha256": sha256, "size": size, "content_type": "x", "url": url,
            "ticket": format!("ticket-{id}") })
    }

    /// A completed task: its input, and for each miner what came.
    pub(crate) fn task(
        &self,
        number: u128,
        kind: &str,
        input: impl Into<Bytes>,
        answers: &[(u8, Option<Bytes>)],
    ) {
        let input = self.file(input);
        let responses: Vec<Value> = answers
            .iter()
            .enumerate()
            .map(|(i, (miner, answer))| {
                let came = if answer.is_some() { "in_time" } else { "nothing" };
                let result = answer.clone().map(|bytes| self.file(bytes));
                json!({ "miner": i.to_string(), "uid": i, "hotkey": address(*miner),
                    "lease_id": lease(number, i), "fence": 1, "came": came, "took_ms": 950, "result": result })
            })
            .collect();
        let target = kind.ends_with("translation").then_some("de");
        let task = json!({ "task_id": TaskId::from_random(number), "task_type": kind, "status": "completed",
            "source_language": "en", "target_language": target, "options": {}, "input": input,
            "responses": responses });
        self.desk.lock().unwrap().tasks.push(task);
    }

    pub(crate) fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    /// The grades of a task as they were told: accuracy in billionths, fault, basis.
    pub(crate) fn grades(&self, number: u128) -> Vec<(u64, Option<String>, String)> {
        let desk = self.desk();
        let told = &desk.evaluations[&TaskId::from_random(number).to_string()];
        let grades = told["evaluation_data"]["grades"].as_array().unwrap();
        let grade = |g: &Value| {
            let text = |field: &str| g[field].as_str().map(str::to_owned);
            (g["accuracy"].as_u64().unwrap(), text("fault"), text("basis").unwrap())
        };
        grades.iter().map(grade).collect()
    }
}

/// The lease of the answer at this place.
pub(crate) fn lease(number: u128, place: usize) -> LeaseId {
    LeaseId::from_random(number * 100 + place as u128)
}

async fn proves(
    method: &Method,
    target: &str,
    headers: &HeaderMap,
    body: &[u8],
    nonces: &MemoryNonces,
) -> bool {
    let request = Request::new(method.as_str(), target, body).unwrap();
    let now = u64::try_from(process::clock::Clock::system().micros()).unwrap() * 1_000;
    let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let caller = verify(pairs, &request, key(OPERATOR).account(), now, nonces).await;
    caller.is_ok_and(|c| c.hotkey == key(VALIDATOR).account())
}

impl Desk {
    fn answer(
        &mut self,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> (StatusCode, Bytes) {
        if let Some(place) = self.stumbles.iter().position(|(part, _)| path.contains(part)) {
            let (_, status) = self.stumbles.remove(place);
            return (StatusCode::from_u16(status).unwrap(), Bytes::from("{\"detail\": \"not now\"}"));
        }
        if let Some((_, bytes)) = self.garbage.filter(|(part, _)| path.contains(part)) {
            return (StatusCode::OK, Bytes::from_static(bytes));
        }
        let ok = |value: &Value| (StatusCode::OK, Bytes::from(value.to_string()));
        match (method.as_str(), path) {
            ("GET", "/api/v1/validator/tasks") => {
                let open = |t: &&Value| {
                    let id = t["task_id"].as_str().unwrap_or_default();
                    !self.evaluations.contains_key(id) && !self.seen.iter().any(|s| s == id)
                };
                ok(&page("tasks", &self.tasks.iter().filter(open).cloned().collect::<Vec<_>>(), query))
            }
            ("GET", "/api/v1/validator/final_results") => ok(&page("results", &self.results, query)),
            ("POST", "/api/v1/validator/evaluation") => {
                self.told += 1;
                let told: Value = serde_json::from_slice(body).unwrap();
                let id = told["task_id"].as_str().unwrap().to_owned();
                match self.evaluations.get(&id) {
                    Some(there) if *there == told => ok(&json!({ "success": true, "recorded": false })),
                    Some(_) => (StatusCode::CONFLICT, Bytes::from("another")),
                    None => {
                        self.evaluations.insert(id, told);
                        ok(&json!({ "success": true, "recorded": true }))
                    }
                }
            }
            ("POST", "/api/v1/validators/mark-task-seen") => {
                let told: Value = serde_json::from_slice(body).unwrap();
                self.seen.push(told["task_id"].as_str().unwrap().to_owned());
                ok(&json!({ "success": true }))
            }
            ("GET", file) if file.starts_with("/api/v1/files/") => {
                let id = file.split('/').nth(4).unwrap();
                let ticket = headers.get("authorization").and_then(|t| t.to_str().ok());
                match self.files.get(id) {
                    Some(bytes) if ticket == Some(&format!("Bearer ticket-{id}")) => {
                        (StatusCode::OK, bytes.clone())
                    }
                    _ => (StatusCode::UNAUTHORIZED, Bytes::new()),
                }
            }
            ("POST", route) => {
                self.submitted.push((route.to_owned(), body.clone()));
                ok(&json!({ "task_id": TaskId::from_random(9_000 + self.submitted.len() as u128) }))
            }
            _ => (StatusCode::NOT_FOUND, Bytes::new()),
        }
    }
}

/// A page behind `after`, whose cursors are places.
fn page(name: &str, all: &[Value], query: &str) -> Value {
    let value = |key: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix(key)).and_then(|v| v.parse::<usize>().ok())
    };
    let (limit, after) = (value("limit=").unwrap_or(1), value("after=").unwrap_or(0));
    let found: Vec<&Value> = all.iter().skip(after).take(limit).collect();
    // tasks that were graded leave the list, so their pages begin anew
    let next = (!found.is_empty() && name == "results").then(|| (after + found.len()).to_string());
    json!({ name: found, "next": next })
}
