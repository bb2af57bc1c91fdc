//! A file in, speech samples out, a second at a time.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Container, Ffmpeg, MediaError,
    child::Running,
    native::{Native, Opened},
    promise::Promise,
    sniff::sniff,
    source::Source,
};
use crate::engine::SAMPLE_RATE;

/// Samples that travel together: a second.
const BLOCK: usize = SAMPLE_RATE as usize;
/// Blocks decoded before anybody took them.
const AHEAD: usize = 4;

/// Turns files into samples: in Rust where it can, in a contained child elsewhere.
#[derive(Debug, Clone)]
pub struct Decoder {
    ffmpeg: Option<Arc<Ffmpeg>>,
    limit: Duration,
}

/// What is known of a file once its header is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaInfo {
    /// What it is.
    pub container: Container,
    /// Length in ms by its header; a hint.
    pub expected_ms: Option<u64>,
}

/// The samples of one file: 16-bit, 16 kHz, mono. Dropping it stops the decoder.
#[derive(Debug)]
pub struct Pcm {
    blocks: mpsc::Receiver<Result<Step, MediaError>>,
    info: Arc<OnceLock<MediaInfo>>,
    _stop: DropGuard,
}

#[derive(Debug)]
enum Step {
    Block(Vec<i16>),
    End,
}

impl Decoder {
    /// Recordings longer than `limit` are refused; without `ffmpeg`, so is what only it can read.
    #[must_use]
    pub fn new(ffmpeg: Option<Ffmpeg>, limit: Duration) -> Self {
        Self { ffmpeg: ffmpeg.map(Arc::new), limit }
    }

    /// Starts to decode `file` on a thread of its own, in constant memory: it runs at most four seconds of sound ahead.
    /// Its span `decode` is a child of the current one, and is busy only while it works.
    /// Call within a tokio runtime.
    #[must_use]
    pub fn start(&self, file: &Path, cancel: &CancellationToken) -> Pcm {
        let (to, blocks) = mpsc::channel(AHEAD);
        let cancel = cancel.child_token();
        let work = Work {
            file: file.to_owned(),
            decoder: self.clone(),
            cancel: cancel.clone(),
            info: Arc::default(),
            span: tracing::info_span!(
                "decode",
                container = tracing::field::Empty,
                decoder = tracing::field::Empty,
                audio_ms = tracing::field::Empty,
                error = tracing::field::Empty
            ),
        };
        let info = work.info.clone();
        tokio::task::spawn_blocking(move || {
            let end = work.run(&to).map(|()| Step::End);
            if let Err(error) = &end {
                work.span.record("error", tracing::field::display(error));
            }
            // an error here means that nobody listens any more
            let _ = to.blocking_send(end);
        });
        Pcm { blocks, info, _stop: cancel.drop_guard() }
    }
}

impl Pcm {
    /// The next samples, about a second of them; `None` at the end. A file without a single sample is an error.
    pub async fn next(&mut self) -> Result<Option<Vec<i16>>, MediaError> {
        match self.blocks.recv().await {
            Some(Ok(Step::Block(samples))) => Ok(Some(samples)),
            Some(Ok(Step::End)) => Ok(None),
            Some(Err(error)) => Err(error),
            // the thread is gone without a word: its panic is in the log
            None => Err(MediaError::Internal),
        }
    }

    /// What the header said; known when the first samples are there.
    #[must_use]
    pub fn info(&self) -> Option<&MediaInfo> {
        self.info.get()
    }
}

/// One decoding, on its thread.
struct Work {
    file: PathBuf,
    decoder: Decoder,
    cancel: CancellationToken,
    info: Arc<OnceLock<MediaInfo>>,
    span: tracing::Span,
}

impl Work {
    fn run(&self, to: &mpsc::Sender<Result<Step, MediaError>>) -> Result<(), MediaError> {
        let (mut source, promise) = self.span.in_scope(|| unless_it_panics(0, || self.open()))?;
        let limit = self.decoder.limit;
        let most =
            u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).saturating_mul(u64::from(SAMPLE_RATE))
                / 1000;
        let (mut ready, mut total) = (Vec::with_capacity(2 * BLOCK), 0u64);
        loop {
            if self.cancel.is_cancelled() {
                return Err(MediaError::Cancelled);
            }
            let more = self.span.in_scope(|| {
                unless_it_panics(total / u64::from(SAMPLE_RATE), || {
                    let mut more = true;
                    while more && ready.len() < BLOCK {
                        more = source.next(&mut ready)?;
                    }
                    Ok(more)
                })
            })?;
            total += ready.len() as u64;
            if total > most {
                return Err(MediaError::TooLong { limit });
            }
            if !ready.is_empty() {
                let block = std::mem::replace(&mut ready, Vec::with_capacity(2 * BLOCK));
                to.blocking_send(Ok(Step::Block(block))).map_err(|_| MediaError::Cancelled)?;
            }
            if !more {
                break;
            }
        }
        let decoded_ms = total * 1000 / u64::from(SAMPLE_RATE);
        self.span.record("audio_ms", decoded_ms);
        match (total, promise.bytes) {
            (0, Some((promised, there))) if promised > there => Err(MediaError::Broken { at_second: 0 }),
            (0, _) => Err(MediaError::NoSamples),
            _ => promise.check(decoded_ms),
        }
    }

    fn open(&self) -> Result<(Box<dyn Source>, Promise), MediaError> {
        let unreadable = |error: std::io::Error| {
            tracing::error!(%error, "media file not readable");
            MediaError::Internal
        };
        let mut file = File::open(&self.file).map_err(unreadable)?;
        let container = sniff(&mut file)?;
        self.span.record("container", container.name());
        let promise = Promise::read(&mut file, container)?;
        let source: Box<dyn Source> = match Native::open(file, container, &promise)? {
            Opened::Here(native) => native,
            Opened::Elsewhere(otherwise) => match &self.decoder.ffmpeg {
                Some(ffmpeg) => Box::new(Running::start(
                    ffmpeg,
                    &self.file,
                    container,
                    self.decoder.limit,
                    self.cancel.clone(),
                )?),
                None => return Err(otherwise),
            },
        };
        self.span.record("decoder", source.name());
        // the cell is filled once, here
        let _ = self.info.set(MediaInfo { container, expected_ms: source.expected_ms() });
        Ok((source, promise))
    }
}

/// A decoder that panics on a file has met a file it can't read: the service goes on.
fn unless_it_panics<T>(
    at_second: u64,
    work: impl FnOnce() -> Result<T, MediaError>,
) -> Result<T, MediaError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!(at_second, "media decoder panicked");
        Err(MediaError::Broken { at_second })
    })
}
