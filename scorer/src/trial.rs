//! How often the truth is chosen when some of the miners are bad.

use domain::{Language, TaskKind};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::{
    material::Material,
    metric::{Said, agreement},
};

/// Trials in which fewer than half are bad, and for each point of the curve beyond.
const TRIALS: u32 = 10_000;
const BEYOND: u32 = 300;
const MOST: usize = 9;

/// An answer, and whether an honest miner gave it.
type Given = (String, bool);

fn garbled(truth: &str, percent: u32, chance: &mut StdRng) -> String {
    let mut word = |w: &str| match chance.random_range(0..100) < percent {
        true => format!("{w}x"),
        false => w.to_owned(),
    };
    truth.split(' ').map(&mut word).collect::<Vec<_>>().join(" ")
}

/// `n` miners, `bad` of them bad in one of the ways there are; those that answer, in the order in which they do.
fn answers(n: usize, bad: usize, material: &Material, chance: &mut StdRng) -> Vec<Given> {
    let text = |chance: &mut StdRng| material.text(&[chance.random(), chance.random()], Language::En);
    let truth = text(chance);
    // the bad ones may have agreed on a text beforehand
    let same = text(chance);
    let mut given: Vec<Given> = (bad..n).map(|_| (garbled(&truth, 5, chance), true)).collect();
    let conspiracy = chance.random_bool(0.5);
    for _ in 0..bad {
        match chance.random_range(0..4) {
            _ if conspiracy => given.push((same.clone(), false)),
            0 => given.push((text(chance), false)),
            1 => given.push((truth.split(' ').take(6).collect::<Vec<_>>().join(" "), false)),
            2 => given.push((String::new(), false)),
            // silent
            _ => {}
        }
    }
    given.shuffle(chance);
    given
}

/// Share of `trials` in which an honest answer was chosen.
fn chosen(n: usize, bad: usize, trials: u32, chance: &mut StdRng) -> (u32, u32) {
    let (material, mut honest) = (Material::builtin(), 0);
    for _ in 0..trials {
        let given = answers(n, bad, &material, chance);
        let said: Vec<_> = given.iter().map(|(text, _)| Said::Text(text)).collect();
        let agreed = agreement(TaskKind::Transcription, Language::En, &said);
        honest += u32::from(agreed.is_some_and(|a| given[a.chosen].1));
    }
    (honest, trials)
}

#[test]
fn the_truth_is_chosen_while_fewer_than_half_of_the_miners_are_bad() {
    // P6
    let mut chance = StdRng::seed_from_u64(6);
    let points: Vec<_> = (1..=MOST).flat_map(|n| (1..n.div_ceil(2)).map(move |bad| (n, bad))).collect();
    let each = TRIALS.div_ceil(points.len() as u32);
    let sums = points.iter().map(|(n, bad)| chosen(*n, *bad, each, &mut chance));
    let (honest, trials) = sums.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    println!("seed 6: truth chosen in {honest} of {trials} trials with fewer than half bad");
    assert!(trials >= TRIALS && f64::from(honest) >= 0.999 * f64::from(trials), "{honest} of {trials}");

    println!("\n| bad of {MOST} | truth chosen |\n| --- | --- |");
    let mut last = 1.0;
    for bad in MOST.div_ceil(2) - 1..=MOST {
        let (honest, trials) = chosen(MOST, bad, BEYOND, &mut chance);
        let share = f64::from(honest) / f64::from(trials);
        println!("| {bad} | {:.1} % |", share * 100.0);
        assert!(share <= last + 0.1, "it does not get better with more of them");
        last = share;
    }
    assert!(last == 0.0, "nobody is honest");
}
