//! A server that takes what the real one would be sent, and keeps it.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// One request as it came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub method: String,
    pub path: String,
    pub key: Option<String>,
    pub body: Value,
}

/// The server; gone when dropped.
pub(super) struct Double {
    pub base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    refusals: Arc<Mutex<VecDeque<u16>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Double {
    pub(super) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn on(listener: TcpListener) -> Self {
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let refusals = Arc::new(Mutex::new(VecDeque::new()));
        let serving = tokio::spawn(serve(listener, base.clone(), asked.clone(), refusals.clone()));
        Self { base, asked, refusals, serving }
    }

    /// The next requests get these answers.
    pub(super) fn refuse(&self, with: &[u16]) {
        self.refusals.lock().unwrap().extend(with);
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Bodies of `file_stream` requests, without those that say nothing.
    pub(super) fn streamed(&self) -> Vec<Value> {
        let streams = self.asked().into_iter().filter(|a| a.path.ends_with("/file_stream"));
        streams.map(|a| a.body).filter(|b| *b != json!({})).collect()
    }

    /// The lines of a file of the run as the server has them now.
    pub(super) fn lines(&self, file: &str) -> Vec<Value> {
        let mut lines: Vec<Value> = Vec::new();
        for part in self.streamed().iter().filter_map(|b| b["files"].get(file).cloned()) {
            let offset = usize::try_from(part["offset"].as_u64().unwrap()).unwrap();
            assert!(offset <= lines.len(), "{file}: a hole before line {offset}");
            lines.truncate(offset);
            let content = part["content"].as_array().unwrap();
            lines.extend(content.iter().map(|l| serde_json::from_str(l.as_str().unwrap()).unwrap()));
        }
        lines
    }
}

async fn serve(
    listener: TcpListener,
    base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    refusals: Arc<Mutex<VecDeque<u16>>>,
) {
    // a server that is dropped hangs up
    let mut open = tokio::task::JoinSet::new();
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let (base, asked, refusals) = (base.clone(), asked.clone(), refusals.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (base, asked, refusals) = (base.clone(), asked.clone(), refusals.clone());
            async move {
                let refusal = refusals.lock().unwrap().pop_front();
                let (parts, body) = request.into_parts();
                let body = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
                let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
                let body = serde_json::from_slice(&body).unwrap_or_else(|_| text());
                let key = parts.headers.get("authorization").map(|k| k.to_str().unwrap().to_owned());
                let (status, said) = match refusal {
                    Some(status) => (status, json!({"error": "not now"})),
                    None => (200, answer(&base, &body)),
                };
                if refusal.is_none() {
                    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
                    asked.lock().unwrap().push(Asked { method, path, key, body });
                }
                let body = Full::new(Bytes::from(said.to_string()));
                Ok::<_, Infallible>(Response::builder().status(status).body(body).unwrap())
            }
        });
        open.spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tcp), service));
    }
}

fn answer(base: &str, body: &Value) -> Value {
    let variables = &body["variables"];
    match body["operationName"].as_str() {
        Some("UpsertBucket") => {
            let entity = variables["entity"].as_str().unwrap_or("the-keys-own");
            let project = json!({"name": variables["project"], "entity": {"name": entity}});
            let bucket =
                json!({"id": "b", "name": variables["name"], "displayName": "d", "project": project});
            json!({"data": {"upsertBucket": {"bucket": bucket, "inserted": true}}})
        }
        Some("CreateRunFiles") => {
            let place = |name: &Value| json!({"name": name, "uploadUrl": format!("{base}/upload/{}?signature=s", name.as_str().unwrap())});
            let files: Vec<Value> = variables["files"].as_array().unwrap().iter().map(place).collect();
            let made = json!({"runID": "b", "uploadHeaders": ["X-Kept: yes"], "files": files});
            json!({"data": {"createRunFiles": made}})
        }
        _ => json!({"exitcode": null, "limits": {}}),
    }
}
