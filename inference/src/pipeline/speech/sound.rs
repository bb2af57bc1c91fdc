//! Pieces of speech joined to one wave file.

use std::{path::Path, time::Duration};

use tempfile::NamedTempFile;

use super::super::{PipelineError, enhancement::wave::WaveFile};
use crate::{
    engine::{EngineError, Spoken},
    media::resampled,
};

/// How long a piece fades in and out, so that no edge is heard as a click.
const FADE: Duration = Duration::from_millis(5);

/// What was spoken so far. Its rate is that of the first piece.
pub(super) struct Tape {
    folder: std::path::PathBuf,
    file: Option<WaveFile>,
    rate: u32,
    samples: u64,
    /// Silence that comes before the next piece, and never at the end.
    pause: Duration,
}

impl Tape {
    /// An empty one; the file will lie in `folder`.
    pub(super) fn new(folder: &Path) -> Result<Self, PipelineError> {
        Ok(Self { folder: folder.to_owned(), file: None, rate: 0, samples: 0, pause: Duration::ZERO })
    }

    /// Appends a piece behind the pause.
    pub(super) fn push(&mut self, spoken: &Spoken) -> Result<(), PipelineError> {
        let sound: Vec<f32> = spoken.pcm.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                self.rate = spoken.rate;
                self.file.insert(WaveFile::new(&self.folder, spoken.rate, 1)?)
            }
        };
        let mut sound = resampled(&sound, spoken.rate, self.rate).ok_or(EngineError::Failed)?;
        fade(&mut sound, frames(FADE, self.rate));
        let silence = vec![0.0; frames(self.pause, self.rate)];
        self.pause = Duration::ZERO;
        self.samples += (silence.len() + sound.len()) as u64;
        for part in [silence, sound] {
            file.push(&part).map_err(written)?;
        }
        Ok(())
    }

    /// Silence before the next piece, if one comes.
    pub(super) fn pause(&mut self, pause: Duration) {
        self.pause = pause;
    }

    /// The file, its rate and its length in ms.
    pub(super) fn finish(self) -> Result<(NamedTempFile, u32, u64), PipelineError> {
        let file = self.file.ok_or(EngineError::Failed)?.finish()?;
        let rate = u64::from(self.rate);
        Ok((file, self.rate, (self.samples * 1000 + rate / 2) / rate))
    }
}

fn frames(time: Duration, rate: u32) -> usize {
    (time.as_millis() as usize * rate as usize) / 1000
}

/// Lets both ends grow from nothing.
fn fade(sound: &mut [f32], frames: usize) {
    let frames = frames.min(sound.len() / 2);
    let last = sound.len();
    for i in 0..frames {
        let gain = i as f32 / frames as f32;
        sound[i] *= gain;
        sound[last - 1 - i] *= gain;
    }
}

fn written(error: std::io::Error) -> PipelineError {
    if error.kind() == std::io::ErrorKind::FileTooLarge {
        return PipelineError::TooLong(
            "the speech is too long for a wave file: 4 GiB are the limit".to_owned(),
        );
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(rate: u32, samples: usize) -> Spoken {
        Spoken { pcm: vec![8_000; samples], rate, voice: "v".into(), model: "m".into() }
    }

    #[test]
    fn pieces_are_joined_without_an_edge_and_with_their_pause_between() {
        let folder = tempfile::tempdir().unwrap();
        let mut tape = Tape::new(folder.path()).unwrap();
        tape.push(&spoken(24_000, 2_400)).unwrap();
        tape.pause(Duration::from_millis(200));
        tape.push(&spoken(24_000, 2_400)).unwrap();
        tape.pause(Duration::from_millis(250));
        let (file, rate, ms) = tape.finish().unwrap();
        assert_eq!((rate, ms), (24_000, 400));
        let samples: Vec<i16> =
            hound::WavReader::open(file.path()).unwrap().samples().map(Result::unwrap).collect();
        assert_eq!(samples.len(), 9_600);
        assert!(samples[2_400..7_200].iter().all(|s| *s == 0));
        assert_eq!((samples[1_200], samples[8_400]), (8_000, 8_000));
        // 8000 in 5 ms: no step is larger than a hundredth of it
        assert!(samples.windows(2).all(|two| (i32::from(two[0]) - i32::from(two[1])).abs() <= 80));
        assert_eq!((samples[0], samples[9_599]), (0, 0));
    }

    #[test]
    fn a_piece_of_another_rate_is_brought_to_that_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut tape = Tape::new(folder.path()).unwrap();
        tape.push(&spoken(24_000, 24_000)).unwrap();
        tape.push(&spoken(16_000, 16_000)).unwrap();
        let (_, rate, ms) = tape.finish().unwrap();
        assert_eq!((rate, ms), (24_000, 2_000));
    }

    #[test]
    fn a_tape_on_which_nothing_was_spoken_is_no_sound() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Tape::new(folder.path()).unwrap().finish().is_err());
    }
}
