//! What lasts of the work of miners.

use domain::{MinerRecord, Tally, Timestamp};

use super::{BadField, kind, kind_to_pb, parse, score};
use crate::pb;

/// From the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn record(r: &pb::MinerRecord) -> Result<MinerRecord, BadField> {
    let hotkey = match r.hotkey.as_slice() {
        [] => None,
        key => Some(key.try_into().map_err(|_| BadField::new("hotkey", "must be of 32 bytes"))?),
    };
    let tally = Tally {
        answered: r.answered,
        failed: r.failed,
        dropped: r.dropped,
        late: r.late,
        success: score("success", r.success)?,
        pace: r.pace.map(|s| score("pace", s)).transpose()?,
        agreement: r.agreement.map(|s| score("agreement", s)).transpose()?,
        last_seen: Timestamp::from_micros(r.last_seen),
    };
    Ok(MinerRecord { miner: parse("miner", &r.miner)?, kind: kind(r.kind)?, hotkey, tally })
}

/// To the wire.
#[must_use]
pub fn record_to_pb(r: &MinerRecord) -> pb::MinerRecord {
    let Tally { answered, failed, dropped, late, success, pace, agreement, last_seen } = r.tally;
    pb::MinerRecord {
        miner: r.miner.to_string(),
        kind: kind_to_pb(r.kind),
        hotkey: r.hotkey.map(|key| key.to_vec()).unwrap_or_default(),
        answered,
        failed,
        dropped,
        late,
        success: success.billionths(),
        pace: pace.map(domain::Score::billionths),
        agreement: agreement.map(domain::Score::billionths),
        last_seen: last_seen.micros(),
    }
}

#[cfg(test)]
mod tests {
    use domain::{Score, TaskKind};

    use super::*;

    #[test]
    fn a_record_survives_the_wire_and_a_key_of_another_length_does_not() {
        let full = Tally {
            answered: u64::MAX,
            failed: 1,
            dropped: 2,
            late: 3,
            success: Score::percent(7),
            pace: Some(Score::ZERO),
            agreement: Some(Score::ONE),
            last_seen: Timestamp::from_micros(9),
        };
        let miner: domain::MinerId = "m".parse().unwrap();
        for (hotkey, tally) in [(None, Tally::default()), (Some([7; 32]), full)] {
            let one = MinerRecord { miner: miner.clone(), kind: TaskKind::Tts, hotkey, tally };
            assert_eq!(record(&record_to_pb(&one)), Ok(one.clone()));
            let mut bad = record_to_pb(&one);
            bad.hotkey = vec![1; 31];
            assert_eq!(record(&bad).unwrap_err().field, "hotkey");
        }
    }
}
