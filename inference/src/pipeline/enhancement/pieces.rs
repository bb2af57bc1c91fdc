//! A recording of any length in pieces that a model takes, and one sound again from what it makes of them. Pure.
//!
//! A model starts every piece without memory. So each piece begins a second early, that it may settle, and ends a little
//! late, because the model looks ahead; two neighbours are faded into each other over the part that both have heard.

use std::sync::Arc;

/// What a piece adds to the sound: 15 s.
const BODY: usize = 15 * 48_000;
/// Sound before it that is heard again, and thrown away.
const WARM_UP: usize = 48_000;
/// Over which two pieces are faded into each other.
const FADE: usize = 960;
/// Sound after it that is heard early: the fade, and the 30 ms that the model looks ahead.
const AFTER: usize = FADE + 1_440;

/// A piece for the model, one plane for each channel.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Samples of each channel, all of one length.
    pub(super) planes: Vec<Arc<[f32]>>,
    warm_up: usize,
    body: usize,
}

/// Cuts a recording into pieces while it is read. Keeps little more than one piece.
pub(super) struct Cutter {
    planes: Vec<Vec<f32>>,
    /// Samples at the front of the planes that went out as a body before.
    warm_up: usize,
}

/// Puts what the model made of the pieces together, as long as the recording.
pub(super) struct Joiner {
    /// The last piece's idea of what comes next, for each channel.
    tails: Vec<Vec<f32>>,
}

impl Cutter {
    pub(super) fn new(channels: usize) -> Self {
        Self { planes: vec![Vec::new(); channels], warm_up: 0 }
    }

    /// Takes samples of all channels in turn, brought into -1..=1.
    pub(super) fn push(&mut self, interleaved: &[f32]) {
        let channels = self.planes.len();
        for (at, plane) in self.planes.iter_mut().enumerate() {
            // what is not a number is silence: a model must never see it
            let sane = |s: &f32| if s.is_finite() { s.clamp(-1.0, 1.0) } else { 0.0 };
            plane.extend(interleaved.iter().skip(at).step_by(channels).map(sane));
        }
    }

    /// The next piece, if enough is there; the rest of it once the recording has `ended`.
    pub(super) fn next(&mut self, ended: bool) -> Option<Piece> {
        let there = self.planes.first().map_or(0, Vec::len);
        let new = there - self.warm_up;
        let (body, after) = match new {
            0 => return None,
            _ if new >= BODY + AFTER => (BODY, AFTER),
            _ if ended => (new, 0),
            _ => return None,
        };
        let end = self.warm_up + body;
        let piece = Piece {
            planes: self.planes.iter().map(|p| p[..end + after].into()).collect(),
            warm_up: self.warm_up,
            body,
        };
        let keep = end.min(WARM_UP);
        self.planes.iter_mut().for_each(|p| {
            p.drain(..end - keep);
        });
        self.warm_up = keep;
        Some(piece)
    }
}

impl Joiner {
    pub(super) fn new(channels: usize) -> Self {
        Self { tails: vec![Vec::new(); channels] }
    }

    /// What the model made of `piece`, in order, as planes as long as the piece's. Returns what it adds, all channels in turn.
    pub(super) fn join(&mut self, piece: &Piece, mut clean: Vec<Vec<f32>>) -> Vec<f32> {
        let channels = self.tails.len();
        let (start, end) = (piece.warm_up, piece.warm_up + piece.body);
        let mut out = vec![0.0; piece.body * channels];
        for (at, (plane, tail)) in clean.iter_mut().zip(&mut self.tails).enumerate() {
            let fade = tail.len().min(piece.body);
            for (i, (new, old)) in plane[start..].iter_mut().zip(&*tail).take(fade).enumerate() {
                let share = (i + 1) as f32 / (fade + 1) as f32;
                *new = *new * share + old * (1.0 - share);
            }
            *tail = plane[end..plane.len().min(end + FADE)].to_vec();
            for (slot, sample) in out.iter_mut().skip(at).step_by(channels).zip(&plane[start..end]) {
                *slot = *sample;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(channels: usize, sound: &[f32], push: usize, model: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f32> {
        let (mut cutter, mut joiner, mut out) = (Cutter::new(channels), Joiner::new(channels), Vec::new());
        let mut take = |cutter: &mut Cutter, ended| {
            while let Some(piece) = cutter.next(ended) {
                assert!(piece.planes.iter().all(|p| p.len() <= crate::engine::NOISY_SAMPLES));
                let clean = piece.planes.iter().map(|p| model(p)).collect();
                out.extend(joiner.join(&piece, clean));
            }
        };
        for part in sound.chunks(push * channels) {
            cutter.push(part);
            take(&mut cutter, false);
        }
        take(&mut cutter, true);
        out
    }

    fn sound(samples: usize) -> Vec<f32> {
        (0..samples).map(|i| (i as f32 * 0.01).sin() * 0.5).collect()
    }

    #[test]
    fn a_model_that_changes_nothing_changes_nothing_at_any_length() {
        for frames in [1, 479, FADE, WARM_UP, BODY - 1, BODY, BODY + 1, BODY + AFTER, 2 * BODY + 7, 5 * BODY]
        {
            for channels in [1, 2] {
                let sound = sound(frames * channels);
                let out = through(channels, &sound, 50_000, <[f32]>::to_vec);
                assert_eq!(out.len(), sound.len(), "{frames} {channels}");
                let worst = out.iter().zip(&sound).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-6, "{frames} {channels}: {worst}");
            }
        }
    }

    #[test]
    fn a_model_that_fades_in_and_disagrees_with_itself_leaves_no_step() {
        // settles over half a second, and every piece comes out at another level
        let level = std::cell::Cell::new(0.5f32);
        let out = through(1, &vec![1.0; 4 * BODY], 48_000, |p| {
            level.set(level.get() + 0.1);
            let gain = level.get();
            p.iter().enumerate().map(|(i, s)| s * gain * (i as f32 / 24_000.0).min(1.0)).collect()
        });
        let step = out[24_000..].windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.000_2, "{step}");
    }

    #[test]
    fn little_more_than_a_piece_is_kept_and_nonsense_is_silenced() {
        let mut cutter = Cutter::new(1);
        for _ in 0..600 {
            cutter.push(&vec![f32::NAN; 48_000]);
            while let Some(piece) = cutter.next(false) {
                assert!(piece.planes[0].iter().all(|s| *s == 0.0));
            }
            assert!(cutter.planes[0].len() <= WARM_UP + BODY + AFTER + 48_000);
        }
        cutter.push(&[9.0, -9.0, f32::INFINITY]);
        let last = cutter.next(true).unwrap();
        assert_eq!(last.planes[0][last.planes[0].len() - 3..], [1.0, -1.0, 0.0]);
    }
}
