//! Text in, speech out: sentence by sentence, each checked, joined by pauses.
//!
//! A long text needs no more memory than its own size and a few sentences of sound: what was spoken goes straight to a
//! scratch file.

mod check;
mod pieces;
mod sound;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use domain::{AudioFacts, AudioFormat, Facts, Language, TaskKind};
use futures_util::{StreamExt as _, stream};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use self::{pieces::Piece, sound::Tape};
use super::{Body, Job, PipelineError, Product, Tools, progress::Meter};
use crate::{
    engine::{Call, Capabilities, Engine, EngineError, Sentence, Spoken},
    media::{EncodeError, encode_file},
    text::clauses,
};

/// Longest text in bytes. The gateway allows less.
const LONGEST: u64 = 4 << 20;
/// Time allowed for one piece, waiting for the model included.
const PIECE: Duration = Duration::from_secs(300);
/// Pieces with the model at once: one that it speaks, and one that waits.
const IN_FLIGHT: usize = 2;
/// Share of the characters that may stay unspoken, in percent.
const UNSPOKEN: usize = 5;
/// A piece that failed and is longer than this, in characters, is tried in two halves.
const HALVED: usize = 20;

/// Speaks the text in `job.file`, which is UTF-8, in its language. Ends soon after `job.cancel` fires, and leaves no work
/// behind.
pub(super) async fn run(tools: &Tools, job: Job) -> Result<Product, PipelineError> {
    let cancel = job.cancel.clone();
    let work = job.cancel.child_token();
    let _stop = work.clone().drop_guard();
    let spoken = Box::pin(speak(tools, &job, &work));
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(PipelineError::Cancelled),
        product = spoken => product,
    }
}

async fn speak(tools: &Tools, job: &Job, work: &CancellationToken) -> Result<Product, PipelineError> {
    let language = job.language.given().ok_or_else(|| {
        PipelineError::Unsupported("the language of a text to be spoken must be known".to_owned())
    })?;
    let capabilities = tools.engine.capabilities();
    check_voice(&capabilities, language, job.options.voice.as_deref())?;
    let text = read(job).await?;
    let mut pieces = pieces::pieces(&text, language).into_iter();
    drop(text);
    let Some(first) = pieces.next() else {
        return Err(PipelineError::Nothing("the text holds nothing that can be spoken".to_owned()));
    };

    let mut call = job.call(PIECE);
    call.cancel = work.clone();
    let speed = f32::from(job.options.speed_percent.unwrap_or(100)) / 100.0;
    let mut speaker =
        Speaker { engine: tools.engine.clone(), call, language, voice: job.options.voice.clone(), speed };
    let mut meter = Meter::new(job.progress.clone());
    let mut track = Track {
        unspoken: 0,
        done: 0,
        whole: first.size() + pieces.as_slice().iter().map(Piece::size).sum::<usize>(),
    };
    let mut tape = Tape::new(&tools.scratch)?;

    // every sentence has the voice of the first one, whichever model is asked for it
    let opening = speaker.piece(first).await?;
    speaker.voice = opening.1.first().map(|spoken| spoken.voice.clone()).or(speaker.voice);
    let speaker = Arc::new(speaker);
    let rest = stream::iter(pieces).map(|piece| {
        let speaker = speaker.clone();
        async move { speaker.piece(piece).await }
    });
    let mut spoken = std::pin::pin!(stream::iter([Ok(opening)]).chain(rest.buffered(IN_FLIGHT)));
    let mut voice = None;
    while let Some(next) = spoken.next().await {
        let (piece, sounds) = next?;
        track.took(&piece, sounds.is_empty());
        for sound in &sounds {
            tape.push(sound)?;
            voice.get_or_insert_with(|| (sound.voice.clone(), sound.model.clone()));
        }
        if !sounds.is_empty() {
            tape.pause(piece.pause);
        }
        meter.reached(track.done as u64, track.whole as u64);
    }
    let Some((voice, model)) = voice.filter(|_| track.unspoken * 100 <= track.whole * UNSPOKEN) else {
        let sentence =
            format!("more than {UNSPOKEN} % of the text can't be read out in {}", language.english_name());
        return Err(PipelineError::Unsupported(sentence));
    };

    let format = job.options.audio_format.unwrap_or(AudioFormat::Wav);
    let (wave, sample_rate, duration_ms) = tape.finish()?;
    let file = encoded(wave, format, tools, work).await?;
    meter.complete();
    let card = capabilities.models.iter().find(|card| card.id == model);
    let facts = AudioFacts {
        format,
        sample_rate,
        channels: 1,
        duration_ms,
        language: Some(language),
        voice: Some(voice),
        stopgap: card.is_some_and(|card| card.stopgap.contains(&language)),
    };
    Ok(Product {
        body: Body::File(file),
        content_type: format.content_type(),
        facts: Some(Facts::Audio(facts)),
        model,
    })
}

/// The text, without the mark that some editors put in front.
async fn read(job: &Job) -> Result<String, PipelineError> {
    let size = tokio::fs::metadata(&job.file).await?.len();
    if size > LONGEST {
        return Err(PipelineError::TooLong(format!("the text is longer than {} MiB", LONGEST >> 20)));
    }
    let text = String::from_utf8(tokio::fs::read(&job.file).await?)
        .map_err(|_| PipelineError::Broken("the text is not valid UTF-8".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Refuses a voice that no model has for this language, and names those there are.
fn check_voice(
    capabilities: &Capabilities,
    language: Language,
    voice: Option<&str>,
) -> Result<(), PipelineError> {
    let speaks =
        |card: &&domain::ModelCard| card.kinds.contains(&TaskKind::Tts) && card.languages.contains(&language);
    if !capabilities.models.iter().any(|card| speaks(&card)) {
        return Err(EngineError::Unavailable.into());
    }
    let voices = capabilities.models.iter().filter(speaks).flat_map(|card| &card.voices);
    let voices: Vec<&str> = voices.filter(|(_, l)| *l == language).map(|(name, _)| name.as_str()).collect();
    match voice {
        Some(voice) if !voices.contains(&voice) => Err(PipelineError::Unsupported(format!(
            "there is no voice {voice} for {}; there are: {}",
            language.english_name(),
            voices.join(", ")
        ))),
        _ => Ok(()),
    }
}

/// How much of the text is behind, in characters.
struct Track {
    unspoken: usize,
    done: usize,
    whole: usize,
}

impl Track {
    fn took(&mut self, piece: &Piece, silent: bool) {
        self.done += piece.size();
        if silent {
            self.unspoken += piece.size();
        }
    }
}

/// Who speaks.
struct Speaker {
    engine: Arc<dyn Engine>,
    call: Call,
    language: Language,
    voice: Option<String>,
    speed: f32,
}

impl Speaker {
    /// A piece, checked; nothing when the model can't read it out. What is not speech is tried again in two halves, as a
    /// model that stumbles over a sentence rarely does over its parts.
    async fn piece(&self, piece: Piece) -> Result<(Piece, Vec<Spoken>), PipelineError> {
        let size = piece.size();
        let sounds = match self.once(&piece.text).await {
            Ok(spoken) => vec![spoken],
            Err(EngineError::BadInput) => Vec::new(),
            Err(EngineError::Failed) if size > HALVED => {
                let mut halves = Vec::new();
                for half in clauses(&piece.text, size.div_ceil(2)) {
                    halves.push(self.once(half).await?);
                }
                halves
            }
            Err(error) => return Err(error.into()),
        };
        Ok((piece, sounds))
    }

    async fn once(&self, text: &str) -> Result<Spoken, EngineError> {
        let (language, voice, speed) = (self.language, self.voice.clone(), self.speed);
        let sentence = Sentence { text: text.to_owned(), language, voice, speed };
        let spoken = self.engine.speak(sentence, &self.call).await?;
        match check::fault(&spoken, text, speed) {
            None => Ok(spoken),
            Some(fault) => {
                let (model, characters) = (&spoken.model, text.chars().count());
                tracing::warn!(%fault, model, %language, characters, "speech refused");
                Err(EngineError::Failed)
            }
        }
    }
}

/// The sound in the format that was asked for.
async fn encoded(
    wave: NamedTempFile,
    format: AudioFormat,
    tools: &Tools,
    work: &CancellationToken,
) -> Result<NamedTempFile, PipelineError> {
    if format == AudioFormat::Wav {
        return Ok(wave);
    }
    let ffmpeg = tools.ffmpeg.as_ref().ok_or(EncodeError::NoEncoder(format))?;
    Ok(encode_file(ffmpeg, wave.path(), format, &tools.scratch, work).await?)
}

impl From<EncodeError> for PipelineError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Cancelled => Self::Cancelled,
            EncodeError::Io(error) => error.into(),
            other => Self::Encode(other.to_string()),
        }
    }
}
