//! File routes that stumble as the test tells them to.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, sync::DropGuard};
use warp::{Filter, http::Response, http::StatusCode};

/// What is stored, and what the next requests get.
#[derive(Default)]
struct Shelf {
    inputs: HashMap<String, Bytes>,
    results: HashMap<String, Bytes>,
    stumbles: HashMap<String, Vec<u16>>,
    traces: Vec<Option<String>>,
}

/// `GET /in/NAME` and `PUT /out/NAME`, each with the ticket `ticket-NAME`.
pub(super) struct FakeFiles {
    pub(super) address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
    _stop: DropGuard,
}

impl FakeFiles {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shelf: Arc<Mutex<Shelf>> = Arc::default();
        let on = shelf.clone();
        let routes = warp::path!(String / String)
            .and(warp::method())
            .and(warp::header("authorization"))
            .and(warp::header::optional("traceparent"))
            .and(warp::body::bytes())
            .map(
                move |folder: String,
                      name: String,
                      method: warp::http::Method,
                      ticket: String,
                      trace: Option<String>,
                      body: Bytes| {
                    on.lock().unwrap().traces.push(trace);
                    let (status, body) =
                        on.lock().unwrap().answer(&folder, &name, method.as_str(), &ticket, body);
                    Response::builder().status(status).body(body.to_vec()).unwrap()
                },
            );
        let stop = CancellationToken::new();
        tokio::spawn(warp::serve(routes).incoming(listener).graceful(stop.clone().cancelled_owned()).run());
        Self { address, shelf, _stop: stop.drop_guard() }
    }

    pub(super) fn put_input(&self, name: &str, bytes: impl Into<Bytes>) {
        self.shelf.lock().unwrap().inputs.insert(name.to_owned(), bytes.into());
    }

    pub(super) fn result(&self, name: &str) -> Option<Bytes> {
        self.shelf.lock().unwrap().results.get(name).cloned()
    }

    /// The trace context of every request.
    pub(super) fn traces(&self) -> Vec<Option<String>> {
        self.shelf.lock().unwrap().traces.clone()
    }

    /// The next requests for `folder/name` get these statuses.
    pub(super) fn stumble(&self, path: &str, statuses: &[u16]) {
        self.shelf.lock().unwrap().stumbles.insert(path.to_owned(), statuses.iter().rev().copied().collect());
    }
}

impl Shelf {
    fn answer(
        &mut self,
        folder: &str,
        name: &str,
        method: &str,
        ticket: &str,
        body: Bytes,
    ) -> (StatusCode, Bytes) {
        let stumble = self.stumbles.get_mut(&format!("{folder}/{name}")).and_then(Vec::pop);
        let status = match stumble {
            Some(code) => StatusCode::from_u16(code).unwrap(),
            None if ticket != format!("Bearer ticket-{name}") => StatusCode::UNAUTHORIZED,
            None => StatusCode::OK,
        };
        match (status, folder, method) {
            (StatusCode::OK, "in", "GET") => match self.inputs.get(name) {
                Some(input) => (status, input.clone()),
                None => (StatusCode::NOT_FOUND, Bytes::new()),
            },
            (StatusCode::OK, "out", "PUT") => {
                self.results.insert(name.to_owned(), body);
                (StatusCode::CREATED, Bytes::new())
            }
            (StatusCode::OK, ..) => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
            _ => (status, Bytes::new()),
        }
    }
}
