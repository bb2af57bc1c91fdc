use proptest::prelude::*;

use super::*;

const KIND: TaskKind = TaskKind::Transcription;

fn neuron(uid: u16, miner: &str, registered_at: u64) -> Neuron {
    Neuron { uid, miner: miner.parse().unwrap(), registered_at, stake: 1 }
}

fn standings() -> Standings {
    let mut standings = Standings::default();
    standings.register(&[neuron(0, "a", 10), neuron(1, "b", 11)]);
    standings
}

fn add(standings: &mut Standings, miner: &str, percents: &[u32]) {
    let miner: MinerId = miner.parse().unwrap();
    let rewards: Vec<_> = percents.iter().map(|p| (miner.clone(), KIND, Score::percent(*p))).collect();
    standings.add(&rewards, &BTreeMap::from([(KIND, 20)]));
}

fn overall(standings: &Standings, miner: &str) -> Score {
    standings.overall(&miner.parse().unwrap())
}

#[test]
fn twenty_good_tasks_stand_above_one() {
    // G5
    let mut standings = standings();
    let rewards = |miner: &str, n| vec![(miner.parse::<MinerId>().unwrap(), KIND, Score::percent(90)); n];
    standings.add(&[rewards("a", 20), rewards("b", 1)].concat(), &BTreeMap::from([(KIND, 20)]));
    assert_eq!(overall(&standings, "b"), Score::percent(9));
    assert!(overall(&standings, "a") > Score::percent(78));
    assert_eq!(standings.ranking()[0].0.as_str(), "a");
}

#[test]
fn any_number_of_wrong_answers_raises_nobody() {
    // G12
    let mut standings = standings();
    add(&mut standings, "a", &[80; 10]);
    let before = overall(&standings, "a");
    add(&mut standings, "a", &[0; 500]);
    assert!(overall(&standings, "a") < Score::percent(1) && before > Score::percent(50));
}

#[test]
fn a_place_that_changes_hands_begins_with_nothing() {
    // L12, R40
    let mut standings = standings();
    add(&mut standings, "a", &[90; 30]);
    standings.register(&[neuron(0, "c", 50), neuron(1, "b", 11)]);
    assert_eq!((overall(&standings, "a"), overall(&standings, "c")), (Score::ZERO, Score::ZERO));
    add(&mut standings, "b", &[90; 30]);
    standings.register(&[neuron(0, "c", 50), neuron(1, "b", 60)]);
    assert_eq!(overall(&standings, "b"), Score::ZERO, "the hotkey left and came back");
}

#[test]
fn a_miner_at_nothing_can_recover_and_one_that_left_fades() {
    // R42
    let mut standings = standings();
    add(&mut standings, "a", &[0; 100]);
    add(&mut standings, "a", &[95; 40]);
    assert!(overall(&standings, "a") > Score::percent(90));
    for _ in 0..300 {
        standings.add(&[], &BTreeMap::from([(KIND, 1)]));
    }
    assert!(overall(&standings, "a") < Score::percent(6));
}

#[test]
fn more_kinds_of_work_never_lower_a_miner() {
    let mut standings = standings();
    let reward = |miner: &str, kind, p| (miner.parse::<MinerId>().unwrap(), kind, Score::percent(p));
    let tasks = BTreeMap::from([(KIND, 1), (TaskKind::Tts, 1)]);
    standings.add(&[reward("a", KIND, 90), reward("a", TaskKind::Tts, 10), reward("b", KIND, 90)], &tasks);
    assert!(overall(&standings, "a") > overall(&standings, "b"));
}

proptest! {
    #[test]
    fn one_more_answer_at_least_as_good_as_the_average_never_lowers_it(past in proptest::collection::vec(0..=100_u32, 0..40), more in 0..=100_u32) {
        // G5
        let mut standings = standings();
        add(&mut standings, "a", &past);
        let before = overall(&standings, "a");
        add(&mut standings, "a", &[more]);
        if Score::percent(more) >= before {
            // half a billionth of rounding
            prop_assert!(overall(&standings, "a").billionths() + 1 >= before.billionths());
        }
    }
}
