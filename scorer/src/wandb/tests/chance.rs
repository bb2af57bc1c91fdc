//! What a run is told, by chance.

use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::*;

/// Letters and signs that somebody has to quote.
pub(super) fn word(chance: &mut StdRng) -> String {
    let signs: Vec<char> = "abc XYZ 019 .-_:#?&'\"\\/<>{}[]äßéжя語한🎧\u{301}".chars().collect();
    let inner: String =
        (0..chance.random_range(1..30)).map(|_| signs.choose(chance).copied().unwrap()).collect();
    format!("w{inner}w")
}

/// Of any size that a number of 64 bits can have.
fn number(chance: &mut StdRng) -> f64 {
    let wild = f64::from_bits(chance.random());
    [0.0, 1.0, -1.0, 0.1, chance.random(), -1e6 * chance.random::<f64>(), wild]
        .choose(chance)
        .copied()
        .unwrap()
}

/// A value of the configuration, at most so deep.
pub(super) fn setting(chance: &mut StdRng, depth: u32) -> Value {
    match chance.random_range(0..if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => chance.random_bool(0.5).into(),
        2 => chance.random_range(-1_000_000_000..1_000_000_000_i64).into(),
        3 => (f64::from(chance.random_range(1..1_000_000)) / 64.0).into(),
        4 => word(chance).into(),
        5 => (0..3).map(|_| setting(chance, depth - 1)).collect(),
        _ => (0..3).map(|n| (format!("k{n} {}", word(chance)), setting(chance, depth - 1))).collect(),
    }
}

/// A row of any names and values.
pub(super) fn free(chance: &mut StdRng) -> Row {
    let mut row = Row::default();
    for name in 0..chance.random_range(1..8) {
        row.number(format!("free/number {name}"), number(chance));
        row.count(format!("free/count.{name}"), chance.random_range(0..1 << 53));
        row.text(format!("free/{}", word(chance)), word(chance));
    }
    row
}

/// The row of a task.
pub(super) fn graded(chance: &mut StdRng) -> Row {
    let (kind, basis) = (*TaskKind::ALL.choose(chance).unwrap(), *Basis::ALL.choose(chance).unwrap());
    let mut grade = || (Score::percent(chance.random_range(0..=100)), chance.random_range(0..1 << 40));
    let report = TaskReport::of(kind, basis, &[grade(), grade()]).unwrap();
    report.row(chance.random_range(0..1 << 32))
}

/// What is said of the round with this number.
pub(super) fn closed(chance: &mut StdRng, number: u64) -> RoundReport {
    let mut report = round(number);
    report.block = chance.random_range(0..1 << 32);
    report.weights_set = chance.random_bool(0.5);
    for score in report.standings.values_mut().chain(report.weights.values_mut()) {
        *score = Score::percent(chance.random_range(0..=100));
    }
    for kind in TaskKind::ALL {
        let means = Means {
            accuracy: chance.random(),
            speed: chance.random(),
            reward: chance.random(),
            answers: number,
        };
        report.kinds.insert(*kind, means);
    }
    report
}

/// A measurement of the system.
pub(super) fn measured(chance: &mut StdRng) -> Row {
    let mut row = Row::default();
    row.number("cpu", chance.random::<f64>() * 100.0);
    row.count("proc.cpu.threads", chance.random_range(1..1_000));
    row.number("proc.memory.rssMB", chance.random::<f64>() * 1e5);
    row
}
