//! From the records of a round to its outcome.

use std::{collections::BTreeMap, time::Duration};

use domain::{MinerId, Score, TaskKind, ValidatorId};

use super::{Answer, Asked, BadRecord, Came, Outcome, Records, Result, Scored, VERSION};
use crate::{
    accuracy::{Basis, Grade},
    consensus::{Ballot, Verdict, median, trust, verdict},
    copies::{self, Said},
    reward::{self, Rule},
    weights::weights,
};

/// How many answers to one task earn; those further down are worth nothing.
const EARNING: usize = 10;

/// Closes a round: consensus on each answer, rewards, standings, trust, weights.
///
/// # Errors
/// When the records contradict themselves.
pub fn close(records: &Records) -> std::result::Result<Outcome, BadRecord> {
    records.check()?;
    let stakes: BTreeMap<&MinerId, u64> = records.neurons.iter().map(|n| (&n.miner, n.stake)).collect();
    let mut standings = records.standings.clone();
    standings.register(&records.neurons);
    let (mut results, mut rewards, mut tasks) = (Vec::new(), Vec::new(), BTreeMap::<TaskKind, u64>::new());
    let mut found: BTreeMap<&ValidatorId, Vec<(Score, Score)>> = BTreeMap::new();
    for asked in &records.tasks {
        let (approved, answers) = score(records, asked, &stakes);
        if approved {
            *tasks.entry(asked.kind).or_default() += 1;
            rewards.extend(answers.iter().map(|a| (a.miner.clone(), asked.kind, a.reward)));
            for (answer, scored) in asked.answers.iter().zip(&answers) {
                for vote in ballot(answer).map(Ballot::votes).unwrap_or_default() {
                    found.entry(&vote.validator).or_default().push((vote.grade.accuracy, scored.accuracy));
                }
            }
        }
        results.push(Result { task: asked.task, approved, answers });
    }
    standings.add(&rewards, &tasks);
    let mut trusted = records.trust.clone();
    for (validator, found) in found {
        let now = trust(trusted.get(validator).copied(), &found);
        trusted.insert(validator.clone(), now);
    }
    let weights = weights(&standings.ranking());
    Ok(Outcome { version: VERSION, round: records.round, results, standings, trust: trusted, weights })
}

const fn ballot(answer: &Answer) -> Option<&Ballot> {
    match &answer.came {
        Came::InTime { votes, .. } => Some(votes),
        Came::Late | Came::Invalid | Came::Nothing => None,
    }
}

/// Whether there is agreement on every answer, and what each is worth.
fn score(records: &Records, asked: &Asked, stakes: &BTreeMap<&MinerId, u64>) -> (bool, Vec<Scored>) {
    // the check of the profile says that every kind has a rule
    let Some(rule) = records.profile.rules.get(&asked.kind) else {
        return (false, Vec::new());
    };
    let largest = asked.answers.iter().filter_map(|a| stakes.get(&a.miner)).max().copied().unwrap_or(0);
    let stake = |miner: &MinerId| reward::stake(stakes.get(miner).copied().unwrap_or(0), largest);
    let validators = usize::try_from(records.validators).unwrap_or(usize::MAX);
    let mut approved = true;
    let mut scored: Vec<Scored> = Vec::new();
    for answer in &asked.answers {
        let mut one = nothing(&answer.miner);
        if let Came::InTime { took_ms, votes, .. } = &answer.came {
            match verdict(votes, validators) {
                Verdict::Open(_) => approved = false,
                Verdict::Agreed(agreed) => {
                    (one.accuracy, one.interval) = (agreed.median, agreed.interval);
                    weigh(&mut one, rule, asked.units, *took_ms, stake(&answer.miner), votes);
                }
            }
        }
        scored.push(one);
    }
    share(records, asked, &mut scored);
    cut(&mut scored);
    (approved, scored)
}

fn nothing(miner: &MinerId) -> Scored {
    Scored {
        miner: miner.clone(),
        accuracy: Score::ZERO,
        interval: (Score::ZERO, Score::ZERO),
        completeness: Score::ZERO,
        speed: Score::ZERO,
        stake: Score::ZERO,
        reward: Score::ZERO,
        copied: false,
        fault: None,
        basis: None,
    }
}

fn weigh(one: &mut Scored, rule: &Rule, units: u32, took_ms: u64, stake: Score, votes: &Ballot) {
    let votes = votes.votes();
    let completeness: Vec<_> = votes.iter().map(|v| (v.stake, v.grade.completeness)).collect();
    one.completeness = median(&completeness);
    one.speed = reward::speed(Duration::from_millis(took_ms), rule.pace.tau(units));
    one.stake = stake;
    one.fault = votes.iter().find_map(|v| v.grade.fault);
    let held =
        |basis: Basis| votes.iter().filter(|v| v.basis == basis).map(|v| u128::from(v.stake)).sum::<u128>();
    one.basis = Basis::ALL.iter().copied().rev().max_by_key(|b| held(*b));
    let grade = Grade { accuracy: one.accuracy, completeness: one.completeness, fault: None };
    one.reward = reward::reward(rule, grade, one.speed, one.stake);
}

/// Copies of one wrong answer earn once.
fn share(records: &Records, asked: &Asked, scored: &mut [Scored]) {
    let said = |(i, answer): (usize, &Answer)| match &answer.came {
        Came::InTime { took_ms, fingerprint, .. } => {
            let took = Duration::from_millis(*took_ms);
            Some((i, Said { fingerprint: *fingerprint, accuracy: scored[i].accuracy, took }))
        }
        Came::Late | Came::Invalid | Came::Nothing => None,
    };
    let (places, answers): (Vec<_>, Vec<_>) = asked.answers.iter().enumerate().filter_map(said).unzip();
    for (place, share) in places.into_iter().zip(copies::shares(&answers, records.profile.right)) {
        let one = &mut scored[place];
        one.copied = share != Some(1);
        one.reward = match share {
            None => Score::ZERO,
            Some(together) => {
                Score::ratio(one.reward.billionths().into(), u128::from(together) * 1_000_000_000)
            }
        };
    }
}

/// Only the best answers to a task earn.
fn cut(scored: &mut [Scored]) {
    let mut rewards: Vec<Score> = scored.iter().map(|s| s.reward).collect();
    rewards.sort_unstable_by(|a, b| b.cmp(a));
    let Some(least) = rewards.get(EARNING - 1).copied() else {
        return;
    };
    let mut room = EARNING;
    for one in scored {
        if one.reward < least || room == 0 {
            one.reward = Score::ZERO;
        } else {
            room -= 1;
        }
    }
}
