//! The metrics against the implementations that the field uses: with their answers to the committed cases, which needs no
//! Python, and with their answers to cases of today, where `METRIC_ORACLE_PYTHON` names a Python that has them.

mod answers;
mod sounds;

use std::collections::BTreeMap;

use answers::Answers;

use super::*;

/// Largest difference from an oracle.
const TOLERANCE: f64 = 1e-9;
/// Cases of each kind; a tenth of those of texts are in each language.
const CASES: usize = 1_200;

#[test]
fn a_thousand_pairs_of_texts_score_what_jiwer_sacrebleu_and_rouge_score_say() {
    // P3
    texts_agree(&Answers::recorded("texts"));
}

#[test]
fn a_thousand_pairs_of_sounds_score_what_exact_arithmetic_and_pystoi_say() {
    // P3
    sounds_agree(&Answers::recorded("sounds"));
}

#[test]
fn a_thousand_new_pairs_of_texts_score_what_jiwer_sacrebleu_and_rouge_score_say_now() {
    // P3
    if let Some(answers) = Answers::fresh("texts", CASES) {
        texts_agree(&answers);
    }
}

#[test]
fn a_thousand_new_pairs_of_sounds_score_what_exact_arithmetic_and_pystoi_say_now() {
    // P3
    if let Some(answers) = Answers::fresh("sounds", CASES) {
        sounds_agree(&answers);
    }
}

fn texts_agree(answers: &Answers) {
    let mut languages = BTreeMap::<String, usize>::new();
    for (case, columns) in answers.cases() {
        let [language, reference, said, wer_wanted, cer_wanted, chrf_wanted, rouge_wanted] = columns else {
            panic!("{case} has {} columns", columns.len());
        };
        near(&case, "WER", wer(reference, said), wer_wanted);
        near(&case, "CER", cer(reference, said), cer_wanted);
        near(&case, "chrF", chrf(reference, said), chrf_wanted);
        near(&case, "ROUGE-L", rouge_l(reference, said, language.parse().unwrap()), rouge_wanted);
        *languages.entry(language.clone()).or_default() += 1;
    }
    assert_eq!(languages.len(), 10, "{languages:?}");
    assert!(languages.values().all(|n| *n == CASES / 10), "{languages:?}");
    println!("{CASES} pairs of texts of {answers} agree to {TOLERANCE}");
}

fn sounds_agree(answers: &Answers) {
    let (mut heard, mut understood) = (0, 0);
    for (case, columns) in answers.cases() {
        let [seed, sum, sdr_wanted, stoi_wanted] = columns else {
            panic!("{case} has {} columns", columns.len());
        };
        let (clean, noisy, rate) = sounds::sounds(seed.parse().unwrap());
        let samples: i64 = clean.iter().chain(&noisy).sum();
        assert_eq!(samples, sum.parse::<i64>().unwrap(), "{case}: other samples than the oracle heard");
        let float = |signal: &[i64]| -> Vec<f32> { signal.iter().map(|s| *s as f32 / 32_768.0).collect() };
        let (clean, noisy) = (float(&clean), float(&noisy));
        near(&case, "SI-SDR", si_sdr(&clean, &noisy).unwrap(), sdr_wanted);
        // where there is too little to compare, pystoi gives 1e-5 for a value
        match stoi(&clean, &noisy, rate) {
            Some(score) => near(&case, "STOI", score, stoi_wanted),
            None => assert_eq!(stoi_wanted, "1e-05", "{case}"),
        }
        heard += 1;
        understood += usize::from(stoi_wanted != "1e-05");
    }
    assert!(heard == CASES && understood >= 1_000, "{understood} of {heard} cases");
    println!("{heard} pairs of sounds of {answers} agree to {TOLERANCE}, {understood} of them in STOI");
}

#[track_caller]
fn near(case: &str, metric: &str, ours: f64, theirs: &str) {
    let theirs: f64 = theirs.parse().unwrap();
    assert!((ours - theirs).abs() <= TOLERANCE, "{case}: {metric} is {ours}, the oracle says {theirs}");
}
