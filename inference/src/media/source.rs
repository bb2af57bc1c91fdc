//! What all decoders have in common.

use super::{MediaError, shape::Shaper};

/// Sound of one file, from its start to its end.
pub(super) trait Source {
    /// Gives the next samples to `out`; may give none. `false` once there are no more.
    fn next(&mut self, out: &mut Shaper) -> Result<bool, MediaError>;

    /// Length in ms as the header states it; a hint for progress, never a limit.
    fn expected_ms(&self) -> Option<u64>;

    /// How the sound is coded, in ffmpeg's names; known at the latest with the first samples.
    fn codec(&self) -> Option<String>;

    /// Name of the decoder, for traces.
    fn name(&self) -> &'static str;
}
