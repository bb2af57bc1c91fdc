//! Measurements of a recording, field by field.

use domain::Analysis;

use super::Grade;
use crate::metric::measured;

/// Grades measurements against those of a `reference`, as [`measured`] weighs their fields.
#[must_use]
pub fn analysis(reference: &Analysis, said: &Analysis) -> Grade {
    let close = measured(reference, said);
    Grade::of(close.accuracy, close.completeness, None)
}

#[cfg(test)]
mod tests {
    use domain::{Clipping, Language, Score, Stretch};

    use super::*;

    fn truth() -> Analysis {
        Analysis {
            duration_ms: 10_000,
            sample_rate: 16_000,
            channels: 1,
            container: "WAV".into(),
            codec: Some("pcm_s16le".into()),
            loudness_lufs: Some(-23.0),
            loudness_range_lu: Some(4.0),
            true_peak_dbtp: Some(-1.0),
            sample_peak_dbfs: Some(-1.2),
            clipping: Clipping::default(),
            dc_offset: 0.0,
            speech: vec![Stretch { start_ms: 0, end_ms: 4_000 }, Stretch { start_ms: 5_000, end_ms: 9_000 }],
            speech_ratio: 0.8,
            language: Some(Language::De),
            language_confidence: Some(0.9),
            snr_db: Some(20.0),
        }
    }

    #[test]
    fn the_same_measurements_are_worth_all_and_a_little_off_a_little_less() {
        // G4
        assert_eq!(analysis(&truth(), &truth()).accuracy, Score::ONE);
        let off = Analysis { loudness_lufs: Some(-23.1), snr_db: Some(21.0), ..truth() };
        let off = analysis(&truth(), &off).accuracy;
        assert!(Score::percent(95) < off && off < Score::ONE, "{off}");
        let shifted =
            vec![Stretch { start_ms: 0, end_ms: 4_500 }, Stretch { start_ms: 5_000, end_ms: 9_000 }];
        let shifted = analysis(&truth(), &Analysis { speech: shifted, ..truth() }).accuracy;
        assert!(off > Score::percent(90) && shifted < Score::ONE);
    }

    #[test]
    fn keys_with_wrong_values_earn_next_to_nothing() {
        // G11
        let made_up = Analysis {
            duration_ms: 0,
            sample_rate: 1,
            channels: 9,
            container: String::new(),
            codec: None,
            loudness_lufs: Some(0.0),
            loudness_range_lu: Some(99.0),
            true_peak_dbtp: Some(f64::NAN),
            sample_peak_dbfs: None,
            clipping: Clipping { runs: 9, share: 1.0 },
            dc_offset: 1.0,
            speech: vec![Stretch { start_ms: 20_000, end_ms: 30_000 }],
            speech_ratio: 0.0,
            language: Some(Language::Ja),
            language_confidence: Some(1.0),
            snr_db: Some(-90.0),
        };
        assert_eq!(analysis(&truth(), &made_up).accuracy, Score::ZERO);
        let only_the_header = Analysis { duration_ms: 10_000, sample_rate: 16_000, channels: 1, ..made_up };
        let grade = analysis(&truth(), &only_the_header);
        assert!(grade.accuracy < Score::percent(10), "{grade:?}");
    }

    #[test]
    fn a_value_for_what_cannot_be_measured_counts_against_its_miner() {
        let silent =
            Analysis { loudness_lufs: None, snr_db: None, language: None, speech: vec![], ..truth() };
        assert_eq!(analysis(&silent, &silent).accuracy, Score::ONE);
        assert!(analysis(&silent, &truth()).accuracy < Score::percent(60));
    }
}
