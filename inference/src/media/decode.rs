//! A file in, samples out, a second or less at a time.

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
    Block, Container, Ffmpeg, MediaError, Shape,
    child::Running,
    native::{Native, Opened},
    promise::Promise,
    resample::to_i16,
    shape::Shaper,
    sniff::sniff,
    source::Source,
};
use crate::engine::SAMPLE_RATE;

/// Samples of all channels that travel together, at least: a second of speech.
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
    /// How its sound is coded, in ffmpeg's names, such as `aac`; `None` when its decoder does not say.
    pub codec: Option<String>,
}

/// The speech samples of one file: 16-bit, 16 kHz, mono. Dropping it stops the decoder.
#[derive(Debug)]
pub struct Pcm {
    sound: Sound,
}

/// The sound of one file in the shape that was asked for. Dropping it stops the decoder.
#[derive(Debug)]
pub struct Sound {
    blocks: mpsc::Receiver<Result<Step, MediaError>>,
    info: Arc<OnceLock<MediaInfo>>,
    _stop: DropGuard,
}

#[derive(Debug)]
enum Step {
    Block(Block),
    End,
}

impl Decoder {
    /// Recordings longer than `limit` are refused; without `ffmpeg`, so is what only it can read.
    #[must_use]
    pub fn new(ffmpeg: Option<Ffmpeg>, limit: Duration) -> Self {
        Self { ffmpeg: ffmpeg.map(Arc::new), limit }
    }

    /// Starts to decode the speech of `file`: [`Decoder::sound`] in [`Shape::Speech`], at most four seconds ahead.
    #[must_use]
    pub fn start(&self, file: &Path, cancel: &CancellationToken) -> Pcm {
        Pcm { sound: self.sound(file, Shape::Speech, cancel) }
    }

    /// Starts to decode `file` on a thread of its own, in constant memory: it runs at most some seconds of sound ahead.
    /// Its span `decode` is a child of the current one, and is busy only while it works.
    /// Call within a tokio runtime.
    #[must_use]
    pub fn sound(&self, file: &Path, shape: Shape, cancel: &CancellationToken) -> Sound {
        let (to, blocks) = mpsc::channel(AHEAD);
        let cancel = cancel.child_token();
        let work = Work {
            file: file.to_owned(),
            shape,
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
        Sound { blocks, info, _stop: cancel.drop_guard() }
    }
}

impl Pcm {
    /// The next samples, about a second of them; `None` at the end. A file without a single sample is an error.
    pub async fn next(&mut self) -> Result<Option<Vec<i16>>, MediaError> {
        let block = self.sound.next().await?;
        Ok(block.map(|b| b.samples.into_iter().map(to_i16).collect()))
    }

    /// What the header said; known when the first samples are there.
    #[must_use]
    pub fn info(&self) -> Option<&MediaInfo> {
        self.sound.info()
    }
}

impl Sound {
    /// The next piece, never empty, of the same rate and channels as the first; `None` at the end. A file without a single
    /// sample is an error.
    pub async fn next(&mut self) -> Result<Option<Block>, MediaError> {
        match self.blocks.recv().await {
            Some(Ok(Step::Block(block))) => Ok(Some(block)),
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
    shape: Shape,
    decoder: Decoder,
    cancel: CancellationToken,
    info: Arc<OnceLock<MediaInfo>>,
    span: tracing::Span,
}

/// A file whose header was read.
struct Decoding {
    container: Container,
    source: Box<dyn Source>,
    /// Whether `source` decodes in this process.
    native: bool,
    promise: Promise,
}

impl Work {
    fn run(&self, to: &mpsc::Sender<Result<Step, MediaError>>) -> Result<(), MediaError> {
        let mut opened = self.span.in_scope(|| unless_it_panics(0, || self.open()))?;
        let limit = self.decoder.limit;
        let most =
            u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).saturating_mul(u64::from(SAMPLE_RATE))
                / 1000;
        let mut shaper = Shaper::new(self.shape);
        loop {
            if self.cancel.is_cancelled() {
                return Err(MediaError::Cancelled);
            }
            let more = self.span.in_scope(|| {
                unless_it_panics(shaper.second(), || {
                    let mut more = true;
                    while more && shaper.waiting() < BLOCK {
                        more = self.step(&mut opened, &mut shaper)?;
                    }
                    Ok(more)
                })
            })?;
            if shaper.position() > most {
                return Err(MediaError::TooLong { limit });
            }
            if let Some(block) = shaper.block().filter(|b| !b.samples.is_empty()) {
                let Decoding { container, source, .. } = &opened;
                self.info.get_or_init(|| MediaInfo {
                    container: *container,
                    expected_ms: source.expected_ms(),
                    codec: source.codec(),
                });
                to.blocking_send(Ok(Step::Block(block))).map_err(|_| MediaError::Cancelled)?;
            }
            if !more {
                break;
            }
        }
        let decoded_ms = shaper.position() * 1000 / u64::from(SAMPLE_RATE);
        self.span.record("audio_ms", decoded_ms);
        match (shaper.given(), opened.promise.bytes) {
            (0, Some((promised, there))) if promised > there => Err(MediaError::Broken { at_second: 0 }),
            (0, _) => Err(MediaError::NoSamples),
            _ => opened.promise.check(decoded_ms),
        }
    }

    /// A step of the decoder; the first may show that another decoder has to do it.
    fn step(&self, opened: &mut Decoding, shaper: &mut Shaper) -> Result<bool, MediaError> {
        match opened.source.next(shaper) {
            Err(error @ MediaError::Unsupported(_)) if opened.native => {
                opened.source = self.elsewhere(opened.container, error)?;
                opened.native = false;
                self.span.record("decoder", opened.source.name());
                Ok(true)
            }
            other => other,
        }
    }

    fn open(&self) -> Result<Decoding, MediaError> {
        let unreadable = |error: std::io::Error| {
            tracing::error!(%error, "media file not readable");
            MediaError::Internal
        };
        let mut file = File::open(&self.file).map_err(unreadable)?;
        let container = sniff(&mut file)?;
        self.span.record("container", container.name());
        let promise = Promise::read(&mut file, container)?;
        let (source, native) = match Native::open(file, container, &promise)? {
            Opened::Here(native) => (native, true),
            Opened::Elsewhere(otherwise) => (self.elsewhere(container, otherwise)?, false),
        };
        self.span.record("decoder", source.name());
        Ok(Decoding { container, source, native, promise })
    }

    /// The external decoder, or `otherwise` where there is none.
    fn elsewhere(&self, container: Container, otherwise: MediaError) -> Result<Box<dyn Source>, MediaError> {
        let Some(ffmpeg) = &self.decoder.ffmpeg else {
            return Err(otherwise);
        };
        let (limit, cancel) = (self.decoder.limit, self.cancel.clone());
        Ok(Box::new(Running::start(ffmpeg, &self.file, container, self.shape, limit, cancel)?))
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
