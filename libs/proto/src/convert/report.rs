//! What is known of miners: scores, and what validators say.

use domain::{
    Score, Timestamp,
    consensus::{Merged, MinerStatus, Told},
};

use super::{
    BadField,
    evaluation::{some_score, text},
    kind, kind_to_pb, optional, parse, required, score, uid,
};
use crate::client::{MinerScore, MinersReport, Tally};
use crate::pb;

fn status(s: &pb::MinerStatus) -> Result<MinerStatus, BadField> {
    Ok(MinerStatus {
        uid: uid("status.uid", s.uid)?,
        hotkey: parse("status.hotkey", &s.hotkey)?,
        serving: s.serving,
        load: some_score("status.load", s.load)?,
        performance: some_score("status.performance", s.performance)?,
    })
}

fn status_to_pb(s: &MinerStatus) -> pb::MinerStatus {
    pb::MinerStatus {
        uid: s.uid.into(),
        hotkey: s.hotkey.to_string(),
        serving: s.serving,
        load: s.load.map(Score::billionths),
        performance: s.performance.map(Score::billionths),
    }
}

/// What one validator says, from the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn told(t: &pb::Told) -> Result<Told, BadField> {
    Ok(Told {
        validator: parse("told.validator", &t.validator)?,
        stake: t.stake,
        epoch: t.epoch,
        at: Timestamp::from_micros(t.at),
        status: status(required("told.status", t.status.as_ref())?)?,
    })
}

/// What one validator says, to the wire.
#[must_use]
pub fn told_to_pb(t: &Told) -> pb::Told {
    pb::Told {
        validator: t.validator.to_string(),
        stake: t.stake,
        epoch: t.epoch,
        at: t.at.micros(),
        status: Some(status_to_pb(&t.status)),
    }
}

/// What all validators say, from the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn merged(m: &pb::MergedStatus) -> Result<Merged, BadField> {
    Ok(Merged {
        status: status(required("merged.status", m.status.as_ref())?)?,
        validators: m.validators,
        confidence: score("merged.confidence", m.confidence)?,
        eligible: m.eligible,
        epoch: m.epoch,
        at: Timestamp::from_micros(m.at),
    })
}

/// What all validators say, to the wire.
#[must_use]
pub fn merged_to_pb(m: &Merged) -> pb::MergedStatus {
    pb::MergedStatus {
        status: Some(status_to_pb(&m.status)),
        validators: m.validators,
        confidence: m.confidence.billionths(),
        eligible: m.eligible,
        epoch: m.epoch,
        at: m.at.micros(),
    }
}

/// A report from the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn miners_report(r: &pb::ReportMinersRequest) -> Result<MinersReport, BadField> {
    if r.statuses.len() > MinersReport::MOST {
        return Err(BadField::new("statuses", format!("are more than {}", MinersReport::MOST)));
    }
    let statuses = r.statuses.iter().map(status).collect::<Result<Vec<_>, _>>()?;
    let mut uids: Vec<u16> = statuses.iter().map(|s| s.uid).collect();
    uids.sort_unstable();
    if uids.windows(2).any(|w| w[0] == w[1]) {
        return Err(BadField::new("statuses", "name a uid twice"));
    }
    Ok(MinersReport {
        validator: parse("validator", &r.validator)?,
        stake: r.stake,
        epoch: r.epoch,
        at: Timestamp::from_micros(r.at),
        validators: r.validators,
        statuses,
    })
}

/// A report to the wire.
#[must_use]
pub fn miners_report_to_pb(r: &MinersReport) -> pb::ReportMinersRequest {
    pb::ReportMinersRequest {
        validator: r.validator.to_string(),
        stake: r.stake,
        epoch: r.epoch,
        at: r.at.micros(),
        validators: r.validators,
        statuses: r.statuses.iter().map(status_to_pb).collect(),
    }
}

/// A miner's scores from the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn miner_score(m: &pb::MinerScore) -> Result<MinerScore, BadField> {
    let tally = |accuracy, graded, missed| {
        Ok::<_, BadField>(Tally { accuracy: score("score.accuracy", accuracy)?, graded, missed })
    };
    let one = |k: &pb::miner_score::Kind| Ok((kind(k.kind)?, tally(k.accuracy, k.graded, k.missed)?));
    Ok(MinerScore {
        miner: parse("score.miner", &m.miner)?,
        uid: m.uid.map(|u| uid("score.uid", u)).transpose()?,
        hotkey: optional(&m.hotkey).map(|h| parse("score.hotkey", h)).transpose()?,
        tally: tally(m.accuracy, m.graded, m.missed)?,
        better: m.better,
        kinds: m.kinds.iter().map(one).collect::<Result<_, BadField>>()?,
    })
}

/// A miner's scores to the wire.
#[must_use]
pub fn miner_score_to_pb(m: &MinerScore) -> pb::MinerScore {
    let one = |(kind, tally): &(domain::TaskKind, Tally)| pb::miner_score::Kind {
        kind: kind_to_pb(*kind),
        accuracy: tally.accuracy.billionths(),
        graded: tally.graded,
        missed: tally.missed,
    };
    pb::MinerScore {
        miner: m.miner.to_string(),
        uid: m.uid.map(Into::into),
        hotkey: text(m.hotkey.as_ref()),
        accuracy: m.tally.accuracy.billionths(),
        graded: m.tally.graded,
        missed: m.tally.missed,
        better: m.better,
        kinds: m.kinds.iter().map(one).collect(),
    }
}
