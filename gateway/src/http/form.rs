//! Multipart forms, read part by part in the client's order at constant memory.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::{HeaderMap, header};
use multer::{Field, Multipart};

use super::{
    call::Body,
    problem::Problem,
    upload::{self, Broken},
};

/// Most parts of a form.
pub(crate) const MAX_PARTS: usize = 32;
/// Longest head of a part; also the longest preamble.
const MAX_HEAD: usize = 16 << 10;
/// Longest value of a field, other than a text to work on.
pub(crate) const MAX_TEXT: usize = 4 << 10;
/// What a form may need beside its file.
pub(crate) const OVERHEAD: u64 = 64 << 10;
/// After a refusal this much is still read, for this long: a client that is cut off while it sends often never reads
/// why.
const DRAIN: (usize, Duration) = (32 << 20, Duration::from_secs(2));

type Paced = Pin<Box<dyn Stream<Item = Result<Bytes, Broken>> + Send>>;

/// A form being read.
pub(crate) struct Form {
    parts: Multipart<'static>,
    source: Arc<Source>,
    seen: usize,
}

/// One part of a form; the rest of the form waits behind it.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    field: Field<'static>,
}

/// The body behind a form, shared so that it can be drained when the form is given up.
struct Source {
    body: Mutex<Option<Paced>>,
    /// Whether the parser looks for the head of a part; then `head` bytes were read since it began to.
    in_head: AtomicBool,
    head: AtomicUsize,
}

/// What the parser reads from: one chunk at a time, so that it never gathers what a fast client sends.
struct Metered {
    source: Arc<Source>,
    gave: bool,
}

impl Form {
    /// Opens the form that the headers announce.
    ///
    /// # Errors
    /// 415 when the body is no form; `Invalid` when its boundary is missing.
    pub(crate) fn open(headers: &HeaderMap, body: Body, idle: Duration) -> Result<Self, Problem> {
        let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(given).map_err(|e| match e {
            multer::Error::NoBoundary => Problem::field("Content-Type", "the boundary is missing"),
            _ => Problem::unsupported_media_type("this address takes multipart/form-data"),
        })?;
        if !(1..=70).contains(&boundary.len()) {
            return Err(Problem::field("Content-Type", "a boundary has 1 to 70 characters"));
        }
        let source = Arc::new(Source {
            body: Mutex::new(Some(Box::pin(upload::paced(body, idle)))),
            in_head: AtomicBool::new(true),
            head: AtomicUsize::new(0),
        });
        let parts = Multipart::new(Metered { source: source.clone(), gave: false }, boundary);
        Ok(Self { parts, source, seen: 0 })
    }

    /// The next part; the one before must have been read to its end.
    ///
    /// # Errors
    /// When the form is malformed, broken off, or has too many parts.
    pub(crate) async fn next(&mut self) -> Result<Option<Part>, Problem> {
        self.source.head.store(0, Ordering::Relaxed);
        self.source.in_head.store(true, Ordering::Relaxed);
        let field = self.parts.next_field().await.map_err(|e| broken(e).problem("body"))?;
        self.source.in_head.store(false, Ordering::Relaxed);
        let Some(field) = field else { return Ok(None) };
        self.seen += 1;
        if self.seen > MAX_PARTS {
            return Err(Problem::invalid(format!("the form has more than {MAX_PARTS} parts")));
        }
        let Some(name) = field.name().map(printable) else {
            return Err(Problem::invalid("a part of the form has no name"));
        };
        let file_name = field.file_name().map(str::to_owned);
        Ok(Some(Part { name, file_name, field }))
    }

    /// Reads on for a moment and throws away.
    pub(crate) async fn drain(self) {
        let body = self.source.body.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(body) = body {
            drain(body).await;
        }
    }
}

/// Reads on for a moment and throws away.
pub(crate) async fn drain(mut body: impl Stream<Item = Result<Bytes, Broken>> + Unpin) {
    let reading = async {
        let mut read = 0;
        while let Some(Ok(chunk)) = body.next().await {
            read += chunk.len();
            if read > DRAIN.0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN.1, reading).await;
}

impl Part {
    /// The value of a text field, without surrounding white space; `None` when that leaves nothing.
    ///
    /// # Errors
    /// When it is too long or no UTF-8.
    pub(crate) async fn text(self) -> Result<Option<String>, Problem> {
        let too_long = Problem::field(&self.name, format!("is longer than {MAX_TEXT} bytes"));
        self.up_to(MAX_TEXT as u64, too_long).await
    }

    /// The same of a text to work on.
    ///
    /// # Errors
    /// 413 when it has more than `limit` bytes; when it is no UTF-8.
    pub(crate) async fn long_text(self, limit: u64) -> Result<Option<String>, Problem> {
        let too_long = Broken::TooLarge { limit }.problem(&self.name);
        self.up_to(limit, too_long).await
    }

    async fn up_to(mut self, limit: u64, too_long: Problem) -> Result<Option<String>, Problem> {
        let mut text = Vec::new();
        while let Some(chunk) = self.field.next().await {
            text.extend_from_slice(&chunk.map_err(|e| broken(e).problem(&self.name))?);
            if text.len() as u64 > limit {
                return Err(too_long);
            }
        }
        let text = String::from_utf8(text).map_err(|_| Problem::field(&self.name, "is not UTF-8"))?;
        Ok(Some(text.trim().to_owned()).filter(|t| !t.is_empty()))
    }

    /// The bytes of a file, without empty chunks.
    pub(crate) fn bytes(self) -> impl Stream<Item = Result<Bytes, Broken>> + Send + Unpin + 'static {
        let full = self.field.map(|chunk| chunk.map_err(broken));
        Box::pin(full.filter(|chunk| std::future::ready(chunk.as_ref().map_or(true, |c| !c.is_empty()))))
    }
}

impl Stream for Metered {
    type Item = Result<Bytes, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // the parser reads until it is told to wait
        if std::mem::take(&mut self.gave) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let source = self.source.clone();
        let in_head = source.in_head.load(Ordering::Relaxed);
        if in_head && source.head.load(Ordering::Relaxed) > MAX_HEAD {
            return Poll::Ready(Some(Err(Broken::LongHead { limit: MAX_HEAD })));
        }
        let mut body = source.body.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = body.as_mut() else {
            return Poll::Ready(None);
        };
        let next = ready!(open.as_mut().poll_next(cx));
        if let Some(Ok(chunk)) = &next {
            self.gave = true;
            source.head.fetch_add(chunk.len(), Ordering::Relaxed);
        }
        Poll::Ready(next)
    }
}

/// What the parser's error means for the client.
fn broken(e: multer::Error) -> Broken {
    match e {
        multer::Error::StreamReadFailed(source) => {
            source.downcast::<Broken>().map_or(Broken::Off, |broken| *broken)
        }
        multer::Error::IncompleteFieldData { .. } | multer::Error::IncompleteStream => Broken::Off,
        other => Broken::Malformed(printable(&other.to_string())),
    }
}

/// Fit for an answer and a log: short and without control characters.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
