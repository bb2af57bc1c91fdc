//! A video around a sound, by a contained ffmpeg: it reads one wave file and writes an mp4 to a pipe.

use std::path::Path;

use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::{
    Ffmpeg,
    encode::{EncodeError, Running},
};

/// The picture of a video that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Lines; the width follows at 16 to 9.
    pub height: u32,
    /// Pictures a second.
    pub rate: u32,
    /// Kilobits a second.
    pub kilobits: u32,
    /// What is seen: colours that flow, others for every seed.
    pub seed: u32,
}

impl Picture {
    /// What ffmpeg draws. Colours and places are named one by one: its own seed leaves some of them to chance.
    pub(super) fn source(&self) -> String {
        let Self { height, rate, seed, .. } = self;
        // both even, as encoders want them
        let (width, height) = ((height * 16 / 9) & !1, height & !1);
        // the bits of any two seeds far apart (Knuth's multiplicative hash)
        let mut state = u64::from(*seed).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut draw = |below: u32| {
            state = state.rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (state >> 32) % u64::from(below.max(1))
        };
        let (c0, c1) = (draw(1 << 24), draw(1 << 24));
        let (x0, y0, x1, y1) = (draw(width), draw(height), draw(width), draw(height));
        format!(
            "gradients=size={width}x{height}:rate={rate}:seed={seed}:speed=0.02:c0=0x{c0:06x}:c1=0x{c1:06x}:\
             x0={x0}:y0={y0}:x1={x1}:y1={y1}"
        )
    }
}

/// The sound of `wave`, a wave file of 16 bits, as an mp4 with this picture in `scratch`. The child is gone when this ends,
/// and when it is dropped.
///
/// # Errors
/// As [`encode_file`](super::encode_file).
pub async fn render_file(
    ffmpeg: &Ffmpeg,
    wave: &Path,
    picture: Picture,
    scratch: &Path,
    cancel: &CancellationToken,
) -> Result<NamedTempFile, EncodeError> {
    let wave = wave.canonicalize()?;
    let mut file = NamedTempFile::new_in(scratch)?;
    let folder = tempfile::tempdir_in(scratch)?;
    let mut running = Running::start(ffmpeg, ffmpeg.render(&wave, picture, folder.path()))?;
    let stall = ffmpeg.limits().stall;
    let status = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(EncodeError::Cancelled),
        status = running.write(&mut file, stall) => status?,
    };
    if status.success() {
        return Ok(file);
    }
    let complaint = running.complaint().await;
    tracing::warn!(%status, %complaint, "no video was made");
    let killed = std::os::unix::process::ExitStatusExt::signal(&status).is_some();
    Err(if killed { EncodeError::Limit } else { EncodeError::Failed })
}
