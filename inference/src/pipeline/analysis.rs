//! A recording in, what can be measured of it out.
//!
//! The file is decoded twice: as it is, for its levels, and as speech, for what is said. Both at constant memory.

mod listening;
mod stretches;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::{Analysis, Clipping, Language, SourceLanguage, TaskKind};
use tokio_util::sync::CancellationToken;

use self::{listening::listen, stretches::Heard};
use super::{Job, PipelineError, Product, Tools, progress::Meter};
use crate::{
    engine::{Call, EngineError, Window},
    media::{
        MediaError, MediaInfo, Shape,
        loudness::{Levels, Meter as LevelMeter},
    },
};

/// Percent of the work that is done when the levels are known.
const LEVELS: u64 = 30;
/// Percent of the work that is done when all was listened to.
const LISTENED: u64 = 90;

/// What is known of the file and its levels.
struct Measured {
    info: MediaInfo,
    rate: u32,
    channels: u16,
    levels: Levels,
}

/// Analyses `job.file` and answers with a result document, [`Analysis`]. Its language is the model's view of the first 30 s
/// of speech. Ends soon after `job.cancel` fires, and leaves no work behind.
pub(super) async fn run(tools: &Tools, job: Job) -> Result<Product, PipelineError> {
    let cancel = job.cancel.clone();
    let work = job.cancel.child_token();
    let _stop = work.clone().drop_guard();
    let mut meter = Meter::new(job.progress.clone());
    let analysed = Box::pin(analyse(tools, &job, &work, &mut meter));
    let analysis = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(PipelineError::Cancelled),
        analysis = analysed => analysis?,
    };
    let product = Product::document(&analysis, tools.engine.capabilities().model(TaskKind::AudioAnalysis))?;
    meter.complete();
    Ok(product)
}

async fn analyse(
    tools: &Tools,
    job: &Job,
    work: &CancellationToken,
    meter: &mut Meter,
) -> Result<Analysis, PipelineError> {
    let measured = measure(tools, job, work).await?;
    meter.reached(LEVELS, 100);
    let length_ms = measured.levels.frames * 1000 / u64::from(measured.rate);
    let call = |timeout| Call { request_id: job.request_id.clone(), timeout, cancel: work.clone() };
    let pcm = tools.decoder.start(&job.file, work);
    let speech_call = call(tools.transcription.speech_timeout);
    let heard = listen(pcm, &*tools.engine, &speech_call, |ms| {
        let share = ms.min(length_ms) * (LISTENED - LEVELS) / length_ms.max(1);
        meter.reached(LEVELS + share, 100);
    })
    .await?;
    meter.reached(LISTENED, 100);
    let language = language(tools, &heard, &call(tools.transcription.window_timeout)).await?;
    Ok(document(measured, heard, language))
}

/// Decodes the file as it is and measures its levels, on a thread of its own.
async fn measure(tools: &Tools, job: &Job, work: &CancellationToken) -> Result<Measured, PipelineError> {
    let mut sound = tools.decoder.sound(&job.file, Shape::AsIs, work);
    let mut found: Option<LevelMeter> = None;
    let mut form = (0, 0);
    while let Some(block) = sound.next().await? {
        form = (block.rate, block.channels);
        let meter = found.take().map_or_else(|| LevelMeter::new(block.rate, block.channels), Ok)?;
        let added = tokio::task::spawn_blocking(move || {
            let mut meter = meter;
            meter.add(&block).map(|()| meter)
        });
        found = Some(added.await.map_err(|_| MediaError::Internal)??);
    }
    let levels = found.ok_or(MediaError::NoSamples)?.levels();
    let info = sound.info().cloned().ok_or(MediaError::Internal)?;
    Ok(Measured { info, rate: form.0, channels: form.1, levels })
}

/// The language of what was heard with its probability, when it is one of the ten.
async fn language(
    tools: &Tools,
    heard: &Heard,
    call: &Call,
) -> Result<Option<(Language, f32)>, PipelineError> {
    if heard.clip.is_empty() {
        return Ok(None);
    }
    let window = Window { pcm: Arc::from(&*heard.clip), language: SourceLanguage::Auto };
    let text = tools.engine.transcribe(window, call).await?;
    if !(0.0..=1.0).contains(&text.language_probability) {
        tracing::error!(probability = text.language_probability, "language probability is none");
        return Err(EngineError::Failed.into());
    }
    Ok(text.language.parse().ok().map(|language| (language, text.language_probability)))
}

fn document(measured: Measured, heard: Heard, language: Option<(Language, f32)>) -> Analysis {
    let Measured { info, rate, channels, levels } = measured;
    let hundredth = |x: f64| rounded(x, 100.0);
    Analysis {
        duration_ms: (levels.frames * 1000 + u64::from(rate) / 2) / u64::from(rate),
        sample_rate: rate,
        channels,
        container: info.container.name().to_owned(),
        codec: info.codec,
        loudness_lufs: levels.loudness.map(hundredth),
        loudness_range_lu: levels.range.map(hundredth),
        true_peak_dbtp: levels.true_peak.map(hundredth),
        sample_peak_dbfs: levels.sample_peak.map(hundredth),
        clipping: Clipping { runs: levels.clipping.runs, share: rounded(levels.clipping.share, 1e8) },
        dc_offset: rounded(levels.offset, 1e6),
        speech: heard.stretches,
        speech_ratio: rounded(heard.ratio, 1e4),
        language: language.map(|(language, _)| language),
        language_confidence: language.map(|(_, confidence)| confidence),
        snr_db: heard.snr.map(hundredth),
    }
}

/// To so many parts of one; never a negative zero.
fn rounded(x: f64, parts: f64) -> f64 {
    (x * parts).round() / parts + 0.0
}
