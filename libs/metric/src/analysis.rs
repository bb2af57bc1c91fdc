//! Measurements of a recording, field by field.

use domain::{Analysis, Stretch};

/// How close measurements are to those of a reference; both are shares in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closeness {
    /// The mean closeness of the fields, each with its weight.
    pub accuracy: f64,
    /// The weight of the fields that are close at all.
    pub completeness: f64,
}

/// Compares measurements with those of a `reference`. Each field counts by how close its value is; a field that was not
/// measurable counts only against a miner that has a value for it. What every miner can read off the header of the file
/// counts little. That a field is there earns nothing.
#[must_use]
pub fn measured(reference: &Analysis, said: &Analysis) -> Closeness {
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
    Closeness { accuracy: sum / weights, completeness: answered / weights }
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
