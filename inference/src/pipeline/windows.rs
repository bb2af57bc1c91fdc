//! Sound cut into windows of speech while it is still being decoded.

use std::{collections::VecDeque, sync::Arc};

use tracing::Instrument as _;

use super::PipelineError;
use crate::{
    engine::{Call, Engine, EngineError, FRAME_SAMPLES, SAMPLE_RATE},
    media::{
        Pcm,
        chunk::{ChunkConfig, Plan, Planner, Step},
    },
};

/// Most samples that are judged in one call: 60 s, whole frames.
const JUDGED: usize = 60 * SAMPLE_RATE as usize;
/// Sound that is judged a second time in front of the next piece, because a call starts without memory: 32 frames.
const WARM_UP: usize = 32 * FRAME_SAMPLES;

/// A window ready for the model.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Where its parts come from.
    pub(super) plan: Plan,
    /// Its samples.
    pub(super) pcm: Arc<[i16]>,
    /// How far the file had been judged when it was cut, in ms.
    pub(super) heard_ms: u64,
    /// Length of the file by its header, in ms.
    pub(super) expected_ms: Option<u64>,
}

/// The windows of one file, in order. Keeps at most two minutes of sound, however long the file.
pub(super) struct Windows {
    pcm: Pcm,
    engine: Arc<dyn Engine>,
    call: Call,
    planner: Planner,
    /// Samples not let go of yet; the first of them has number `base`.
    kept: Vec<i16>,
    base: u64,
    /// Samples judged so far.
    judged: u64,
    ended: bool,
    building: Vec<i16>,
    ready: VecDeque<Planned>,
}

impl Windows {
    pub(super) fn new(pcm: Pcm, engine: Arc<dyn Engine>, call: Call, config: ChunkConfig) -> Self {
        Self {
            pcm,
            engine,
            call,
            planner: Planner::new(config),
            kept: Vec::new(),
            base: 0,
            judged: 0,
            ended: false,
            building: Vec::new(),
            ready: VecDeque::new(),
        }
    }

    /// The next window; `None` at the end of the file.
    pub(super) async fn next(&mut self) -> Result<Option<Planned>, PipelineError> {
        while self.ready.is_empty() && !self.ended {
            self.judge_more().await?;
        }
        Ok(self.ready.pop_front())
    }

    /// Length of the whole file in ms; known once there are no more windows.
    pub(super) const fn duration_ms(&self) -> u64 {
        millis(self.judged)
    }

    async fn judge_more(&mut self) -> Result<(), PipelineError> {
        let judged_at = |s: &Self| usize::try_from(s.judged - s.base).unwrap_or(usize::MAX);
        while self.kept.len() - judged_at(self) < JUDGED - WARM_UP {
            match self.pcm.next().await? {
                Some(samples) => self.kept.extend_from_slice(&samples),
                None => {
                    self.ended = true;
                    break;
                }
            }
        }
        let from = judged_at(self);
        let new = (self.kept.len() - from).min(JUDGED - WARM_UP);
        if new > 0 {
            let warm_up = WARM_UP.min(from - from % FRAME_SAMPLES);
            let probabilities = self.judge(&self.kept[from - warm_up..from + new]).await?;
            self.judged += new as u64;
            let steps = self.planner.push(&probabilities[warm_up / FRAME_SAMPLES..]);
            self.follow(steps);
        }
        if self.ended {
            let steps = self.planner.finish(self.judged);
            self.follow(steps);
        }
        let needed = self.planner.needs_from().min(self.judged.saturating_sub(WARM_UP as u64));
        let gone = usize::try_from(needed.saturating_sub(self.base)).unwrap_or(0).min(self.kept.len());
        self.kept.drain(..gone);
        self.base += gone as u64;
        Ok(())
    }

    async fn judge(&self, samples: &[i16]) -> Result<Vec<f32>, PipelineError> {
        let span =
            tracing::info_span!("vad", start_ms = millis(self.judged), len_ms = millis(samples.len() as u64));
        let probabilities = self.engine.speech(samples.into(), &self.call).instrument(span).await?;
        let sane = probabilities.len() == samples.len().div_ceil(FRAME_SAMPLES)
            && probabilities.iter().all(|p| (0.0..=1.0).contains(p));
        if !sane {
            tracing::error!(frames = probabilities.len(), "speech probabilities do not fit the sound");
            return Err(EngineError::Failed.into());
        }
        Ok(probabilities)
    }

    fn follow(&mut self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Take(span) => {
                    let at =
                        |sample: u64| usize::try_from(sample.saturating_sub(self.base)).unwrap_or(usize::MAX);
                    let taken = self.kept.get(at(span.start)..at(span.end)).unwrap_or_default();
                    debug_assert_eq!(taken.len() as u64, span.end - span.start, "sound was let go too early");
                    self.building.extend_from_slice(taken);
                }
                Step::Cut(plan) => self.ready.push_back(Planned {
                    plan,
                    pcm: std::mem::take(&mut self.building).into(),
                    heard_ms: millis(self.judged),
                    expected_ms: self.pcm.info().and_then(|i| i.expected_ms),
                }),
            }
        }
    }
}

/// Milliseconds of that many samples.
pub(super) const fn millis(samples: u64) -> u64 {
    samples * 1000 / SAMPLE_RATE as u64
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, time::Duration};

    use tokio_util::sync::CancellationToken;

    use super::{super::tests::fake::Fake, *};
    use crate::media::Decoder;

    #[tokio::test]
    async fn an_hour_of_sound_is_cut_with_two_minutes_of_it_in_memory() {
        // C7 for the model side: speech in sentences, then long silence, then speech without a pause
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0",
        )
        .unwrap();
        let second = |loud: bool| [if loud { 0x8f } else { 0xff }; 8_000];
        for s in 0..3_600u32 {
            file.write_all(&second(s < 1_200 && s % 7 != 0 || s >= 2_400)).unwrap();
        }
        let cancel = CancellationToken::new();
        let call = Call { request_id: "t1".into(), timeout: Duration::from_secs(60), cancel: cancel.clone() };
        let pcm = Decoder::new(None, Duration::from_secs(4 * 3600)).start(file.path(), &cancel);
        let mut windows = Windows::new(pcm, Arc::new(Fake::default()), call, ChunkConfig::default());
        let (mut most, mut last, mut spoken) = (0, 0, 0);
        while let Some(window) = windows.next().await.unwrap() {
            let ready: usize = windows.ready.iter().map(|w| w.pcm.len()).sum();
            most = most.max(windows.kept.capacity() + windows.building.capacity() + ready + window.pcm.len());
            assert_eq!(window.pcm.len() as u64, window.plan.len());
            assert!(window.plan.start() >= last);
            last = window.plan.start();
            spoken += window.plan.len() / 16_000;
        }
        assert_eq!(windows.duration_ms(), 3_600_000);
        assert!((2_200..2_400).contains(&spoken), "{spoken}");
        assert!(most <= 4 * 60 * 16_000, "{} s held", most / 16_000);
    }
}
