//! Evaluations and final results.

use domain::{
    Score, Timestamp,
    consensus::{Ballot, Electorate, Evaluation, FinalAnswer, FinalResult, Finding, Holder, Vote},
    grade::Grade,
};

use super::{BadField, digest, kind, kind_to_pb, optional, parse, required, score};
use crate::client::Fate;
use crate::pb;

/// A place on a subnet.
///
/// # Errors
/// [`BadField`] above 65535.
pub fn uid(field: &'static str, uid: u32) -> Result<u16, BadField> {
    uid.try_into().map_err(|_| BadField::new(field, "must be below 65536"))
}

/// A score that may be absent.
///
/// # Errors
/// [`BadField`] above one.
pub(super) fn some_score(field: &'static str, billionths: Option<u32>) -> Result<Option<Score>, BadField> {
    billionths.map(|b| score(field, b)).transpose()
}

fn maybe<T: std::str::FromStr<Err: ToString>>(
    field: &'static str,
    text: &str,
) -> Result<Option<T>, BadField> {
    optional(text).map(|t| parse(field, t)).transpose()
}

/// Text of what may be absent.
pub(super) fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn finding(f: &pb::Finding) -> Result<Finding, BadField> {
    Ok(Finding {
        lease: parse("findings.lease", &f.lease)?,
        accuracy: score("findings.accuracy", f.accuracy)?,
        completeness: score("findings.completeness", f.completeness)?,
        fault: maybe("findings.fault", &f.fault)?,
        basis: parse("findings.basis", &f.basis)?,
    })
}

/// An evaluation from the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn evaluation(e: &pb::Evaluation) -> Result<Evaluation, BadField> {
    Ok(Evaluation {
        task: parse("evaluation.task", &e.task)?,
        validator: parse("evaluation.validator", &e.validator)?,
        uid: uid("evaluation.uid", e.uid)?,
        stake: e.stake,
        at: Timestamp::from_micros(e.at),
        units: e.units,
        findings: e.findings.iter().map(finding).collect::<Result<_, _>>()?,
    })
}

/// An evaluation to the wire.
#[must_use]
pub fn evaluation_to_pb(e: &Evaluation) -> pb::Evaluation {
    let finding = |f: &Finding| pb::Finding {
        lease: f.lease.to_string(),
        accuracy: f.accuracy.billionths(),
        completeness: f.completeness.billionths(),
        fault: text(f.fault.as_ref()),
        basis: f.basis.to_string(),
    };
    pb::Evaluation {
        task: e.task.to_string(),
        validator: e.validator.to_string(),
        uid: e.uid.into(),
        stake: e.stake,
        at: e.at.micros(),
        units: e.units,
        findings: e.findings.iter().map(finding).collect(),
    }
}

/// An electorate from the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn electorate(e: &pb::Electorate) -> Result<Electorate, BadField> {
    let holder = |h: &pb::electorate::Holder| {
        Ok(Holder {
            miner: parse("holders.miner", &h.miner)?,
            uid: uid("holders.uid", h.uid)?,
            hotkey: parse("holders.hotkey", &h.hotkey)?,
        })
    };
    let holders = e.holders.iter().map(holder).collect::<Result<_, BadField>>()?;
    Ok(Electorate { validators: e.validators, holders })
}

/// An electorate to the wire.
#[must_use]
pub fn electorate_to_pb(e: &Electorate) -> pb::Electorate {
    let holder = |h: &Holder| pb::electorate::Holder {
        miner: h.miner.to_string(),
        uid: h.uid.into(),
        hotkey: h.hotkey.to_string(),
    };
    pb::Electorate { validators: e.validators, holders: e.holders.iter().map(holder).collect() }
}

/// What became of an evaluation, from the wire.
///
/// # Errors
/// [`BadField`] for an unspecified or unknown one.
pub fn fate(value: i32) -> Result<Fate, BadField> {
    use pb::record_reply::Fate as Wire;
    match Wire::try_from(value) {
        Ok(Wire::Recorded) => Ok(Fate::Recorded),
        Ok(Wire::Repeated) => Ok(Fate::Repeated),
        Ok(Wire::Differs) => Ok(Fate::Differs),
        _ => Err(BadField::new("fate", "is unspecified or unknown")),
    }
}

/// What became of an evaluation, to the wire.
#[must_use]
pub const fn fate_to_pb(fate: Fate) -> i32 {
    use pb::record_reply::Fate as Wire;
    let fate = match fate {
        Fate::Recorded => Wire::Recorded,
        Fate::Repeated => Wire::Repeated,
        Fate::Differs => Wire::Differs,
    };
    fate as i32
}

/// A final result from the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn final_result(r: &pb::FinalResult) -> Result<FinalResult, BadField> {
    Ok(FinalResult {
        task: parse("result.task", &r.task)?,
        kind: kind(r.kind)?,
        source: parse("result.source_language", &r.source_language)?,
        target: maybe("result.target_language", &r.target_language)?,
        approved_at: Timestamp::from_micros(r.approved_at),
        agreement: score("result.agreement", r.agreement)?,
        units: r.units,
        answers: r.answers.iter().map(answer).collect::<Result<_, _>>()?,
    })
}

fn answer(a: &pb::FinalAnswer) -> Result<FinalAnswer, BadField> {
    let miner = parse("answers.miner", &a.miner)?;
    let hotkey = maybe("answers.hotkey", &a.hotkey)?;
    let mut votes = Ballot::default();
    let whose = hotkey.as_ref().unwrap_or(&miner);
    for v in &a.votes {
        votes.cast(vote(v)?, whose).map_err(|e| BadField::new("answers.votes", e.to_string()))?;
    }
    let ends = (some_score("answers.lowest", a.lowest)?, some_score("answers.highest", a.highest)?);
    Ok(FinalAnswer {
        uid: a.uid.map(|u| uid("answers.uid", u)).transpose()?,
        lease: parse("answers.lease", &a.lease)?,
        came: parse("answers.came", &a.came)?,
        took_ms: a.took_ms,
        output: (!a.output_sha256.is_empty())
            .then(|| digest("answers.output_sha256", &a.output_sha256))
            .transpose()?,
        accuracy: some_score("answers.accuracy", a.accuracy)?,
        interval: ends.0.zip(ends.1),
        votes,
        miner,
        hotkey,
    })
}

fn vote(v: &pb::Vote) -> Result<Vote, BadField> {
    let grade = Grade {
        accuracy: score("votes.accuracy", v.accuracy)?,
        completeness: score("votes.completeness", v.completeness)?,
        fault: maybe("votes.fault", &v.fault)?,
    };
    let (validator, basis) = (parse("votes.validator", &v.validator)?, parse("votes.basis", &v.basis)?);
    Ok(Vote { validator, stake: v.stake, grade, basis })
}

/// A final result to the wire.
#[must_use]
pub fn final_result_to_pb(r: &FinalResult) -> pb::FinalResult {
    pb::FinalResult {
        task: r.task.to_string(),
        kind: kind_to_pb(r.kind),
        source_language: r.source.to_string(),
        target_language: text(r.target.as_ref()),
        approved_at: r.approved_at.micros(),
        agreement: r.agreement.billionths(),
        units: r.units,
        answers: r.answers.iter().map(answer_to_pb).collect(),
    }
}

fn answer_to_pb(a: &FinalAnswer) -> pb::FinalAnswer {
    let vote = |v: &Vote| pb::Vote {
        validator: v.validator.to_string(),
        stake: v.stake,
        accuracy: v.grade.accuracy.billionths(),
        completeness: v.grade.completeness.billionths(),
        fault: text(v.grade.fault.as_ref()),
        basis: v.basis.to_string(),
    };
    pb::FinalAnswer {
        miner: a.miner.to_string(),
        uid: a.uid.map(Into::into),
        hotkey: text(a.hotkey.as_ref()),
        lease: a.lease.to_string(),
        came: a.came.to_string(),
        took_ms: a.took_ms,
        output_sha256: a.output.map(|d| d.0.to_vec()).unwrap_or_default(),
        accuracy: a.accuracy.map(Score::billionths),
        lowest: a.interval.map(|(low, _)| low.billionths()),
        highest: a.interval.map(|(_, high)| high.billionths()),
        votes: a.votes.votes().iter().map(vote).collect(),
    }
}

/// The electorate and the evaluation of a request.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn record_request(r: &pb::RecordRequest) -> Result<(Evaluation, Electorate), BadField> {
    let evaluated = evaluation(required("evaluation", r.evaluation.as_ref())?)?;
    Ok((evaluated, electorate(required("electorate", r.electorate.as_ref())?)?))
}
