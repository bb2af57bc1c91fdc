//! Where there is speech, how loud it is, and how loud the rest. Pure.

use domain::Stretch;

use crate::engine::{FRAME_SAMPLES, SAMPLE_RATE, WINDOW_SAMPLES};

/// Probability from which a frame begins speech.
const BEGINS: f32 = 0.5;
/// Probability below which speech that has begun may end.
const ENDS: f32 = 0.35;
/// Frames of silence that part two stretches: 320 ms.
const PAUSE: u64 = 10;
/// Frames of a stretch that is long enough to be speech: 128 ms.
const SHORTEST: u64 = 4;
/// Frames next to speech that are counted neither as speech nor as pause: the ends of words are soft.
const GUARD: u64 = 5;
/// Frames of pauses, and of speech, that are enough to compare them: half a second.
const ENOUGH: u64 = 16;

/// Frames and their energy, as a mean square of samples in -1..=1.
#[derive(Debug, Clone, Copy, Default)]
struct Heap {
    frames: u64,
    energy: f64,
}

impl Heap {
    fn add(&mut self, energy: f64) {
        self.frames += 1;
        self.energy += energy;
    }

    fn power(self) -> f64 {
        self.energy / self.frames.max(1) as f64
    }
}

/// Follows a recording frame by frame.
#[derive(Default)]
pub(super) struct Ear {
    /// Frames so far.
    at: u64,
    samples: u64,
    /// Where the stretch that goes on began, and the frame behind its last speech.
    open: Option<(u64, u64)>,
    /// Energy of frames that may still turn out to be next to speech, oldest first; the last belongs to frame `at` - 1.
    undecided: std::collections::VecDeque<f64>,
    /// The frame behind the last stretch.
    closed: Option<u64>,
    speech: Heap,
    pauses: Heap,
    stretches: Vec<(u64, u64)>,
    /// The first sound of speech, at most a window of it.
    clip: Vec<i16>,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    /// Where there is speech.
    pub(super) stretches: Vec<Stretch>,
    /// Their share of the length.
    pub(super) ratio: f64,
    /// Power of speech alone over power of pauses, in dB.
    pub(super) snr: Option<f64>,
    /// The first sound of speech, at most 30 s of it, without long pauses; empty without speech.
    pub(super) clip: Vec<i16>,
}

impl Ear {
    /// Takes the next samples with their probabilities, one for each started frame. All but the last samples of a
    /// recording are whole frames.
    pub(super) fn hear(&mut self, samples: &[i16], probabilities: &[f32]) {
        self.samples += samples.len() as u64;
        for (frame, p) in samples.chunks(FRAME_SAMPLES).zip(probabilities) {
            self.frame(frame, *p);
        }
    }

    fn frame(&mut self, frame: &[i16], p: f32) {
        let (energy, at) = (energy(frame), self.at);
        self.at += 1;
        match &mut self.open {
            None if p >= BEGINS => {
                self.open = Some((at, at + 1));
                // those just before it were too near, unless it is not speech after all
                self.undecided.clear();
            }
            Some((_, end)) if p >= ENDS => *end = at + 1,
            Some((start, end)) if at + 1 - *end >= PAUSE => {
                let (start, end) = (*start, *end);
                self.close(start, end);
            }
            _ => {}
        }
        match self.open {
            Some((_, end)) if end == at + 1 => self.speech.add(energy),
            Some(_) => {}
            None if self.closed.is_some_and(|end| at < end + GUARD) => {}
            None => {
                self.undecided.push_back(energy);
                if self.undecided.len() as u64 > GUARD {
                    self.pauses.add(self.undecided.pop_front().unwrap_or_default());
                }
            }
        }
        if self.open.is_some() {
            let room = WINDOW_SAMPLES - self.clip.len();
            self.clip.extend_from_slice(&frame[..frame.len().min(room)]);
        }
    }

    fn close(&mut self, start: u64, end: u64) {
        if end - start >= SHORTEST {
            self.stretches.push((start, end));
        }
        self.closed = Some(end);
        self.open = None;
    }

    /// The recording has ended.
    pub(super) fn finish(mut self) -> Heard {
        if let Some((start, end)) = self.open.take() {
            self.close(start, end);
        }
        for energy in std::mem::take(&mut self.undecided) {
            self.pauses.add(energy);
        }
        let millis =
            |frame: u64| (frame * FRAME_SAMPLES as u64).min(self.samples) * 1000 / u64::from(SAMPLE_RATE);
        let stretches: Vec<Stretch> = self
            .stretches
            .iter()
            .map(|(a, b)| Stretch { start_ms: millis(*a), end_ms: millis(*b) })
            .collect();
        let spoken: u64 = stretches.iter().map(|s| s.end_ms - s.start_ms).sum();
        let whole = (self.samples * 1000 / u64::from(SAMPLE_RATE)).max(1);
        if stretches.is_empty() {
            self.clip.clear();
        }
        Heard {
            ratio: (spoken as f64 / whole as f64).min(1.0),
            snr: self.snr(&stretches),
            clip: self.clip,
            stretches,
        }
    }

    fn snr(&self, stretches: &[Stretch]) -> Option<f64> {
        let noise = self.pauses.power();
        if stretches.is_empty() || self.speech.frames < ENOUGH || self.pauses.frames < ENOUGH || noise <= 0.0
        {
            return None;
        }
        // the noise goes on under the speech
        let alone = (self.speech.power() - noise).max(noise * 0.01);
        Some((10.0 * (alone / noise).log10()).clamp(-20.0, 100.0))
    }
}

/// Mean square of a frame around its mean: an offset is no sound.
fn energy(frame: &[i16]) -> f64 {
    let n = frame.len().max(1) as f64;
    let (sum, squares) = frame.iter().fold((0.0, 0.0), |(s, q), x| {
        let x = f64::from(*x) / 32_768.0;
        (s + x, q + x * x)
    });
    (squares / n - (sum / n).powi(2)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of a square wave of that size, with that probability.
    fn hear(parts: &[(u64, i16, f32)]) -> Heard {
        let mut ear = Ear::default();
        for (frames, size, p) in parts {
            let frame: Vec<i16> =
                (0..FRAME_SAMPLES).map(|i| if i % 2 == 0 { *size } else { -*size }).collect();
            (0..*frames).for_each(|_| ear.hear(&frame, &[*p]));
        }
        ear.finish()
    }

    #[test]
    fn stretches_are_found_where_they_are() {
        let heard = hear(&[
            (50, 10, 0.0),
            (30, 3_000, 0.9),
            (5, 10, 0.1),
            (20, 3_000, 0.6),
            (40, 10, 0.1),
            (3, 3_000, 0.9),
            (40, 10, 0.0),
        ]);
        assert_eq!(
            heard.stretches,
            [Stretch { start_ms: 1_600, end_ms: 3_360 }],
            "a short pause parts nothing, a click is nothing"
        );
        assert!((heard.ratio - 55.0 / 188.0).abs() < 1e-3);
        assert_eq!(heard.clip.len() % FRAME_SAMPLES, 0);
        assert!(heard.clip.len() >= 55 * FRAME_SAMPLES);
    }

    #[test]
    fn the_distance_of_speech_and_pauses_is_measured() {
        for (noise, speech, want) in
            [(100i16, 1_000i16, 19.96), (1_000, 1_414, 0.0), (1, 10_000, 80.0), (1_000, 1_000, -20.0)]
        {
            let heard = hear(&[(100, noise, 0.0), (100, speech, 0.9), (100, noise, 0.0)]);
            let snr = heard.snr.unwrap();
            assert!((snr - want).abs() < 0.05, "{noise} {speech}: {snr}");
        }
    }

    #[test]
    fn the_soft_ends_of_speech_are_not_taken_for_noise() {
        let heard = hear(&[(60, 10, 0.0), (4, 500, 0.2), (60, 3_000, 0.9), (4, 500, 0.2), (60, 10, 0.0)]);
        assert!((heard.snr.unwrap() - 49.5).abs() < 0.5, "{:?}", heard.snr);
    }

    #[test]
    fn what_cannot_be_compared_is_not() {
        assert_eq!(hear(&[]), Heard { stretches: vec![], ratio: 0.0, snr: None, clip: vec![] });
        assert_eq!(hear(&[(100, 10, 0.0)]).snr, None);
        assert_eq!(hear(&[(100, 3_000, 0.9)]).snr, None, "no pause");
        assert_eq!(hear(&[(100, 0, 0.0), (100, 3_000, 0.9)]).snr, None, "digital silence");
        assert_eq!(hear(&[(3, 3_000, 0.9)]).clip, Vec::<i16>::new());
    }

    #[test]
    fn the_last_frame_may_be_short_and_the_clip_is_at_most_a_window() {
        let mut ear = Ear::default();
        ear.hear(&vec![1_000; 16 * FRAME_SAMPLES + 100], &[0.9; 17]);
        let heard = ear.finish();
        assert_eq!(heard.stretches, [Stretch { start_ms: 0, end_ms: 518 }]);
        assert_eq!(heard.ratio, 1.0);
        assert_eq!(hear(&[(2_000, 3_000, 0.9)]).clip.len(), WINDOW_SAMPLES);
    }
}
