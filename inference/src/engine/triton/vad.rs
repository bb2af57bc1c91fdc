//! `vad_silero`: where there is speech.

use std::sync::Arc;

use triton_client::{Error, Infer, Output, Tensor, Triton};

use super::Ask;

/// Name of the model.
pub(in crate::engine) const MODEL: &str = "vad_silero";

/// Most samples of one call: 120 s.
pub(in crate::engine) const SAMPLES: usize = 120 * crate::engine::SAMPLE_RATE as usize;

const PCM: &str = "pcm";
const PROBS: &str = "probs";

/// Where is there speech in this?
pub(in crate::engine) struct Speech(pub(in crate::engine) Arc<[i16]>);

impl Ask for Speech {
    fn request(&self, triton: &Triton) -> Infer {
        triton.infer(MODEL).input(PCM, Tensor::i16([self.0.len()], &self.0))
    }
}

/// Reads the answer to [`Speech`].
pub(in crate::engine) fn read(output: &Output) -> Result<Vec<f32>, Error> {
    Ok(output.f32(PROBS)?.collect())
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};

    #[test]
    fn the_configuration_has_exactly_these_tensors() {
        wire::check(MODEL, &[(PCM, "INT16")], &[(PROBS, "FP32")]);
    }
}
