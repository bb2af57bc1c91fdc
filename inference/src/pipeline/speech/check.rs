//! Whether what a model answered can be the sentence it was asked for.

use std::fmt;

use crate::engine::Spoken;

/// A sound whose peak is below this is silence.
const SILENT: u16 = 300;
/// A sample at or beyond this is at the end of its range.
const FULL: u16 = 32_700;
/// How many samples may be, one of so many.
const CLIPPED: usize = 1_000;
/// Shortest and longest that a sentence may be, as a share of what it takes by its letters.
const SHORT: f32 = 0.3;
const LONG: f32 = 3.0;
/// Seconds that any sentence may last beyond that: silence around it, a slow start.
const SLACK: f32 = 1.5;

/// What is wrong with a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    Silent,
    Clipped,
    /// Seconds it has, and the least and most it may have.
    Length(f32, f32, f32),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("silent"),
            Self::Clipped => f.write_str("clipped"),
            Self::Length(has, least, most) => write!(f, "{has:.2} s, not {least:.2} to {most:.2} s"),
        }
    }
}

/// Why `spoken` can't be `text` at this speed, if it can't.
pub(super) fn fault(spoken: &Spoken, text: &str, speed: f32) -> Option<Fault> {
    let peak = spoken.pcm.iter().map(|s| s.unsigned_abs()).max().unwrap_or_default();
    if peak < SILENT {
        return Some(Fault::Silent);
    }
    if spoken.pcm.iter().filter(|s| s.unsigned_abs() >= FULL).count() * CLIPPED > spoken.pcm.len() {
        return Some(Fault::Clipped);
    }
    let (least, most) = seconds(text);
    let (least, most) = (least / speed, most / speed + SLACK);
    let has = spoken.pcm.len() as f32 / spoken.rate.max(1) as f32;
    (!(least..=most).contains(&has)).then_some(Fault::Length(has, least, most))
}

/// The least and the most seconds that a text takes. Letters were measured: 14 to 18 a second in the European languages,
/// 6 in the East Asian ones. A digit or a sign may be one short word or several.
fn seconds(text: &str) -> (f32, f32) {
    text.chars().fold((0.0, 0.0), |(least, most), c| match c {
        c if c.is_numeric() => (least + 0.02, most + 1.5),
        '\u{1100}'.. if c.is_alphabetic() => (least + 0.17 * SHORT, most + 0.17 * LONG),
        // capitals may be spelled out
        c if c.is_uppercase() => (least + 0.075 * SHORT, most + 0.5),
        c if c.is_alphabetic() => (least + 0.075 * SHORT, most + 0.075 * LONG),
        c if c.is_whitespace() => (least, most),
        _ => (least, most + 0.6),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(seconds: f32, sample: impl Fn(usize) -> i16) -> Spoken {
        let pcm = (0..(seconds * 24_000.0) as usize).map(sample).collect();
        Spoken { pcm, rate: 24_000, voice: "v".into(), model: "m".into() }
    }

    fn tone(i: usize) -> i16 {
        if i % 80 < 40 { 8_000 } else { -8_000 }
    }

    /// 58 characters that were spoken in 3.3 s.
    const SAID: &str = "She poured a glass of cold milk and sat down by the window";

    #[test]
    fn speech_of_the_length_of_its_text_passes() {
        assert_eq!(fault(&spoken(3.3, tone), SAID, 1.0), None);
        assert_eq!(fault(&spoken(13.2, tone), SAID, 0.25), None);
        assert_eq!(fault(&spoken(2.9, tone), "我姐姐上个星期买了一辆新自行车。", 1.0), None);
        assert_eq!(fault(&spoken(0.5, tone), "Hi.", 1.0), None);
        assert_eq!(fault(&spoken(5.0, tone), "1 250 000", 1.0), None);
    }

    #[test]
    fn silence_noise_at_the_limit_and_wrong_lengths_do_not() {
        assert_eq!(fault(&spoken(3.3, |_| 100), SAID, 1.0), Some(Fault::Silent));
        assert_eq!(fault(&spoken(0.0, tone), SAID, 1.0), Some(Fault::Silent));
        let torn = |i| if i % 100 == 0 { i16::MIN } else { tone(i) };
        assert_eq!(fault(&spoken(3.3, torn), SAID, 1.0), Some(Fault::Clipped));
        assert!(matches!(fault(&spoken(0.8, tone), SAID, 1.0), Some(Fault::Length(..))));
        assert!(matches!(fault(&spoken(30.0, tone), SAID, 1.0), Some(Fault::Length(..))));
    }
}
