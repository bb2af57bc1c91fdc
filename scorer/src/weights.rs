//! From standings to weights: the best five share.

use domain::{MinerId, Score};

/// How many miners earn.
pub const EARNING: usize = 5;

/// The weight of each miner that earns, in the order of `ranking` (best first): its standing over the sum of the five. The
/// weights add up to exactly one; who stands at nothing earns nothing, and where all do nobody does.
#[must_use]
pub fn weights(ranking: &[(MinerId, Score)]) -> Vec<(MinerId, Score)> {
    let best: Vec<_> = ranking.iter().filter(|(_, s)| *s > Score::ZERO).take(EARNING).collect();
    let sum: u64 = best.iter().map(|(_, s)| u64::from(s.billionths())).sum();
    let one = u64::from(Score::ONE.billionths());
    let mut parts: Vec<u64> = best.iter().map(|(_, s)| u64::from(s.billionths()) * one / sum).collect();
    // what rounding left over goes to the best, a billionth each, so that a better one never gets less
    let left = if best.is_empty() { 0 } else { one - parts.iter().sum::<u64>() };
    parts.iter_mut().take(usize::try_from(left).unwrap_or(0)).for_each(|p| *p += 1);
    let score = |part: u64| u32::try_from(part).ok().and_then(Score::from_billionths).unwrap_or(Score::ZERO);
    best.into_iter().zip(parts).map(|((miner, _), part)| (miner.clone(), score(part))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::TaskKind;
    use proptest::prelude::*;

    use super::*;
    use crate::standing::{Neuron, Standings};

    fn ranked(scores: &[u32]) -> Vec<(MinerId, Score)> {
        let neurons: Vec<_> = (0..scores.len())
            .map(|i| Neuron {
                uid: i as u16,
                miner: format!("m{i}").parse().unwrap(),
                registered_at: 1,
                stake: 0,
            })
            .collect();
        let mut standings = Standings::default();
        standings.register(&neurons);
        let reward = |(i, s): (usize, &u32)| {
            (neurons[i].miner.clone(), TaskKind::Tts, Score::from_billionths(*s).unwrap())
        };
        let rewards: Vec<_> = scores.iter().enumerate().map(reward).collect();
        standings.add(&rewards, &BTreeMap::from([(TaskKind::Tts, 1)]));
        standings.ranking()
    }

    fn by_name(weights: Vec<(MinerId, Score)>) -> BTreeMap<String, Score> {
        weights.into_iter().map(|(m, w)| (m.to_string(), w)).collect()
    }

    #[test]
    fn the_best_five_share_by_standing() {
        let ranking: Vec<_> = [("a", 50), ("b", 20), ("c", 15), ("d", 10), ("e", 5), ("f", 4), ("g", 0)]
            .map(|(m, p)| (m.parse().unwrap(), Score::percent(p)))
            .into();
        let weights = weights(&ranking);
        let percents: Vec<u32> = weights.iter().map(|(_, w)| w.billionths() / 10_000_000).collect();
        assert_eq!(percents, [50, 20, 15, 10, 5]);
        assert_eq!(super::weights(&ranking[6..]), [], "nobody earned");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn weights_add_up_to_one_and_a_better_miner_never_weighs_less(
            scores in proptest::collection::vec(0..1_000_000_000_u32, 1..20), raise in 1..500_000_000_u32, who in any::<prop::sample::Index>(),
        ) {
            // P4: sum, order, monotone in quality
            let found = weights(&ranked(&scores));
            let sum: u64 = found.iter().map(|(_, w)| u64::from(w.billionths())).sum();
            // an average of a tenth of a reward of a few billionths may round to nothing
            prop_assert!(sum == 1_000_000_000 || scores.iter().all(|s| *s < 10), "{sum}");
            prop_assert!(found.is_sorted_by(|a, b| a.1 >= b.1) && found.len() <= EARNING);

            let who = who.index(scores.len());
            let mut better = scores.clone();
            better[who] = (scores[who] + raise).min(1_000_000_000);
            let name = format!("m{who}");
            let of = |scores: &[u32]| by_name(weights(&ranked(scores))).get(&name).copied().unwrap_or(Score::ZERO);
            // one billionth for the rounding of the sum
            prop_assert!(of(&better).billionths() + 1 >= of(&scores).billionths());
        }
    }
}
