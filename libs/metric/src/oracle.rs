//! The metrics against the implementations that the field uses, whose answers are recorded in `oracles/`.

use std::{path::PathBuf, process::Command};

use super::*;

/// Largest difference from an oracle.
const TOLERANCE: f64 = 1e-9;

/// Lines of a recording, by column. Under `REGEN=1` the oracles are asked again first.
fn recorded(name: &str) -> Vec<Vec<String>> {
    static ASK: std::sync::Once = std::sync::Once::new();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("oracles");
    if std::env::var_os("REGEN").is_some_and(|v| v == "1") {
        ASK.call_once(|| {
            let python = std::env::var("ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
            let status = Command::new(python).arg(folder.join("record.py")).status().unwrap();
            assert!(status.success(), "the oracles did not answer: see oracles/record.py");
        });
    }
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}

fn near(case: usize, metric: &str, ours: f64, theirs: &str) {
    let theirs: f64 = theirs.parse().unwrap();
    assert!((ours - theirs).abs() <= TOLERANCE, "case {case}: {metric} is {ours}, the oracle says {theirs}");
}

#[test]
fn a_thousand_pairs_of_texts_score_what_jiwer_sacrebleu_and_rouge_score_say() {
    // P3
    let cases = recorded("texts.tsv");
    assert!(cases.len() >= 1_000);
    for (case, columns) in cases.iter().enumerate() {
        let [language, reference, said, wer_wanted, cer_wanted, chrf_wanted, rouge_wanted] = &columns[..]
        else {
            panic!("case {case} has {} columns", columns.len());
        };
        let language = language.parse().unwrap();
        near(case, "WER", wer(reference, said), wer_wanted);
        near(case, "CER", cer(reference, said), cer_wanted);
        near(case, "chrF", chrf(reference, said), chrf_wanted);
        near(case, "ROUGE-L", rouge_l(reference, said, language), rouge_wanted);
    }
    println!("{} pairs of texts agree to {TOLERANCE}", cases.len());
}

#[test]
fn a_thousand_pairs_of_sounds_score_what_exact_arithmetic_and_pystoi_say() {
    // P3
    let cases = recorded("sounds.tsv");
    let mut understood = 0;
    for (case, columns) in cases.iter().enumerate() {
        let [seed, sum, sdr_wanted, stoi_wanted] = &columns[..] else {
            panic!("case {case} has {} columns", columns.len());
        };
        let (clean, noisy, rate) = sounds(seed.parse().unwrap());
        let samples: i64 = clean.iter().chain(&noisy).sum();
        assert_eq!(samples, sum.parse::<i64>().unwrap(), "case {case}: other samples than the oracle heard");
        let float = |signal: &[i64]| -> Vec<f32> { signal.iter().map(|s| *s as f32 / 32_768.0).collect() };
        let (clean, noisy) = (float(&clean), float(&noisy));
        near(case, "SI-SDR", si_sdr(&clean, &noisy).unwrap(), sdr_wanted);
        // where there is too little to compare, pystoi gives 1e-5 for a value
        match stoi(&clean, &noisy, rate) {
            Some(score) => near(case, "STOI", score, stoi_wanted),
            None => assert_eq!(stoi_wanted, "1e-05", "case {case}"),
        }
        understood += usize::from(stoi_wanted != "1e-05");
    }
    assert!(cases.len() >= 1_000 && understood >= 1_000, "{understood} of {} cases", cases.len());
    println!("{} pairs of sounds agree to {TOLERANCE}, {understood} of them in STOI", cases.len());
}

/// The two signals that `record.py` makes from `seed`, and their sample rate.
fn sounds(seed: u64) -> (Vec<i64>, Vec<i64>, u32) {
    let mut state = seed;
    let mut draw = |below: i64| -> i64 {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below.unsigned_abs()).cast_signed()
    };
    let rate = [10_000, 10_000, 16_000, 8_000, 24_000][draw(5).unsigned_abs() as usize];
    let length = rate * (6 + draw(9)) / 10;
    let level = draw(4_000);
    let gain = 64 + draw(400);
    let (mut clean, mut noisy, mut loud, mut slow) = (vec![], vec![], 0, 0);
    for i in 0..length {
        if i % (rate / 25) == 0 {
            loud = draw(3) * draw(256);
        }
        slow += ((draw(65_536) - 32_768 - slow) * 3) >> 4;
        let sample = (slow * loud) >> 9;
        clean.push(sample.clamp(-32_768, 32_767));
        noisy.push(
            (((sample * gain) >> 8) + (((draw(65_536) - 32_768) * level) >> 15)).clamp(-32_768, 32_767),
        );
    }
    (clean, noisy, u32::try_from(rate).unwrap())
}
