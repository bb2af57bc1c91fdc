//! A noisy recording in, its speech without the noise out: 48 kHz, 16 bits, as long as the input.
//!
//! One channel stays one, two stay two; more are mixed to two as films are heard on two loudspeakers. The sound is decoded,
//! cleaned and written in one pass at constant memory. Peaks that would not fit are turned down, never cut off.

mod cleaner;
mod light;
mod limiter;
mod pieces;
#[cfg(test)]
mod tests;
pub(super) mod wave;

use std::time::Duration;

use domain::{AudioFacts, AudioFormat, Facts, TaskKind};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use self::{cleaner::Cleaner, limiter::Limiter, wave::WaveFile};
use super::{Body, Job, PipelineError, Product, Tools, progress::Meter};
use crate::{
    engine::{LIGHT, NOISY_RATE},
    media::{EncodeError, MediaError, Shape, encode_file},
};

/// Time allowed for one piece of at most 30 s.
const PIECE: Duration = Duration::from_secs(180);

/// Cleans `job.file`. Works with the model on the model server where there is one, else with RNNoise; the product says which.
/// Ends soon after `job.cancel` fires, and leaves no work behind.
pub(super) async fn run(tools: &Tools, job: Job) -> Result<Product, PipelineError> {
    let cancel = job.cancel.clone();
    let work = job.cancel.child_token();
    let _stop = work.clone().drop_guard();
    let enhanced = Box::pin(enhance(tools, &job, &work));
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(PipelineError::Cancelled),
        product = enhanced => product,
    }
}

async fn enhance(tools: &Tools, job: &Job, work: &CancellationToken) -> Result<Product, PipelineError> {
    let format = job.options.audio_format.unwrap_or(AudioFormat::Wav);
    let named = tools.engine.capabilities().model(TaskKind::AudioEnhancement);
    let model = if named.is_empty() { LIGHT.to_owned() } else { named };
    let mut meter = Meter::new(job.progress.clone());
    let mut sound = tools.decoder.sound(&job.file, Shape::Studio, work);
    let first = sound.next().await?.ok_or(MediaError::NoSamples)?;
    let channels = usize::from(first.channels);
    let mut call = job.call(PIECE);
    call.cancel = work.clone();
    let mut cleaner = if model == LIGHT {
        Cleaner::light(channels)
    } else {
        Cleaner::model(tools.engine.clone(), call, channels)
    };
    let mut limiter = Limiter::new(channels);
    let mut file = WaveFile::new(&tools.scratch, NOISY_RATE, first.channels)?;
    let (mut heard, mut next) = (0u64, Some(first));
    loop {
        let ended = next.is_none();
        let samples = next.take().map(|block| block.samples).unwrap_or_default();
        heard += (samples.len() / channels) as u64;
        let clean = cleaner.push(samples, ended).await?;
        let mut fits = Vec::with_capacity(clean.len());
        limiter.push(&clean, &mut fits);
        if ended {
            limiter.finish(&mut fits);
        }
        file.push(&fits).map_err(written)?;
        let heard_ms = heard * 1000 / u64::from(NOISY_RATE);
        // a file that does not tell its length is taken to be half read
        let whole_ms = sound.info().and_then(|i| i.expected_ms).unwrap_or(heard_ms * 2);
        meter.reached(heard_ms, whole_ms.max(heard_ms));
        if ended {
            break;
        }
        next = sound.next().await?;
    }
    let file = encoded(file.finish()?, format, tools, work).await?;
    meter.complete();
    let facts = AudioFacts {
        format,
        sample_rate: NOISY_RATE,
        channels: u16::try_from(channels).unwrap_or(u16::MAX),
        duration_ms: (heard * 1000 + u64::from(NOISY_RATE) / 2) / u64::from(NOISY_RATE),
        language: None,
        voice: None,
        stopgap: false,
    };
    Ok(Product {
        body: Body::File(file),
        content_type: format.content_type(),
        facts: Some(Facts::Audio(facts)),
        model,
    })
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

fn written(error: std::io::Error) -> PipelineError {
    if error.kind() == std::io::ErrorKind::FileTooLarge {
        return PipelineError::TooLong(
            "the recording is too long for a wave file: 4 GiB are the limit".to_owned(),
        );
    }
    error.into()
}
