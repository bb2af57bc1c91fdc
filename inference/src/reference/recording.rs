//! A recording of a sound: a video around it, or a file of the sound alone.

use std::path::Path;

use domain::{AudioFormat, ErrorKind};
use proto::{BadField, convert, pb, status};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::media::{self, Ffmpeg, Picture};

/// What is made.
pub(super) enum Recording {
    Video(Picture),
    Sound(AudioFormat),
}

impl Recording {
    /// From the first message of a call, which says it.
    pub(super) fn of(first: Option<pb::RenderRequest>) -> Result<Self, BadField> {
        use pb::render_request::Part;
        match first.and_then(|m| m.part) {
            Some(Part::Picture(picture)) => picture_of(&picture).map(Self::Video),
            Some(Part::Sound(format)) => convert::parse("sound", &format).map(Self::Sound),
            Some(Part::Chunk(_)) | None => Err(BadField::new("picture", "must come first, or sound")),
        }
    }

    /// Makes it of a wave file of 16 bits, in `scratch`.
    pub(super) async fn make(
        self,
        ffmpeg: &Ffmpeg,
        wave: &Path,
        scratch: &Path,
        cancel: &CancellationToken,
    ) -> Result<NamedTempFile, Status> {
        let made = match self {
            Self::Video(picture) => media::render_file(ffmpeg, wave, picture, scratch, cancel).await,
            Self::Sound(format) => media::encode_file(ffmpeg, wave, format, scratch, cancel).await,
        };
        made.map_err(|e| {
            tracing::warn!(error = %e, "no recording was made");
            status(ErrorKind::Invalid, "no recording can be made of this sound")
        })
    }
}

fn picture_of(wire: &pb::render_request::Picture) -> Result<Picture, BadField> {
    let within = |field, value: u32, range: std::ops::RangeInclusive<u32>| {
        let refused = || BadField::new(field, format!("must be from {} to {}", range.start(), range.end()));
        if range.contains(&value) { Ok(value) } else { Err(refused()) }
    };
    Ok(Picture {
        height: within("picture.height", wire.height, 16..=1_080)?,
        rate: within("picture.rate", wire.rate, 1..=60)?,
        kilobits: within("picture.kilobits", wire.kilobits, 32..=20_000)?,
        seed: wire.seed,
    })
}
