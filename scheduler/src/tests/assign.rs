//! The choice of miners, sentence by sentence.

use std::time::Duration;

use domain::{
    Event, FailReason, Failure, Fence, FileId, Language, LeaseId, NewTask, Outcome, Priority, SourceLanguage,
    TaskId, TaskKind,
};
use proptest::prelude::*;

use super::*;

fn at(s: i64) -> Timestamp {
    Timestamp::from_micros(s * 1_000_000)
}

fn miner(name: &str, capacity: u32) -> Candidate {
    Candidate {
        miner: name.parse().unwrap(),
        offers: vec![Offer::new(TaskKind::Transcription, vec![Language::En])],
        serves: true,
        capacity,
        busy: 0,
        last_seen: at(100),
        stake: 0,
        record: Record::default(),
    }
}

fn miners(n: usize, capacity: u32) -> Vec<Candidate> {
    (0..n).map(|i| miner(&format!("m{i}"), capacity)).collect()
}

fn task(n: u128, wanted: u8, priority: Priority, submitted: i64) -> Task {
    Task::submitted(NewTask {
        id: TaskId::from_random(n),
        kind: TaskKind::Transcription,
        source: SourceLanguage::Given(Language::En),
        target: None,
        options: domain::TaskOptions::default(),
        priority,
        wanted,
        window: Duration::from_secs(60),
        input: FileId::from_random(n),
        input_size: 1,
        submitted_at: at(submitted),
        deadline: at(90_000),
        traceparent: None,
    })
}

fn granted(task: Task, lease: u128, to: &str) -> Task {
    let event = Event::Grant {
        lease: LeaseId::from_random(lease),
        miner: to.parse().unwrap(),
        session: 1,
        output: FileId::from_random(lease),
        expires_at: at(1_000),
        run_until: at(1_000),
    };
    task.apply(event, at(100)).unwrap()
}

fn struck(task: Task, lease: u128, by: &str) -> Task {
    let task = granted(task, lease, by);
    let (fence, failure) = (task.fence(), Failure::new(FailReason::MinerFault, "x"));
    task.apply(Event::Fail { lease: LeaseId::from_random(lease), fence, failure }, at(100)).unwrap()
}

/// How often each of `miners` is chosen, over `n` single tasks that each end before the next comes.
fn shares(miners: &[Candidate], n: u64) -> Vec<u64> {
    let mut counts = vec![0; miners.len()];
    for seed in 0..n {
        let one = [task(u128::from(seed) + 1, 1, Priority::Normal, 0)];
        for choice in assign(miners, &one, at(100), seed) {
            counts[choice.miner] += 1;
        }
    }
    counts
}

#[test]
fn a_thousand_tasks_over_ten_equal_miners_are_shared_fairly() {
    // E11: one by one, and all at once
    for counts in [shares(&miners(10, 4), 1_000), {
        let tasks: Vec<Task> = (1..=1_000).map(|n| task(n, 1, Priority::Normal, 0)).collect();
        let mut counts = vec![0; 10];
        for choice in assign(&miners(10, 150), &tasks, at(100), 7) {
            counts[choice.miner] += 1;
        }
        counts
    }] {
        assert_eq!(counts.iter().sum::<u64>(), 1_000);
        assert!(counts.iter().all(|c| (50..=200).contains(c)), "{counts:?}");
    }
}

#[test]
fn equal_miners_stay_equal_whatever_noise_is_in_their_times() {
    // E11: the past of each grows by what it is given, with times that differ by half
    let mut all = miners(10, 4);
    let mut counts = vec![0; 10];
    for seed in 0..1_000_u64 {
        let one = [task(u128::from(seed) + 1, 1, Priority::Normal, 0)];
        let chosen = assign(&all, &one, at(100), seed)[0].miner;
        counts[chosen] += 1;
        let took = Duration::from_secs(20 + seed * 7 % 20);
        let outcome = Outcome::Answered { took, allowed: Duration::from_secs(600) };
        all[chosen].record.note(TaskKind::Transcription, outcome, at(100));
    }
    assert!(counts.iter().all(|c| (50..=200).contains(c)), "{counts:?}");
}

#[test]
fn the_best_five_are_preferred_and_one_in_ten_explores() {
    // R42
    let mut all = miners(12, 1);
    for bad in &mut all[5..] {
        for _ in 0..10 {
            bad.record.note(TaskKind::Transcription, Outcome::Dropped, at(100));
        }
    }
    let counts = shares(&all, 4_000);
    let outside: u64 = counts[5..].iter().sum();
    assert!((300..=500).contains(&outside), "{counts:?}");
    assert!(counts.iter().all(|c| *c > 20), "everybody is measured: {counts:?}");
}

#[test]
fn of_two_miners_the_idle_one_is_chosen() {
    let mut all = miners(2, 4);
    all[0].busy = 3;
    let counts = shares(&all, 1_000);
    assert!(counts[1] > 950, "{counts:?}");
}

#[test]
fn of_two_miners_the_one_with_stake_is_preferred_and_stake_alone_buys_no_more() {
    let mut all = miners(2, 4);
    all[0].stake = 1_000_000_000_000;
    let counts = shares(&all, 1_000);
    assert!(counts[0] > 950, "{counts:?}");
    all[1].stake = 50 * all[0].stake;
    let counts = shares(&all, 1_000);
    assert!(counts.iter().all(|c| *c > 400), "beyond a thousand TAO it counts no more: {counts:?}");
    for _ in 0..30 {
        all[1].record.note(TaskKind::Transcription, Outcome::Failed, at(100));
    }
    assert!(shares(&all, 1_000)[0] > 900, "nor does it make up for failing");
}

#[test]
fn nobody_is_left_when_all_who_could_answer_have() {
    let two = miners(2, 1);
    let held = granted(task(1, 3, Priority::Normal, 0), 1, "m0");
    assert!(!nobody_is_left(&two, &held));
    let held = granted(held, 2, "m1");
    assert!(nobody_is_left(&two, &held));
    let mut more = miners(3, 1);
    more[2].busy = 1;
    assert!(!nobody_is_left(&more, &held), "a busy one may take it later");
    more[2].serves = false;
    assert!(nobody_is_left(&more, &held));
}

#[test]
fn urgent_goes_first_and_low_waits_its_turn() {
    // E13
    let tasks =
        [task(1, 1, Priority::Low, 0), task(2, 1, Priority::Urgent, 60), task(3, 1, Priority::Normal, 30)];
    let first = |tasks: &[Task]| tasks[assign(&miners(1, 1), tasks, at(100), 3)[0].task].spec.priority;
    assert_eq!(first(&tasks), Priority::Urgent);
    assert_eq!(
        first(&[tasks[0].clone(), task(4, 1, Priority::Urgent, 16 * 60)]),
        Priority::Low,
        "it waited long"
    );
}

#[test]
fn a_miner_that_failed_waits_until_the_others_were_tried() {
    // R35
    let mut two = miners(2, 1);
    let failed = struck(task(1, 1, Priority::Normal, 0), 1, "m0");
    for seed in 0..50 {
        assert_eq!(
            assign(&two, std::slice::from_ref(&failed), at(100), seed),
            [Choice { task: 0, miner: 1 }]
        );
    }
    two[1].busy = 1;
    assert_eq!(
        assign(&two, std::slice::from_ref(&failed), at(100), 1),
        [],
        "the other one is busy and gets its turn"
    );
    two[1].serves = false;
    assert_eq!(
        assign(&two, std::slice::from_ref(&failed), at(100), 1).len(),
        1,
        "a draining miner is no alternative"
    );
    two[1].serves = true;
    two[1].offers[0].languages = vec![Language::De];
    assert_eq!(
        assign(&two, std::slice::from_ref(&failed), at(100), 1).len(),
        1,
        "nor one that does not cover it"
    );
    let both_failed = struck(failed, 2, "m1");
    assert_eq!(assign(&miners(2, 1), &[both_failed], at(100), 1).len(), 1, "when all were tried, again");
}

#[test]
fn a_struck_task_does_not_hold_up_the_ones_behind_it() {
    let failed = struck(task(1, 1, Priority::Urgent, 0), 1, "m0");
    let mut two = miners(2, 1);
    two[1].busy = 1;
    let tasks = [failed, task(2, 1, Priority::Low, 50)];
    assert_eq!(assign(&two, &tasks, at(100), 1), [Choice { task: 1, miner: 0 }]);
}

#[test]
fn the_same_snapshot_and_seed_choose_the_same() {
    let tasks: Vec<Task> = (1..=40).map(|n| task(n, 2, Priority::Normal, 0)).collect();
    let once = assign(&miners(9, 5), &tasks, at(100), 11);
    assert_eq!(once, assign(&miners(9, 5), &tasks, at(100), 11));
    assert_ne!(once, assign(&miners(9, 5), &tasks, at(100), 12));
}

prop_compose! {
    fn any_miner()(name in 0usize..8, capacity in 0u32..4, busy in 0u32..4, serves in any::<bool>(), english in any::<bool>())
        -> Candidate
    {
        let mut m = miner(&format!("m{name}"), capacity);
        (m.busy, m.serves) = (busy, serves);
        if !english {
            m.offers[0].languages = vec![Language::Ja];
        }
        m
    }
}

prop_compose! {
    fn any_task()(n in 1u128..1_000_000, wanted in 1u8..5, submitted in 0i64..90, past in prop::collection::vec((0usize..8, any::<bool>()), 0..3))
        -> Task
    {
        let mut t = task(n, wanted, Priority::Normal, submitted);
        for (i, (who, fails)) in past.into_iter().enumerate() {
            let (lease, who) = (n * 10 + i as u128, format!("m{who}"));
            if t.open_grants() > 0 && !t.live().any(|l| l.miner.as_str() == who) {
                t = if fails { struck(t, lease, &who) } else { granted(t, lease, &who) };
            }
        }
        t
    }
}

proptest! {
    #[test]
    fn no_choice_breaks_a_rule(
        mut all in prop::collection::vec(any_miner(), 0..8),
        tasks in prop::collection::vec(any_task(), 0..12),
        seed in any::<u64>(),
    ) {
        all.sort_by(|a, b| a.miner.cmp(&b.miner));
        all.dedup_by(|a, b| a.miner == b.miner);
        let choices = assign(&all, &tasks, at(100), seed);
        for (i, m) in all.iter().enumerate() {
            let given = choices.iter().filter(|c| c.miner == i).count();
            prop_assert!(given <= m.room() as usize);
        }
        for (i, t) in tasks.iter().enumerate() {
            let to: Vec<_> = choices.iter().filter(|c| c.task == i).map(|c| c.miner).collect();
            prop_assert!(to.len() <= usize::from(t.open_grants()));
            let mut after = t.clone();
            for (n, m) in to.iter().enumerate() {
                prop_assert!(all[*m].covers(t));
                // the domain takes every grant that is chosen
                after = granted(after, 1 << 100 | n as u128, all[*m].miner.as_str());
                if t.was_given_to(&all[*m].miner) {
                    let untried = |c: &Candidate| c.serves && c.covers(t) && !t.was_given_to(&c.miner);
                    prop_assert!(!all.iter().any(untried), "another miner has not been tried");
                }
            }
            prop_assert!(after.fence() >= Fence(0));
            // a task waits only when nobody free may take it
            if to.len() < usize::from(t.open_grants()) {
                let left = |m: usize| all[m].room() as usize > choices.iter().filter(|c| c.miner == m).count();
                let takes = |m: &usize| left(*m) && !to.contains(m) && able(&all, t).contains(m);
                prop_assert!(!(0..all.len()).any(|m| takes(&m)));
            }
        }
    }
}
