//! What inference makes for a validator.

use bytes::Bytes;
use domain::{
    AudioFormat, DocumentFormat, ErrorKind, Facts, Language, SourceLanguage, TaskKind, TaskOptions,
};
use futures_util::{Stream, stream};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{Wire, unary};
use crate::{BadField, RpcError, convert, pb};

/// Bytes of an input in one message.
const PIECE: usize = 1 << 20;

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is to be done.
    pub kind: TaskKind,
    /// Language of the input, or `Auto`.
    pub source: SourceLanguage,
    /// Language of the output, for translations.
    pub target: Option<Language>,
    /// What else is asked for.
    pub options: TaskOptions,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Media type of the bytes.
    pub content_type: String,
    /// What is known of a result that is a file of its own.
    pub facts: Option<Facts>,
    /// Artifact whose weights made it.
    pub model: String,
    /// Version of the artifact.
    pub model_version: String,
    /// The result.
    pub bytes: Bytes,
}

/// Decoded sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Samples a second.
    pub sample_rate: u32,
    /// Channels, as the file has them.
    pub channels: u32,
    /// The mean of all channels.
    pub samples: Vec<f32>,
}

/// What texts mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// As many as texts, in their order.
    pub vectors: Vec<Vec<f32>>,
    /// The cosine of two texts that have nothing to do with each other.
    pub unrelated: f64,
}

/// The picture of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Lines.
    pub height: u32,
    /// Pictures a second.
    pub rate: u32,
    /// Kilobits a second.
    pub kilobits: u32,
    /// What is seen.
    pub seed: u32,
}

/// What a recording of a sound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// An mp4 with this picture.
    Video(Picture),
    /// A file of the sound alone.
    Sound(AudioFormat),
}

/// Client of `violet.v1.Reference`. Calls have no deadline of their own: the server bounds the work, the caller the wait.
#[derive(Clone)]
pub struct ReferenceClient {
    calls: pb::reference_client::ReferenceClient<Wire>,
    health: HealthClient<Wire>,
}

impl ReferenceClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        let health = HealthClient::new(wire.clone());
        let calls = pb::reference_client::ReferenceClient::new(wire).max_decoding_message_size(16 << 20);
        Self { calls, health }
    }

    /// Asks whether anybody is there to do work.
    ///
    /// # Errors
    /// `Unavailable` when nobody is.
    pub async fn there(&self) -> Result<(), RpcError> {
        self.health.clone().check(unary(HealthCheckRequest::default())).await?;
        Ok(())
    }

    /// Does `order` with this input; takes at most `most` bytes of result.
    ///
    /// # Errors
    /// `Invalid` when the input is at fault, `RateLimited` or `Unavailable` when another time may do, `TooLarge`.
    pub async fn work(&self, order: &Order, input: Bytes, most: usize) -> Result<Made, RpcError> {
        use pb::{work_reply::Part as In, work_request::Part};
        let header = pb::work_request::Header {
            kind: convert::kind_to_pb(order.kind),
            source_language: order.source.to_string(),
            target_language: order.target.map(|l| l.to_string()).unwrap_or_default(),
            options: convert::options_to_pb(&order.options),
        };
        let say = |part| pb::WorkRequest { part: Some(part) };
        let parts = stream::iter([say(Part::Header(header))]);
        let parts = futures_util::StreamExt::chain(parts, pieces(input, move |b| say(Part::Chunk(b))));
        let mut reply = self.calls.clone().work(parts).await?.into_inner();
        let Some(pb::WorkReply { part: Some(In::Header(header)) }) = reply.message().await? else {
            return Err(BadField::new("header", "must come first").into());
        };
        let facts = convert::optional(&header.facts).map(serde_json::from_str).transpose();
        let facts = facts.map_err(|e| BadField::new("facts", e.to_string()))?;
        let mut bytes = Vec::new();
        while let Some(message) = reply.message().await? {
            let Some(In::Chunk(chunk)) = message.part else {
                return Err(BadField::new("chunk", "is missing").into());
            };
            take(&mut bytes, &chunk, most)?;
        }
        let pb::work_reply::Header { content_type, model, model_version, .. } = header;
        Ok(Made { content_type, facts, model, model_version, bytes: bytes.into() })
    }

    /// The sound in a file, at `rate` samples a second or as many as it has; at most `most` samples.
    ///
    /// # Errors
    /// As [`ReferenceClient::work`]; a file without sound is `Invalid`.
    pub async fn decode(&self, file: Bytes, rate: Option<u32>, most: usize) -> Result<Sound, RpcError> {
        let sample_rate = rate.unwrap_or_default();
        let parts = pieces(file, move |chunk| pb::DecodeRequest { chunk, sample_rate });
        let mut reply = self.calls.clone().decode(parts).await?.into_inner();
        let mut sound = Sound { sample_rate: 0, channels: 0, samples: Vec::new() };
        while let Some(message) = reply.message().await? {
            (sound.sample_rate, sound.channels) = (message.sample_rate, message.channels);
            let (samples, rest) = message.samples.as_chunks::<4>();
            if !rest.is_empty() {
                return Err(BadField::new("samples", "are cut off").into());
            }
            if sound.samples.len() + samples.len() > most {
                return Err(RpcError::new(ErrorKind::TooLarge, format!("more than {most} samples came")));
            }
            sound.samples.extend(samples.iter().map(|b| f32::from_le_bytes(*b)));
        }
        Ok(sound)
    }

    /// The text of a document in this format, or in the one that its bytes have.
    ///
    /// # Errors
    /// As [`ReferenceClient::work`].
    pub async fn read(&self, document: Bytes, format: Option<DocumentFormat>) -> Result<String, RpcError> {
        use pb::read_request::Part;
        let say = |part| pb::ReadRequest { part: Some(part) };
        let format = format.map(|f| f.to_string()).unwrap_or_default();
        let parts = stream::iter([say(Part::Format(format))]);
        let parts = futures_util::StreamExt::chain(parts, pieces(document, move |b| say(Part::Chunk(b))));
        Ok(self.calls.clone().read(parts).await?.into_inner().text)
    }

    /// What texts mean; `None` where there is no model that can tell.
    ///
    /// # Errors
    /// As [`ReferenceClient::work`], but for `Unavailable`.
    pub async fn embed(&self, texts: Vec<String>, language: Language) -> Result<Option<Vectors>, RpcError> {
        let count = texts.len();
        let request = pb::EmbedRequest { texts, language: language.to_string() };
        let reply = match self.calls.clone().embed(request).await.map_err(RpcError::from) {
            Ok(reply) => reply.into_inner(),
            Err(e) if e.kind == ErrorKind::Unavailable => return Ok(None),
            Err(e) => return Err(e),
        };
        let vectors: Vec<Vec<f32>> = reply.vectors.into_iter().map(|v| v.values).collect();
        let sound = vectors.len() == count && vectors.iter().all(|v| v.len() == vectors[0].len());
        if !sound || !(-1.0..1.0).contains(&reply.unrelated) {
            return Err(BadField::new("vectors", "are not of one length, or not as many as texts").into());
        }
        Ok(Some(Vectors { vectors, unrelated: reply.unrelated }))
    }

    /// A recording of the sound of a wave file; at most `most` bytes.
    ///
    /// # Errors
    /// As [`ReferenceClient::work`].
    pub async fn render(&self, wave: Bytes, recording: Recording, most: usize) -> Result<Bytes, RpcError> {
        use pb::render_request::Part;
        let first = match recording {
            Recording::Video(Picture { height, rate, kilobits, seed }) => {
                Part::Picture(pb::render_request::Picture { height, rate, kilobits, seed })
            }
            Recording::Sound(format) => Part::Sound(format.to_string()),
        };
        let say = |part| pb::RenderRequest { part: Some(part) };
        let parts = stream::iter([say(first)]);
        let parts = futures_util::StreamExt::chain(parts, pieces(wave, move |b| say(Part::Chunk(b))));
        let mut reply = self.calls.clone().render(parts).await?.into_inner();
        let mut bytes = Vec::new();
        while let Some(message) = reply.message().await? {
            take(&mut bytes, &message.chunk, most)?;
        }
        Ok(bytes.into())
    }
}

fn take(bytes: &mut Vec<u8>, chunk: &[u8], most: usize) -> Result<(), RpcError> {
    if bytes.len() + chunk.len() > most {
        return Err(RpcError::new(ErrorKind::TooLarge, format!("more than {most} bytes came")));
    }
    bytes.extend_from_slice(chunk);
    Ok(())
}

fn pieces<M: Send + 'static>(
    mut rest: Bytes,
    say: impl Fn(Bytes) -> M + Send + 'static,
) -> impl Stream<Item = M> + Send + 'static {
    stream::iter(std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then(|| say(piece))
    }))
}
