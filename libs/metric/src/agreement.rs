//! How much alike two answers are when neither is known to be right, by the metric of their kind.

use domain::{Agreed, Analysis, Language, Score, TaskKind, medoid};

use super::{Grams, Outline, Spoken, Unit, measured, si_sdr};

/// What a miner answered, as far as it can be compared.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// A text: a transcript, a summary, a translation, or what is heard in speech that was made.
    Text(&'a str),
    /// Sound, mono, all answers at the same rate.
    Sound(&'a [f32]),
    /// Measurements.
    Analysis(&'a Analysis),
}

/// Likeness of two answers to a task of `kind` in `language` (that of the output), 0..=1, 1 for two that say the same;
/// symmetric. Answers of different sorts are not alike.
#[must_use]
pub fn likeness(kind: TaskKind, language: Language, a: Said<'_>, b: Said<'_>) -> Score {
    let share = match (a, b) {
        (Said::Text(a), Said::Text(b)) => of_texts(kind, language, a, b),
        (Said::Sound(a), Said::Sound(b)) => of_sounds(a, b),
        (Said::Analysis(a), Said::Analysis(b)) => {
            f64::midpoint(measured(a, b).accuracy, measured(b, a).accuracy)
        }
        _ => 0.0,
    };
    Score::nearest(share).unwrap_or(Score::ZERO)
}

/// The answer that agrees best with the others, all in the order in which they came.
#[must_use]
pub fn agreement(kind: TaskKind, language: Language, answers: &[Said<'_>]) -> Option<Agreed> {
    let n = answers.len();
    let mut table = vec![Score::ONE; n * n];
    for i in 0..n {
        for j in 0..i {
            let alike = likeness(kind, language, answers[i], answers[j]);
            (table[i * n + j], table[j * n + i]) = (alike, alike);
        }
    }
    medoid(n, |i, j| table[i * n + j])
}

fn of_texts(kind: TaskKind, language: Language, a: &str, b: &str) -> f64 {
    match kind {
        TaskKind::TextTranslation | TaskKind::DocumentTranslation => {
            let (a, b) = (Grams::new(a), Grams::new(b));
            f64::midpoint(a.chrf(&b), b.chrf(&a))
        }
        TaskKind::Summarization => Outline::new(a, language).rouge_l(b),
        TaskKind::Transcription
        | TaskKind::VideoTranscription
        | TaskKind::Tts
        | TaskKind::AudioEnhancement
        | TaskKind::AudioAnalysis => Spoken::new(a, Unit::of_speech(language)).likeness(b),
    }
}

/// The share of the power of one that is in the other: the square of their correlation.
fn of_sounds(a: &[f32], b: &[f32]) -> f64 {
    si_sdr(a, b).map_or(0.0, |decibels| 1.0 / (1.0 + libm::pow(10.0, -decibels / 10.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transcript_in_the_middle_is_chosen() {
        let answers =
            ["the cat sat on a mat", "the cat sat on the mat", "a dog ran", "the cat sat on the mat"];
        let said: Vec<_> = answers.iter().map(|t| Said::Text(t)).collect();
        let agreed = agreement(TaskKind::Transcription, Language::En, &said).unwrap();
        assert_eq!(agreed.chosen, 1, "the earlier of the two that say the same");
    }

    #[test]
    fn every_kind_finds_two_equal_answers_alike_and_two_unlike_ones_not() {
        let tone = |step: f32| -> Vec<f32> { (0..8_000).map(|i| (i as f32 * step).sin()).collect() };
        let (low, high) = (tone(0.05), tone(0.31));
        for kind in TaskKind::ALL.iter().copied() {
            let [a, b] = match kind {
                TaskKind::AudioEnhancement => [Said::Sound(&low), Said::Sound(&high)],
                _ => [Said::Text("Der Zug fährt ab."), Said::Text("Schließen Sie Fenster und Tür!")],
            };
            assert!(likeness(kind, Language::De, a, a) >= Score::percent(99), "{kind}");
            assert!(likeness(kind, Language::De, a, b) <= Score::percent(30), "{kind}");
            assert_eq!(likeness(kind, Language::De, a, b), likeness(kind, Language::De, b, a), "{kind}");
        }
        assert_eq!(likeness(TaskKind::Tts, Language::De, Said::Text("a"), Said::Sound(&low)), Score::ZERO);
    }
}
