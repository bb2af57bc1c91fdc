//! `enhance_dfn3`: speech without the noise around it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{ModelCard, Quality, TaskKind};
use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::Ask;
use crate::{
    engine::{
        Call, EngineError, NOISY_SAMPLES,
        canary::clip,
        lane::{Lane, failed},
    },
    media::si_sdr,
    sidecar::{Canary, Unfit},
};

/// Name of the model.
pub(in crate::engine) const MODEL: &str = "enhance_dfn3";

/// Artifact with its weights.
pub(in crate::engine) const ARTIFACT: &str = "deepfilternet3";

/// Id of the enhancer that is compiled in and takes the place of this model where it does not run.
pub(crate) const LIGHT: &str = "rnnoise";
/// The crate that carries its weights.
const LIGHT_VERSION: &str = "nnnoiseless-0.5.2";

const PCM: &str = "pcm";

/// What is this without its noise?
pub(in crate::engine) struct Enhance(pub(in crate::engine) Arc<[f32]>);

impl Ask for Enhance {
    fn request(&self, triton: &Triton) -> Infer {
        triton.infer(MODEL).input(PCM, Tensor::f32([self.0.len()], &self.0))
    }
}

/// Reads the answer to [`Enhance`].
pub(in crate::engine) fn read(output: &Output) -> Result<Vec<f32>, Error> {
    Ok(output.f32(PCM)?.collect())
}

/// Asks through `lane`. Refuses what is too long or empty, and an answer of another length or that is not numbers.
pub(in crate::engine) async fn ask(
    lane: &Lane,
    pcm: Arc<[f32]>,
    call: &Call,
) -> Result<Vec<f32>, EngineError> {
    let length = pcm.len();
    if length == 0 || length > NOISY_SAMPLES {
        return Err(EngineError::BadInput);
    }
    let output = lane.ask(call, &Enhance(pcm)).await?;
    let clean = read(&output).map_err(|error| failed(&error))?;
    let fits = clean.len() == length && clean.iter().all(|s| s.is_finite());
    if fits { Ok(clean) } else { Err(EngineError::Failed) }
}

/// What is said of [`LIGHT`].
pub(crate) fn light_card() -> ModelCard {
    ModelCard {
        id: LIGHT.to_owned(),
        version: LIGHT_VERSION.to_owned(),
        kinds: vec![TaskKind::AudioEnhancement],
        languages: Vec::new(),
        stopgap: Vec::new(),
        directions: Vec::new(),
        voices: Vec::new(),
        quality: Quality::Production,
        licence: "BSD-3-Clause".to_owned(),
    }
}

/// Adds noise to a second of read English, 5 dB below it, and wants most of it gone.
pub(in crate::engine) struct EnhanceCanary;

/// Least gain in SI-SDR, in dB; 8.0 was measured.
const GAIN: f64 = 4.0;

#[async_trait]
impl Canary for EnhanceCanary {
    async fn ask(&self, triton: &Triton, patience: Duration) -> Result<(), Unfit> {
        let (clean, noisy) = question();
        let request = Enhance(noisy.clone().into()).request(triton).id("canary").timeout(patience);
        let answer = read(&request.send().await?)?;
        let gain = si_sdr(&answer, &clean) - si_sdr(&noisy, &clean);
        let fit = answer.len() == noisy.len() && gain >= GAIN;
        if fit {
            Ok(())
        } else {
            Err(Unfit::WrongAnswer(format!("{} samples, gain {gain:.1} dB", answer.len())))
        }
    }
}

/// A second of the clip at 48 kHz by straight lines between its samples, and the same under white noise.
fn question() -> (Vec<f32>, Vec<f32>) {
    let speech: Vec<f32> = clip()[8_000..24_000].iter().map(|s| f32::from(*s) / 32_768.0).collect();
    let clean: Vec<f32> = (0..speech.len() * 3)
        .map(|i| {
            let (a, part) = (speech[i / 3], (i % 3) as f32 / 3.0);
            a + (speech.get(i / 3 + 1).copied().unwrap_or(a) - a) * part
        })
        .collect();
    let mut state = 1u32;
    let noise: Vec<f32> = (0..clean.len())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
        })
        .collect();
    let power = |x: &[f32]| x.iter().map(|s| s * s).sum::<f32>();
    let share = (power(&clean) / power(&noise)).sqrt() * 0.562;
    let noisy = clean.iter().zip(&noise).map(|(s, n)| (s + n * share).clamp(-1.0, 1.0)).collect();
    (clean, noisy)
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};

    #[test]
    fn the_configuration_has_exactly_these_tensors() {
        wire::check(MODEL, &[(PCM, "FP32")], &[(PCM, "FP32")]);
    }

    #[test]
    fn the_canary_asks_with_noise_5_db_below_the_speech() {
        let (clean, noisy) = question();
        assert_eq!((clean.len(), noisy.len()), (48_000, 48_000));
        assert!((si_sdr(&noisy, &clean) - 5.0).abs() < 0.1, "{}", si_sdr(&noisy, &clean));
        assert!(si_sdr(&clean, &clean) > 100.0);
    }
}
