//! Measures of sound itself: loudness, peaks, clipping, offset. Pure.

use domain::Clipping;
use ebur128::{Channel, EbuR128, Mode};

use super::{Block, MediaError};

/// From here a sample counts as full scale: the last steps of 16 bits, and what lossy codings make of clipped sound.
const FULL: f32 = 0.999_9;
/// A shorter run of samples at full scale is a peak that just fits.
const RUN: u64 = 3;

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Frames.
    pub frames: u64,
    /// Integrated loudness by EBU R 128, in LUFS, one channel counting once; `None` under 0.4 s or with nothing above -70 LUFS.
    pub loudness: Option<f64>,
    /// Loudness range by EBU Tech 3342, in LU; `None` under 3 s, or without loudness.
    pub range: Option<f64>,
    /// Highest peak between samples, in dBTP; `None` for digital silence.
    pub true_peak: Option<f64>,
    /// Highest sample, in dBFS; `None` for digital silence.
    pub sample_peak: Option<f64>,
    /// What stands at full scale.
    pub clipping: Clipping,
    /// Mean of all samples of the channel where it is furthest from 0.
    pub offset: f64,
}

/// Measures a recording piece by piece, in constant memory but for 16 bytes a second.
pub struct Meter {
    loudness: EbuR128,
    rate: u32,
    frames: u64,
    peak: f32,
    channels: Vec<Track>,
    runs: u64,
    clipped: u64,
    sane: Vec<f32>,
}

/// One channel.
#[derive(Default)]
struct Track {
    sum: f64,
    /// Samples at full scale that end here, and whether above or below 0.
    run: u64,
    above: bool,
}

impl Meter {
    /// For sound of this rate and that many channels, in the order of wave files.
    ///
    /// # Errors
    /// [`MediaError::Unsupported`] for more than 64 channels or none, and for rates that do not occur.
    pub fn new(rate: u32, channels: u16) -> Result<Self, MediaError> {
        let mut loudness = EbuR128::new(u32::from(channels), rate, Mode::I | Mode::LRA | Mode::TRUE_PEAK)
            .map_err(|_| MediaError::Unsupported("many-channel"))?;
        for behind in 6..u32::from(channels).min(8) {
            let side = if behind % 2 == 0 { Channel::LeftSurround } else { Channel::RightSurround };
            loudness.set_channel(behind, side).map_err(|_| MediaError::Internal)?;
        }
        let channels = (0..channels).map(|_| Track::default()).collect();
        Ok(Self { loudness, rate, frames: 0, peak: 0.0, channels, runs: 0, clipped: 0, sane: Vec::new() })
    }

    /// Takes the next piece, of the rate and channels that it was made for. What is not a number counts as silence.
    ///
    /// # Errors
    /// [`MediaError::Internal`] for a piece of another form.
    pub fn add(&mut self, block: &Block) -> Result<(), MediaError> {
        let channels = self.channels.len();
        if usize::from(block.channels) != channels || block.rate != self.rate {
            return Err(MediaError::Internal);
        }
        self.sane.clear();
        self.sane.extend(block.samples.iter().map(|s| if s.is_finite() { *s } else { 0.0 }));
        self.loudness.add_frames_f32(&self.sane).map_err(|_| MediaError::Internal)?;
        self.frames += (self.sane.len() / channels) as u64;
        for frame in self.sane.chunks_exact(channels) {
            for (track, sample) in self.channels.iter_mut().zip(frame) {
                track.sum += f64::from(*sample);
                let size = sample.abs();
                self.peak = self.peak.max(size);
                if size >= FULL {
                    let above = *sample > 0.0;
                    track.run = if track.run > 0 && track.above == above { track.run + 1 } else { 1 };
                    track.above = above;
                    match track.run {
                        RUN => (self.runs, self.clipped) = (self.runs + 1, self.clipped + RUN),
                        longer if longer > RUN => self.clipped += 1,
                        _ => {}
                    }
                } else {
                    track.run = 0;
                }
            }
        }
        Ok(())
    }

    /// What was measured so far.
    #[must_use]
    pub fn levels(&self) -> Levels {
        let finite = |x: f64| x.is_finite().then_some(x);
        let decibels = |x: f64| finite(20.0 * x.log10());
        let loudness = self.loudness.loudness_global().ok().and_then(finite);
        let long = self.frames >= 3 * u64::from(self.rate);
        let range =
            loudness.filter(|_| long).and_then(|_| self.loudness.loudness_range().ok().and_then(finite));
        let between =
            (0..self.channels.len()).filter_map(|c| self.loudness.true_peak(u32::try_from(c).ok()?).ok());
        let true_peak = between.fold(f64::from(self.peak), f64::max);
        let all = (self.frames * self.channels.len() as u64).max(1);
        let means = self.channels.iter().map(|t| t.sum / self.frames.max(1) as f64);
        Levels {
            frames: self.frames,
            loudness,
            range,
            true_peak: decibels(true_peak),
            sample_peak: decibels(f64::from(self.peak)),
            clipping: Clipping { runs: self.runs, share: self.clipped as f64 / all as f64 },
            offset: means.fold(0.0, |most: f64, mean| if mean.abs() > most.abs() { mean } else { most }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(rate: u32, channels: u16, samples: &[f32]) -> Levels {
        let mut meter = Meter::new(rate, channels).unwrap();
        for part in samples.chunks(usize::from(channels) * 10_007) {
            meter.add(&Block { rate, channels, samples: part.to_vec() }).unwrap();
        }
        meter.levels()
    }

    fn sine(rate: u32, channels: usize, hz: f64, decibels: f64, seconds: f64, phase: f64) -> Vec<f32> {
        let size = 10f64.powf(decibels / 20.0);
        (0..(f64::from(rate) * seconds) as usize)
            .flat_map(|i| {
                let at = std::f64::consts::TAU * hz * i as f64 / f64::from(rate) + phase;
                std::iter::repeat_n((size * at.sin()) as f32, channels)
            })
            .collect()
    }

    fn near(found: Option<f64>, want: f64, off: f64) {
        assert!(found.is_some_and(|f| (f - want).abs() <= off), "{found:?} is not {want}");
    }

    #[test]
    fn the_reference_tones_of_the_standard_have_its_loudness() {
        // EBU Tech 3341, cases 1 and 2, and one channel of the same, which counts once
        for (rate, channels, level, want) in [
            (48_000, 2, -23.0, -23.0),
            (44_100, 2, -33.0, -33.0),
            (48_000, 1, -23.0, -26.0),
            (8_000, 2, -23.0, -23.0),
            (96_000, 2, -23.0, -23.0),
        ] {
            let levels = measure(rate, channels, &sine(rate, usize::from(channels), 997.0, level, 20.0, 0.0));
            near(levels.loudness, want, 0.1);
            near(levels.range, 0.0, 0.1);
            near(levels.sample_peak, level, 0.05);
            near(levels.true_peak, level, 0.2);
            assert_eq!(levels.clipping, Clipping::default());
        }
    }

    #[test]
    fn the_gate_leaves_out_what_is_soft() {
        // EBU Tech 3341, case 3
        let tones = [(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)];
        let sound = tones
            .iter()
            .flat_map(|(level, s)| sine(48_000, 2, 1_000.0, *level, *s, 0.0))
            .collect::<Vec<f32>>();
        near(measure(48_000, 2, &sound).loudness, -23.0, 0.1);
    }

    #[test]
    fn the_range_of_two_levels_is_their_distance() {
        // EBU Tech 3342, case 1
        let sound =
            [-20.0, -30.0].iter().flat_map(|l| sine(48_000, 2, 1_000.0, *l, 20.0, 0.0)).collect::<Vec<f32>>();
        near(measure(48_000, 2, &sound).range, 10.0, 1.0);
    }

    #[test]
    fn a_peak_between_samples_is_found() {
        // EBU Tech 3341, case 16: a quarter of the rate, 45 degrees off
        let sound = sine(48_000, 2, 12_000.0, -6.0, 1.0, std::f64::consts::FRAC_PI_4);
        let levels = measure(48_000, 2, &sound);
        near(levels.sample_peak, -9.03, 0.05);
        near(levels.true_peak, -6.0, 0.4);
    }

    #[test]
    fn clipping_is_counted_in_runs_on_one_side() {
        let mut sound = vec![0.0f32; 1_000];
        for (at, value) in [
            (10, 1.0),
            (11, 1.0),
            (20, 1.0),
            (21, 1.0),
            (22, 1.0),
            (23, 1.0),
            (40, 1.0),
            (41, -1.0),
            (42, 1.0),
        ] {
            sound[at] = value;
        }
        sound[60..63].fill(-1.0);
        let clipping = measure(16_000, 1, &sound).clipping;
        assert_eq!(clipping, Clipping { runs: 2, share: 0.007 });
        // a sine that is twice too loud, at 16 bits, as a recorder would write it
        let loud = sine(16_000, 1, 200.0, 6.0, 1.0, 0.0)
            .into_iter()
            .map(|s| (s * 32_768.0).round().clamp(-32_768.0, 32_767.0) / 32_768.0);
        let levels = measure(16_000, 1, &loud.collect::<Vec<f32>>());
        assert_eq!(levels.clipping.runs, 400);
        assert!((0.6..0.7).contains(&levels.clipping.share), "{:?}", levels.clipping);
    }

    #[test]
    fn silence_and_a_single_sample_give_nothing_that_is_not_a_number() {
        let silence = measure(16_000, 1, &[0.0; 160_000]);
        assert_eq!(
            (silence.loudness, silence.range, silence.true_peak, silence.sample_peak),
            (None, None, None, None)
        );
        let one = measure(44_100, 2, &[0.5, 0.25]);
        assert_eq!((one.frames, one.loudness, one.range), (1, None, None));
        near(one.sample_peak, -6.02, 0.01);
        assert!((one.offset - 0.5).abs() < 1e-9);
        let odd = measure(16_000, 1, &[f32::NAN, f32::INFINITY, -0.5, f32::NEG_INFINITY]);
        assert!(odd.offset.is_finite() && odd.true_peak.is_some_and(f64::is_finite));
        assert_eq!(measure(16_000, 2, &[]).frames, 0);
    }

    #[test]
    fn an_offset_is_the_mean_of_the_channel_that_is_furthest_off() {
        let sound = (0..96_000).map(|i| if i % 2 == 0 { 0.01 } else { -0.02 }).collect::<Vec<f32>>();
        assert!((measure(48_000, 2, &sound).offset + 0.02).abs() < 1e-6);
    }

    #[test]
    fn every_number_of_channels_up_to_sixty_four_is_measured() {
        for channels in [1, 2, 3, 4, 5, 6, 7, 8, 9, 64] {
            let sound = sine(48_000, usize::from(channels), 997.0, -30.0, 1.0, 0.0);
            assert!(measure(48_000, channels, &sound).loudness.is_some(), "{channels}");
        }
        assert!(Meter::new(48_000, 65).is_err() && Meter::new(48_000, 0).is_err());
    }
}
