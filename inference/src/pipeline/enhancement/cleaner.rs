//! The enhancer that this machine has.

use std::sync::Arc;

use futures_util::future::try_join_all;

use super::{
    light::Light,
    pieces::{Cutter, Joiner, Piece},
};
use crate::{
    engine::{Call, Engine, EngineError},
    pipeline::PipelineError,
};

/// Takes noise out of one recording, piece by piece.
pub(super) enum Cleaner {
    /// The model on the model server, which takes pieces of limited length.
    Model { engine: Arc<dyn Engine>, call: Call, cutter: Cutter, joiner: Joiner },
    /// The small one, compiled in, one for each channel.
    Light(Vec<Light>),
}

impl Cleaner {
    pub(super) fn model(engine: Arc<dyn Engine>, call: Call, channels: usize) -> Self {
        Self::Model { engine, call, cutter: Cutter::new(channels), joiner: Joiner::new(channels) }
    }

    pub(super) fn light(channels: usize) -> Self {
        Self::Light((0..channels).map(|_| Light::new()).collect())
    }

    /// Takes samples of all channels in turn, and the news that there are no more; returns what is clean.
    pub(super) async fn push(&mut self, samples: Vec<f32>, ended: bool) -> Result<Vec<f32>, PipelineError> {
        match self {
            Self::Model { engine, call, cutter, joiner } => {
                cutter.push(&samples);
                let mut out = Vec::new();
                while let Some(piece) = cutter.next(ended) {
                    let clean = ask(&**engine, call, &piece).await?;
                    out.extend(joiner.join(&piece, clean));
                }
                Ok(out)
            }
            Self::Light(all) => {
                let mut lights = std::mem::take(all);
                let worked = tokio::task::spawn_blocking(move || {
                    let clean = lightly(&mut lights, &samples, ended);
                    (lights, clean)
                });
                let (lights, clean) = worked.await.map_err(|_| EngineError::Failed)?;
                *all = lights;
                Ok(clean)
            }
        }
    }
}

/// Asks for each channel; for channels that are the same, once.
async fn ask(engine: &dyn Engine, call: &Call, piece: &Piece) -> Result<Vec<Vec<f32>>, PipelineError> {
    let [first, others @ ..] = &piece.planes[..] else {
        return Ok(Vec::new());
    };
    if others.iter().all(|plane| plane == first) {
        let clean = checked(first, engine, call).await?;
        return Ok(vec![clean; piece.planes.len()]);
    }
    try_join_all(piece.planes.iter().map(|plane| checked(plane, engine, call))).await
}

async fn checked(plane: &Arc<[f32]>, engine: &dyn Engine, call: &Call) -> Result<Vec<f32>, PipelineError> {
    let clean = engine.enhance(plane.clone(), call).await?;
    if clean.len() != plane.len() || clean.iter().any(|s| !s.is_finite()) {
        tracing::error!(asked = plane.len(), answered = clean.len(), "enhanced sound does not fit");
        return Err(EngineError::Failed.into());
    }
    Ok(clean)
}

fn lightly(lights: &mut [Light], samples: &[f32], ended: bool) -> Vec<f32> {
    let channels = lights.len();
    let mut planes = vec![Vec::new(); channels];
    for (at, (light, plane)) in lights.iter_mut().zip(&mut planes).enumerate() {
        let sane = |s: &f32| if s.is_finite() { s.clamp(-1.0, 1.0) } else { 0.0 };
        light.push(samples.iter().skip(at).step_by(channels).map(sane), plane);
        if ended {
            light.finish(plane);
        }
    }
    let frames = planes.first().map_or(0, Vec::len);
    (0..frames).flat_map(|i| planes.iter().map(move |p| p[i])).collect()
}
