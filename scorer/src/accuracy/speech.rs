//! Speech that was made: the audio is opened, measured, and listened to.

use super::{Fault, Grade};
use crate::metric::Spoken;

/// Lowest sample rate of usable speech, Hz.
const LOWEST_RATE: u32 = 16_000;
/// Root mean square below which nothing is heard: -60 dBFS.
const SILENCE: f64 = 0.001;
/// Share of samples at full scale that is still taken for chance, and the share from which the sound is worth nothing.
const CLIPPED: (f64, f64) = (0.001, 0.05);
/// Length over the length to expect, between which speech is plausible, and beyond which it is worth nothing.
const PLAUSIBLE: (f64, f64) = (0.5, 2.0);
const ABSURD: (f64, f64) = (0.2, 5.0);

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The text, in characters.
    pub text: &'a Spoken,
    /// How long it takes to say it, in seconds, at the speed that was asked for.
    pub seconds: f64,
    /// Sample rate that the answer claims to have, Hz.
    pub sample_rate: u32,
}

/// What came.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The sound as decoded, mono, -1..=1.
    pub samples: &'a [f32],
    /// Its sample rate, Hz.
    pub sample_rate: u32,
    /// What the validator's own transcription understood.
    pub text: &'a str,
}

/// Grades speech; `heard` is `None` when there is no audio, or none that can be decoded. 1 less the character error rate of
/// what is understood, halved by a wrong sample rate, less in proportion for clipping and for a length beyond half or twice
/// the one to expect. Silence is worth nothing.
#[must_use]
pub fn speech(wanted: Wanted<'_>, heard: Option<Heard<'_>>) -> Grade {
    let Some(heard) = heard else {
        return Grade::nothing(Fault::Broken);
    };
    if heard.samples.is_empty() || heard.sample_rate == 0 {
        return Grade::nothing(Fault::Empty);
    }
    let count = heard.samples.len() as f64;
    let power = heard.samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / count;
    if power.is_nan() {
        return Grade::nothing(Fault::Unmeasurable);
    }
    if power.sqrt() < SILENCE {
        return Grade::nothing(Fault::Silent);
    }
    let full = heard.samples.iter().filter(|s| s.abs() >= 0.999).count() as f64 / count;
    let clipping = 1.0 - ((full - CLIPPED.0) / (CLIPPED.1 - CLIPPED.0)).clamp(0.0, 1.0);
    let rate = match heard.sample_rate {
        rate if rate == wanted.sample_rate && rate >= LOWEST_RATE => 1.0,
        _ => 0.5,
    };
    let seconds = count / f64::from(heard.sample_rate);
    let length = plausible(seconds / wanted.seconds);
    let accuracy = 1.0 - wanted.text.error_rate(heard.text).min(1.0);
    let fault = match () {
        () if clipping < 1.0 => Some(Fault::Clipped),
        () if length < 1.0 => Some(Fault::Duration),
        () if rate < 1.0 => Some(Fault::SampleRate),
        () => None,
    };
    let complete = wanted.text.count(heard.text) as f64 / wanted.text.len().max(1) as f64;
    Grade::of(accuracy * clipping * rate * length, complete, fault)
}

/// 1 in the plausible range, falling to 0 at the ends of the absurd one.
fn plausible(ratio: f64) -> f64 {
    let fall = |from: f64, to: f64| ((ratio - to) / (from - to)).clamp(0.0, 1.0);
    match ratio {
        r if r < PLAUSIBLE.0 => fall(PLAUSIBLE.0, ABSURD.0),
        r if r > PLAUSIBLE.1 => fall(PLAUSIBLE.1, ABSURD.1),
        r if r.is_nan() => 0.0,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use domain::Score;

    use super::*;
    use crate::metric::Unit;

    const TEXT: &str = "The train to the coast leaves early.";

    fn grade(samples: &[f32], rate: u32, text: &str) -> Grade {
        let spoken = Spoken::new(TEXT, Unit::Character);
        let wanted = Wanted { text: &spoken, seconds: 2.0, sample_rate: 24_000 };
        speech(wanted, Some(Heard { samples, sample_rate: rate, text }))
    }

    fn sound(seconds: f64, level: f32) -> Vec<f32> {
        (0..(seconds * 24_000.0) as usize).map(|i| level * (i as f32 * 0.05).sin()).collect()
    }

    #[test]
    fn speech_without_audio_is_worth_nothing() {
        // G2, G11
        let spoken = Spoken::new(TEXT, Unit::Character);
        let wanted = Wanted { text: &spoken, seconds: 2.0, sample_rate: 24_000 };
        assert_eq!(speech(wanted, None), Grade::nothing(Fault::Broken));
        assert_eq!(grade(&[], 24_000, TEXT), Grade::nothing(Fault::Empty));
        assert_eq!(grade(&sound(2.0, 0.000_1), 24_000, TEXT), Grade::nothing(Fault::Silent));
        assert_eq!(grade(&[f32::NAN; 48_000], 24_000, TEXT), Grade::nothing(Fault::Unmeasurable));
    }

    #[test]
    fn clear_speech_reaches_one_and_what_is_misheard_costs_its_characters() {
        // G4
        assert_eq!(grade(&sound(2.0, 0.5), 24_000, TEXT), Grade::of(1.0, 1.0, None));
        let misheard = grade(&sound(2.0, 0.5), 24_000, "The train to the ghost leaves early.").accuracy;
        assert_eq!(misheard, Score::ratio(26, 29));
        assert_eq!(grade(&sound(2.0, 0.5), 24_000, "").accuracy, Score::ZERO);
    }

    #[test]
    fn a_wrong_rate_clipping_and_an_implausible_length_each_cost() {
        let wrong_rate = grade(&sound(2.0, 0.5), 22_050, TEXT);
        assert_eq!((wrong_rate.accuracy, wrong_rate.fault), (Score::percent(50), Some(Fault::SampleRate)));
        let clipped: Vec<f32> = sound(2.0, 1.5).iter().map(|s| s.clamp(-1.0, 1.0)).collect();
        assert_eq!(grade(&clipped, 24_000, TEXT).fault, Some(Fault::Clipped));
        assert_eq!(grade(&clipped, 24_000, TEXT).accuracy, Score::ZERO);
        let slow = grade(&sound(7.0, 0.5), 24_000, TEXT);
        assert_eq!((slow.accuracy, slow.fault), (Score::percent(50), Some(Fault::Duration)));
        assert_eq!(grade(&sound(0.2, 0.5), 24_000, TEXT).accuracy, Score::ZERO);
    }
}
