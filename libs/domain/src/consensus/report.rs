//! What validators say of miners, merged: each field by a rule of its own, each validator once.

use std::time::Duration;

use super::{median, quorum};
use crate::{MinerId, Score, Timestamp, ValidatorId};

/// A report counts this long.
const LIFE: Duration = Duration::from_secs(24 * 3_600);

/// What a validator says of one miner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinerStatus {
    /// The miner's place on the subnet.
    pub uid: u16,
    /// Its hotkey.
    pub hotkey: MinerId,
    /// Whether it takes work.
    pub serving: bool,
    /// How busy it is.
    pub load: Option<Score>,
    /// How well it works.
    pub performance: Option<Score>,
}

/// The same with who said it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub validator: ValidatorId,
    /// Its stake as the chain had it then.
    pub stake: u64,
    /// Its epoch, as it counts them.
    pub epoch: u64,
    /// When it came.
    pub at: Timestamp,
    /// What it says.
    pub status: MinerStatus,
}

/// What all of them say of one miner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// By majority of stake: the hotkey, and for it alone the rest. Loads and performances are stake-weighted medians of
    /// those who tell them; the miner takes work when more than half of the stake says so.
    pub status: MinerStatus,
    /// How many distinct validators say something of this hotkey.
    pub validators: u32,
    /// The share of their stake that agrees on whether it takes work, times the share of the needed validators that spoke.
    pub confidence: Score,
    /// It takes work, by the word of as many validators as are needed.
    pub eligible: bool,
    /// The latest epoch of a report.
    pub epoch: u64,
    /// When the newest report came.
    pub at: Timestamp,
}

/// What `told` comes to at `now`, where `validators` have stake on the subnet; `None` when nothing of it counts. Of several
/// reports by one validator the newest counts.
#[must_use]
pub fn merge(told: &[Told], validators: u32, now: Timestamp) -> Option<Merged> {
    let fresh = |t: &&Told| t.stake > 0 && now.since(t.at) < LIFE;
    let newest =
        |t: &&Told| !told.iter().any(|o| o.validator == t.validator && (o.at, o.epoch) > (t.at, t.epoch));
    let mut told: Vec<&Told> = told.iter().filter(fresh).filter(newest).collect();
    told.sort_by(|a, b| a.validator.cmp(&b.validator));
    told.dedup_by(|a, b| a.validator == b.validator);
    let hotkey = heaviest(&told)?.clone();
    told.retain(|t| t.status.hotkey == hotkey);
    let stake = |say: &dyn Fn(&Told) -> bool| -> u128 {
        told.iter().filter(|t| say(t)).map(|t| u128::from(t.stake)).sum()
    };
    let (all, up) = (stake(&|_| true), stake(&|t| t.status.serving));
    let serving = 2 * up > all;
    let middle = |field: fn(&MinerStatus) -> Option<Score>| {
        let said: Vec<_> = told.iter().filter_map(|t| Some((t.stake, field(&t.status)?))).collect();
        (!said.is_empty()).then(|| median(&said))
    };
    let needed = quorum(validators as usize);
    let spoke = Score::ratio(told.len() as u128, needed as u128);
    Some(Merged {
        status: MinerStatus {
            uid: told.first()?.status.uid,
            hotkey,
            serving,
            load: middle(|s| s.load),
            performance: middle(|s| s.performance),
        },
        validators: u32::try_from(told.len()).unwrap_or(u32::MAX),
        confidence: Score::ratio(if serving { up } else { all - up }, all).of(spoke),
        eligible: serving && told.len() >= needed,
        epoch: told.iter().map(|t| t.epoch).max()?,
        at: told.iter().map(|t| t.at).max()?,
    })
}

/// The hotkey with the most stake behind it; of equals the first by name.
fn heaviest<'a>(told: &[&'a Told]) -> Option<&'a MinerId> {
    let weight = |hotkey: &MinerId| -> u128 {
        told.iter().filter(|t| t.status.hotkey == *hotkey).map(|t| u128::from(t.stake)).sum()
    };
    let hotkeys = told.iter().map(|t| &t.status.hotkey);
    hotkeys.max_by(|a, b| weight(a).cmp(&weight(b)).then_with(|| b.cmp(a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn told(validator: &str, stake: u64, serving: bool, load: u32, performance: Option<u32>) -> Told {
        let status = MinerStatus {
            uid: 7,
            hotkey: "miner".parse().unwrap(),
            serving,
            load: Some(Score::percent(load)),
            performance: performance.map(Score::percent),
        };
        Told { validator: validator.parse().unwrap(), stake, epoch: 3, at: at(10), status }
    }

    #[test]
    fn two_reports_of_one_validator_count_as_one_and_the_newest_counts() {
        // E9
        let mut again = told("a", 5, true, 90, None);
        again.at = at(11);
        let merged = merge(&[told("a", 5, false, 10, None), again.clone()], 2, at(12)).unwrap();
        assert_eq!((merged.validators, merged.eligible), (1, false));
        assert_eq!((merged.status.load, merged.at), (Some(Score::percent(90)), at(11)));
        assert_eq!(merged.confidence, Score::percent(50), "one of the two that are needed");
        let merged = merge(&[again.clone(), again], 1, at(12)).unwrap();
        assert_eq!((merged.validators, merged.eligible), (1, true), "there is one on this subnet");
    }

    #[test]
    fn each_field_is_merged_by_its_own_rule() {
        // E10
        let said = [
            told("a", 5, true, 10, Some(80)),
            told("b", 3, true, 30, None),
            told("c", 2, false, 99, Some(20)),
        ];
        let merged = merge(&said, 3, at(12)).unwrap();
        assert!(merged.status.serving && merged.eligible);
        assert_eq!(merged.status.load, Some(Score::percent(30)), "half of the stake says 30 or more");
        assert_eq!(merged.status.performance, Some(Score::percent(80)), "of those who told it");
        assert_eq!((merged.status.uid, merged.validators), (7, 3));
        assert_eq!(merged.confidence, Score::percent(80), "eight of ten parts of the stake");
    }

    #[test]
    fn what_is_old_without_stake_or_of_another_hotkey_does_not_count() {
        let mut other = told("b", 3, true, 0, None);
        other.status.hotkey = "former".parse().unwrap();
        let said = [told("a", 5, true, 10, None), other, told("c", 0, true, 0, None)];
        let merged = merge(&said, 3, at(12)).unwrap();
        assert_eq!((merged.validators, merged.status.hotkey.as_str()), (1, "miner"));
        assert_eq!(merge(&said, 3, at(10) + LIFE), None);
        assert_eq!(merge(&[], 3, at(1)), None);
    }
}
