//! What all decoders have in common.

use super::MediaError;

/// Sound of one file, from its start to its end, as 16-bit samples at 16 kHz mono.
pub(super) trait Source {
    /// Appends the next samples to `out`; may append none. `false` once there are no more.
    fn next(&mut self, out: &mut Vec<i16>) -> Result<bool, MediaError>;

    /// Length in ms as the header states it; a hint for progress, never a limit.
    fn expected_ms(&self) -> Option<u64>;

    /// Name of the decoder, for traces.
    fn name(&self) -> &'static str;
}
