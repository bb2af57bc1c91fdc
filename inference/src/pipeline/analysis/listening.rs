//! All of a recording judged for speech, a minute at a time.

use super::stretches::{Ear, Heard};
use crate::{
    engine::{Call, Engine, EngineError, FRAME_SAMPLES, SAMPLE_RATE},
    media::Pcm,
    pipeline::PipelineError,
};

/// New samples of one call: 58 s, whole frames.
const NEW: usize = 58 * SAMPLE_RATE as usize / FRAME_SAMPLES * FRAME_SAMPLES;
/// Sound that is judged a second time in front of them, because a call starts without memory: 32 frames.
const WARM_UP: usize = 32 * FRAME_SAMPLES;

/// Listens to `pcm` to its end; says now and then how many ms of it are done. Keeps little more than a minute.
pub(super) async fn listen(
    mut pcm: Pcm,
    engine: &dyn Engine,
    call: &Call,
    mut done: impl FnMut(u64),
) -> Result<Heard, PipelineError> {
    let mut ear = Ear::default();
    let (mut kept, mut warm_up, mut judged) = (Vec::new(), 0, 0u64);
    let mut ended = false;
    while !ended {
        while kept.len() < warm_up + NEW && !ended {
            match pcm.next().await? {
                Some(samples) => kept.extend_from_slice(&samples),
                None => ended = true,
            }
        }
        while kept.len() >= warm_up + NEW || ended && kept.len() > warm_up {
            let end = kept.len().min(warm_up + NEW);
            let probabilities = judge(&kept[..end], engine, call).await?;
            ear.hear(&kept[warm_up..end], &probabilities[warm_up / FRAME_SAMPLES..]);
            judged += (end - warm_up) as u64;
            done(judged * 1000 / u64::from(SAMPLE_RATE));
            let keep = if end % FRAME_SAMPLES == 0 { WARM_UP.min(end) } else { 0 };
            kept.drain(..end - keep);
            warm_up = keep;
        }
    }
    Ok(ear.finish())
}

async fn judge(samples: &[i16], engine: &dyn Engine, call: &Call) -> Result<Vec<f32>, PipelineError> {
    let probabilities = engine.speech(samples.into(), call).await?;
    let sane = probabilities.len() == samples.len().div_ceil(FRAME_SAMPLES)
        && probabilities.iter().all(|p| (0.0..=1.0).contains(p));
    if !sane {
        tracing::error!(frames = probabilities.len(), "speech probabilities do not fit the sound");
        return Err(EngineError::Failed.into());
    }
    Ok(probabilities)
}
