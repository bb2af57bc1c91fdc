//! What is known of miners, and what of it lasts.

use std::time::Duration;

use super::*;

const KIND: TaskKind = TaskKind::Transcription;
const HOUR: Duration = Duration::from_secs(3_600);

fn at(s: i64) -> Timestamp {
    Timestamp::from_micros(s * 1_000_000)
}

fn answered(took: Duration) -> Outcome {
    Outcome::Answered { took, allowed: HOUR }
}

fn id(name: &str) -> MinerId {
    name.parse().unwrap()
}

#[test]
fn more_good_work_never_lowers_a_miner() {
    let mut record = Record::default();
    assert!((record.performance(KIND, None) - 1.0).abs() < 1e-9);
    for _ in 0..30 {
        record.note(KIND, answered(Duration::from_secs(36)), at(1));
        assert!((record.performance(KIND, record.pace(KIND)) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn failures_and_slowness_lower_a_miner_and_good_work_lifts_it_again() {
    // R42
    let mut record = Record::default();
    for _ in 0..20 {
        record.note(KIND, Outcome::Dropped, at(1));
    }
    let at_worst = record.performance(KIND, None);
    assert!(at_worst < 0.5, "{at_worst}");
    for _ in 0..30 {
        record.note(KIND, answered(HOUR / 2), at(1));
    }
    let recovered = record.performance(KIND, Some(0.5));
    assert!(recovered > 0.95, "{recovered}");
    assert!(record.performance(KIND, Some(0.01)) < recovered - 0.2, "slower than the best");
}

#[test]
fn a_miner_that_others_contradict_is_lowered() {
    let mut record = Record::default();
    for _ in 0..30 {
        record.note(KIND, answered(Duration::from_secs(36)), at(1));
        record.agreed(KIND, Score::ZERO);
    }
    let lied = record.performance(KIND, record.pace(KIND));
    assert!((lied - 0.8).abs() < 1e-6, "{lied}");
    for _ in 0..60 {
        record.agreed(KIND, Score::ONE);
    }
    assert!(record.performance(KIND, record.pace(KIND)) > 0.99);
}

#[test]
fn the_memory_of_miners_is_bounded_and_forgets_the_oldest() {
    // L13
    let mut records = Records::new(2);
    for name in ["a", "b", "c"] {
        records.note(&id(name), KIND, |r| r.note(KIND, Outcome::Failed, at(1)));
    }
    assert_eq!((records.of.len(), records.unwritten.len()), (2, 2));
    assert_eq!(records.get(&id("a")), Record::default());
    assert_ne!(records.get(&id("b")), Record::default());
}

#[test]
fn what_is_written_is_the_newest_of_each_and_comes_back_the_same() {
    let mut records = Records::new(9);
    records.owned(&id("3"), Some([3; 32]));
    for second in 1..=50 {
        records.note(&id("3"), KIND, |r| r.note(KIND, answered(Duration::from_secs(90)), at(second)));
        records.note(&id("3"), KIND, |r| r.agreed(KIND, Score::percent(40)));
        records.note(&id("4"), TaskKind::Tts, |r| r.note(TaskKind::Tts, Outcome::Late, at(second)));
    }
    let written = records.changed(200);
    assert_eq!(written.len(), 2, "a hundred outcomes, two records");
    assert_eq!((written[0].tally.answered, written[0].hotkey), (50, Some([3; 32])));
    assert_eq!(records.changed(200), []);
    records.unwritten(&written);
    assert_eq!(records.changed(1), written[..1]);
    let mut again = Records::new(9);
    again.restore(written);
    for miner in ["3", "4"] {
        assert_eq!(again.get(&id(miner)), records.get(&id(miner)));
    }
    assert_eq!(again.changed(200), [], "what was read need not be written");
}

#[test]
fn a_name_that_changed_hands_begins_anew() {
    let mut records = Records::new(9);
    records.owned(&id("3"), Some([1; 32]));
    records.note(&id("3"), KIND, |r| r.note(KIND, Outcome::Failed, at(1)));
    records.owned(&id("3"), Some([1; 32]));
    assert_ne!(records.get(&id("3")).kinds.len(), 0, "the same key is the same miner");
    let before = records.get(&id("3"));
    let old = MinerRecord { miner: id("3"), kind: KIND, hotkey: before.hotkey, tally: before.kinds[&KIND] };
    records.owned(&id("3"), Some([2; 32]));
    assert_eq!(records.get(&id("3")).kinds.len(), 0);
    assert_eq!(records.changed(9), []);
    // a restart with the old record in the store
    let mut records = Records::new(9);
    records.restore(vec![old]);
    records.owned(&id("3"), Some([2; 32]));
    records.note(&id("3"), KIND, |r| r.note(KIND, Outcome::Late, at(2)));
    let written = records.changed(9);
    assert_eq!((written[0].hotkey, written[0].tally.failed, written[0].tally.late), (Some([2; 32]), 0, 1));
}
