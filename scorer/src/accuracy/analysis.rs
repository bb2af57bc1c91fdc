//! Measurements of a recording, field by field.

use domain::{Analysis, Stretch};

use super::Grade;

/// Grades measurements against those of a `reference`. Each field counts by how close its value is; a field that was not
/// measurable counts only against a miner that has a value for it. What every miner can read off the header of the file
/// counts little. That a field is there earns nothing.
#[must_use]
pub fn analysis(reference: &Analysis, said: &Analysis) -> Grade {
    let same = |is: bool| Some(f64::from(u8::from(is)));
    let (a, b) = (reference, said);
    // (weight, closeness 0..=1; None: nothing to be right or wrong about)
    let fields = [
        (1.0, near(Some(a.duration_ms as f64), Some(b.duration_ms as f64), 50.0)),
        (0.5, same(a.sample_rate == b.sample_rate)),
        (0.5, same(a.channels == b.channels)),
        (0.5, same(a.container.eq_ignore_ascii_case(&b.container))),
        (0.5, same(a.codec == b.codec)),
        (3.0, near(a.loudness_lufs, b.loudness_lufs, 1.0)),
        (2.0, near(a.loudness_range_lu, b.loudness_range_lu, 2.0)),
        (2.0, near(a.true_peak_dbtp, b.true_peak_dbtp, 1.0)),
        (2.0, near(a.sample_peak_dbfs, b.sample_peak_dbfs, 0.5)),
        (1.0, near(Some(a.clipping.share), Some(b.clipping.share), 0.01)),
        (1.0, near(Some(a.dc_offset), Some(b.dc_offset), 0.01)),
        (4.0, overlap(&a.speech, &b.speech)),
        (1.0, near(Some(a.speech_ratio), Some(b.speech_ratio), 0.1)),
        (
            2.0,
            if a.language.is_none() && b.language.is_none() { None } else { same(a.language == b.language) },
        ),
        (2.0, near(a.snr_db, b.snr_db, 6.0)),
    ];
    let (mut sum, mut weights, mut answered) = (0.0, 0.0, 0.0);
    for (weight, closeness) in fields.iter().filter_map(|(w, c)| c.map(|c| (w, c))) {
        sum += weight * closeness;
        weights += weight;
        answered += weight * f64::from(u8::from(closeness > 0.0));
    }
    // the fields of the header always count, so there is something to divide by
    Grade::of(sum / weights, answered / weights, None)
}

/// 1 for the same value, falling to 0 where it is `tolerance` away; 0 when only one has a value, or it is no number.
fn near(a: Option<f64>, b: Option<f64>, tolerance: f64) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        (Some(a), Some(b)) if a.is_finite() && b.is_finite() => {
            Some((1.0 - (a - b).abs() / tolerance).max(0.0))
        }
        _ => Some(0.0),
    }
}

/// Time that both call speech over time that either does.
fn overlap(a: &[Stretch], b: &[Stretch]) -> Option<f64> {
    let total = |s: &[Stretch]| s.iter().map(|s| s.end_ms.saturating_sub(s.start_ms)).sum::<u64>();
    let (mut i, mut j, mut both) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        both += x.end_ms.min(y.end_ms).saturating_sub(x.start_ms.max(y.start_ms));
        if x.end_ms < y.end_ms { i += 1 } else { j += 1 }
    }
    let either = (total(a) + total(b)).saturating_sub(both);
    (either > 0).then(|| both as f64 / either as f64)
}

#[cfg(test)]
mod tests {
    use domain::{Clipping, Language, Score};

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
