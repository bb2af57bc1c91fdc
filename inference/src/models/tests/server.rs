//! A web server that plays model hub and package index: cuts connections, ignores ranges and keeps silent on demand.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Path and `Range` of a request.
pub(super) type Asked = (String, Option<String>);

/// One page.
#[derive(Clone, Default)]
pub(super) struct Page {
    pub(super) body: Vec<u8>,
    /// Answers to come that end after so many bytes of body.
    pub(super) cuts: VecDeque<usize>,
    /// Always sends everything.
    pub(super) no_ranges: bool,
    /// Accepts the request and never answers.
    pub(super) silent: bool,
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    gate: watch::Sender<bool>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            pages: Arc::default(),
            asked: Arc::default(),
            gate: watch::Sender::new(true),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                tokio::spawn(async move { server.answer(stream).await });
            }
        });
        server
    }

    pub(super) fn set(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    pub(super) fn change(&self, path: &str, change: impl FnOnce(&mut Page)) {
        change(self.pages.lock().unwrap().get_mut(path).unwrap());
    }

    /// Removes a page and gives it back.
    pub(super) fn take(&self, path: &str) -> Page {
        self.pages.lock().unwrap().remove(path).unwrap()
    }

    pub(super) fn remove_all(&self) {
        self.pages.lock().unwrap().clear();
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Closed: requests are taken and answered only after it is opened.
    pub(super) fn gate(&self, open: bool) {
        self.gate.send_replace(open);
    }

    async fn answer(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut path, mut range) = (None, None);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
                let line = line.trim_end();
                if line.is_empty() {
                    break;
                }
                if path.is_none() {
                    path = line.split(' ').nth(1).map(str::to_owned);
                } else if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("range")
                {
                    range = Some(value.trim().to_owned());
                }
            }
            let path = path?;
            self.asked.lock().unwrap().push((path.clone(), range.clone()));
            self.gate.subscribe().wait_for(|open| *open).await.ok()?;
            let page =
                self.pages.lock().unwrap().get_mut(&path).map(|page| (page.clone(), page.cuts.pop_front()));
            let Some((page, cut)) = page else {
                let none = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
                stream.get_mut().write_all(none).await.ok()?;
                continue;
            };
            if page.silent {
                std::future::pending::<()>().await;
            }
            let from = range.and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
            let from = from.filter(|_| !page.no_ranges);
            let total = page.body.len();
            let body = &page.body[from.unwrap_or(0).min(total)..];
            let mut head = format!("HTTP/1.1 {}\r\n", if from.is_some() { "206 Partial" } else { "200 OK" });
            if let Some(from) = from {
                head += &format!("content-range: bytes {from}-{}/{total}\r\n", total.saturating_sub(1));
            }
            head += &format!("content-length: {}\r\n\r\n", body.len());
            stream.get_mut().write_all(head.as_bytes()).await.ok()?;
            match cut {
                None => stream.get_mut().write_all(body).await.ok()?,
                Some(cut) => {
                    stream.get_mut().write_all(&body[..cut.min(body.len())]).await.ok()?;
                    return None;
                }
            }
        }
    }
}
