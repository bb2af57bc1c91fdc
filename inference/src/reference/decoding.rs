//! The sound of a file on its way to a caller.

use bytes::BytesMut;
use futures_util::{Stream, stream};
use proto::pb;
use tempfile::NamedTempFile;
use tokio_util::sync::DropGuard;
use tonic::Status;

use super::{grpc::refusal, turns::Turn};
use crate::{
    media::{Block, MediaError, Resample, Sound},
    pipeline::PipelineError,
};

/// A decoding that is read by a caller; it ends when this is dropped, and so do the file and the turn.
pub(super) struct Decoding {
    sound: Sound,
    wanted: Option<u32>,
    filter: Option<Resample>,
    channels: u32,
    ended: bool,
    _held: (NamedTempFile, Turn, DropGuard),
}

impl Decoding {
    /// At `wanted` samples a second, or as many as the file has.
    pub(super) const fn new(
        sound: Sound,
        wanted: Option<u32>,
        held: (NamedTempFile, Turn, DropGuard),
    ) -> Self {
        Self { sound, wanted, filter: None, channels: 0, ended: false, _held: held }
    }

    /// What the caller is sent, a second of sound or so at a time.
    pub(super) fn replies(self) -> impl Stream<Item = Result<pb::DecodeReply, Status>> + Send {
        stream::unfold(self, |mut this| async move {
            let next = this.next().await.map_err(|e| {
                this.ended = true;
                refusal(PipelineError::from(e).failure())
            });
            next.transpose().map(|reply| (reply, this))
        })
    }

    async fn next(&mut self) -> Result<Option<pb::DecodeReply>, MediaError> {
        if self.ended {
            return Ok(None);
        }
        let mut samples = Vec::new();
        let Some(block) = self.sound.next().await? else {
            self.ended = true;
            let (Some(filter), Some(rate)) = (&mut self.filter, self.wanted) else {
                return Ok(None);
            };
            filter.finish(&mut samples)?;
            return Ok((!samples.is_empty()).then(|| reply(rate, self.channels, &samples)));
        };
        self.channels = block.channels.into();
        let mean = mono(&block);
        let Some(wanted) = self.wanted.filter(|wanted| *wanted != block.rate) else {
            return Ok(Some(reply(block.rate, self.channels, &mean)));
        };
        if self.filter.is_none() {
            let filter = Resample::new(block.rate, wanted);
            self.filter = Some(filter.ok_or(MediaError::Unsupported("this sample rate"))?);
        }
        if let Some(filter) = &mut self.filter {
            filter.push(&mean, &mut samples)?;
        }
        Ok(Some(reply(wanted, self.channels, &samples)))
    }
}

fn reply(sample_rate: u32, channels: u32, samples: &[f32]) -> pb::DecodeReply {
    let mut bytes = BytesMut::with_capacity(samples.len() * 4);
    samples.iter().for_each(|s| bytes.extend_from_slice(&s.to_le_bytes()));
    pb::DecodeReply { sample_rate, channels, samples: bytes.freeze() }
}

/// The mean of all channels.
fn mono(block: &Block) -> Vec<f32> {
    let channels = usize::from(block.channels.max(1));
    #[allow(clippy::cast_precision_loss, reason = "channels are few")]
    let mean = |frame: &[f32]| frame.iter().sum::<f32>() / frame.len() as f32;
    block.samples.chunks(channels).map(mean).collect()
}
