//! Three validators and eight miners of known character. Texts are real, graded by the real metrics, closed by the real
//! rounds; only the time is made up.

use std::collections::BTreeMap;

use domain::{Language, MinerId, Score, TaskId, TaskKind};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{Answer, Asked, Came, Outcome, Records, VERSION, close};
use crate::{
    accuracy::{Basis, Grade, transcription},
    consensus::{Ballot, Vote},
    copies::fingerprint,
    material::Material,
    metric::{Spoken, Unit},
    reward::Profile,
    standing::{Neuron, Standings},
};

const ROUNDS: u64 = 60;
const TASKS: u64 = 4;
/// The newcomer takes a place at this round.
const ARRIVES: u64 = 30;
/// What a person would say, best first.
const EXPECTED: [&str; 8] =
    ["honest-fast", "newcomer", "honest-slow", "lazy", "poisoner", "copier", "random", "silent"];
/// Stakes that are no merit: the worst are the richest.
const STAKES: [u64; 8] = [100, 100, 100, 200, 300, 300, 400, 400];

/// The truth with about `errors` of a hundred words misheard.
fn misheard(truth: &str, errors: u32, chance: &mut StdRng) -> String {
    let word = |w: &str, chance: &mut StdRng| match chance.random_range(0..100) < errors {
        true => format!("{w}s"),
        false => w.to_owned(),
    };
    truth.split(' ').map(|w| word(w, chance)).collect::<Vec<_>>().join(" ")
}

/// What a miner says and the time it takes, in hundredths of the time in which speed falls to 1/e.
fn says(miner: &str, truth: &str, others: &Material, chance: &mut StdRng) -> Option<(String, u64)> {
    let noise = |chance: &mut StdRng| others.text(&[chance.random(), chance.random()], Language::En);
    match miner {
        "honest-fast" | "newcomer" => Some((misheard(truth, 4, chance), 20 + chance.random_range(0..10))),
        "honest-slow" => Some((misheard(truth, 4, chance), 90 + chance.random_range(0..20))),
        "lazy" => {
            let words: Vec<_> = truth.split(' ').collect();
            Some((words[..words.len() / 2].join(" "), 5))
        }
        // good work twice in five, lies of the right length otherwise
        "poisoner" => match chance.random_range(0..5) {
            0 | 1 => Some((misheard(truth, 4, chance), 25)),
            _ => Some((noise(chance), 25)),
        },
        "random" => {
            let letter = |_| char::from(chance.random_range(b'a'..=b'z'));
            let letters: String = (0..truth.len()).map(letter).collect();
            Some((letters.replace(['e', 'q'], " "), 2))
        }
        _ => None,
    }
}

struct World {
    chance: StdRng,
    material: Material,
    standings: Standings,
    trust: BTreeMap<domain::ValidatorId, Score>,
}

impl World {
    fn neurons(round: u64) -> Vec<Neuron> {
        let neuron = |(i, name): (usize, &&str)| {
            let registered_at = if *name == "newcomer" { 1_000 + ARRIVES } else { 1 };
            Neuron { uid: i as u16, miner: name.parse().unwrap(), registered_at, stake: STAKES[i] }
        };
        let all = EXPECTED.iter().enumerate().map(neuron);
        all.filter(|n| round >= ARRIVES || n.miner.as_str() != "newcomer").collect()
    }

    /// Two validators measure, each with ears of its own; the third praises one miner and runs all others down.
    fn votes(&mut self, miner: &MinerId, truth: Grade) -> Ballot {
        let mut votes = Ballot::default();
        for (name, stake) in [("first", 400_u64), ("second", 250), ("corrupt", 349)] {
            let accuracy = match (name, miner.as_str()) {
                ("corrupt", "random") => Score::ONE,
                ("corrupt", _) => Score::ZERO,
                _ => {
                    let error = self.chance.random_range(-0.01..0.01);
                    Score::nearest(truth.accuracy.share() + error).unwrap()
                }
            };
            let grade = Grade { accuracy, ..truth };
            let vote = Vote { validator: name.parse().unwrap(), stake, grade, basis: Basis::Truth };
            votes.cast(vote, miner).unwrap();
        }
        votes
    }

    fn task(&mut self, number: u64, neurons: &[Neuron]) -> Asked {
        let truth = self.material.text(&[number * 37, number * 101 + 5, number * 211 + 9], Language::En);
        let (spoken, kind, units) = (Spoken::new(&truth, Unit::Word), TaskKind::Transcription, 20);
        let tau = Profile::standard().rules[&kind].pace.tau(units).as_millis() as u64;
        let mut said: BTreeMap<&str, (String, u64)> = BTreeMap::new();
        for neuron in neurons {
            let name = neuron.miner.as_str();
            said.extend(says(name, &truth, &self.material, &mut self.chance).map(|s| (name, s)));
        }
        // the copier waits for the slow honest miner and hands in the same
        let (text, hundredths) = said["honest-slow"].clone();
        said.insert("copier", (text, hundredths + 5));
        let answers = neurons.iter().map(|neuron| {
            let came = match said.get(neuron.miner.as_str()) {
                None => Came::Nothing,
                Some((text, hundredths)) => {
                    let votes = self.votes(&neuron.miner, transcription(&spoken, text));
                    Came::InTime { took_ms: hundredths * tau / 100, fingerprint: fingerprint(text), votes }
                }
            };
            Answer { miner: neuron.miner.clone(), came }
        });
        let answers = answers.collect();
        Asked { task: TaskId::from_random(u128::from(number) + 1), kind, units, answers }
    }

    fn round(&mut self, round: u64) -> Outcome {
        let neurons = Self::neurons(round);
        let tasks = (0..TASKS).map(|i| self.task(round * TASKS + i, &neurons)).collect();
        let (standings, trust) = (self.standings.clone(), self.trust.clone());
        let profile = Profile::standard();
        let records =
            Records { version: VERSION, round, profile, neurons, validators: 3, standings, trust, tasks };
        let outcome = close(&records).unwrap();
        (self.standings, self.trust) = (outcome.standings.clone(), outcome.trust.clone());
        outcome
    }
}

#[test]
fn three_validators_rank_eight_miners_as_a_person_would() {
    let mut world = World {
        chance: StdRng::seed_from_u64(8),
        material: Material::builtin(),
        standings: Standings::default(),
        trust: BTreeMap::new(),
    };
    let outcomes: Vec<_> = (0..ROUNDS).map(|round| world.round(round)).collect();
    let last = outcomes.last().unwrap();
    let ranking = last.standings.ranking();
    let weight =
        |o: &Outcome, m: &MinerId| o.weights.iter().find(|(w, _)| w == m).map_or(Score::ZERO, |(_, s)| *s);
    println!("{ROUNDS} rounds of {TASKS} tasks; the newcomer arrives in round {ARRIVES}\n");
    println!("| rank | miner | stake | mean accuracy | mean reward | standing | weight |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (rank, (miner, standing)) in ranking.iter().enumerate() {
        let of = outcomes.iter().flat_map(|o| o.results.iter().flat_map(|r| &r.answers));
        let of: Vec<_> = of.filter(|a| a.miner == *miner).collect();
        let mean = |pick: fn(&super::Scored) -> Score| Score::mean(of.iter().map(|a| (1, pick(a))));
        let stake = STAKES[EXPECTED.iter().position(|e| *e == miner.as_str()).unwrap()];
        let (accuracy, reward) = (mean(|a| a.accuracy), mean(|a| a.reward));
        let weight = weight(last, miner);
        println!("| {} | {miner} | {stake} | {accuracy} | {reward} | {standing} | {weight} |", rank + 1);
    }
    println!(
        "\ntrust: {}",
        last.trust.iter().map(|(v, t)| format!("{v} {t}")).collect::<Vec<_>>().join(", ")
    );

    // the newcomer does the same work as the fast one: which of them is ahead by a hair is chance
    let order: Vec<_> = ranking.iter().map(|(m, _)| m.as_str()).collect();
    let mut first = order[..2].to_vec();
    first.sort_unstable();
    assert_eq!(first, ["honest-fast", "newcomer"]);
    assert_eq!(order[2..], EXPECTED[2..]);
    let weight_of = |name: &str| weight(last, &name.parse().unwrap());
    assert!(weight_of("honest-slow") > weight_of("lazy") && weight_of("lazy") > Score::ZERO);
    assert_eq!([weight_of("copier"), weight_of("random"), weight_of("silent")], [Score::ZERO; 3]);
    let trust = |name: &str| last.trust[&name.parse().unwrap()];
    assert!(trust("first") > Score::percent(95) && trust("corrupt") < Score::percent(20));
    // a newcomer is measured and earns within ten rounds of its arrival
    let early = &outcomes[(ARRIVES + 9) as usize];
    assert!(weight(early, &"newcomer".parse().unwrap()) > Score::percent(20));
    assert_eq!(weight(&outcomes[ARRIVES as usize - 1], &"newcomer".parse().unwrap()), Score::ZERO);
}
