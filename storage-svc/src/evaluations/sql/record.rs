//! Taking an evaluation: all that follows from it in one transaction.

use diesel::prelude::*;
use domain::{
    Event, Task, ValidatorId,
    consensus::{Electorate, Evaluation, FinalResult},
};
use proto::client::{Fate, Recorded};

use super::row::{self, EvaluationRow};
use super::{line, scores};
use crate::StoreError;
use crate::evaluations::ruling::{self, Consequences, Ruling};
use crate::sql::Conn;
use crate::sql::schema::{evaluations, final_results, validators};
use crate::tasks::{Retention, sql as tasks};

/// See [`Evaluations::record`](crate::evaluations::Evaluations::record); with the task for the watchers if it changed.
pub(super) fn record(
    c: &mut Conn,
    retention: &Retention,
    evaluation: &Evaluation,
    electorate: &Electorate,
) -> Result<(Recorded, Option<Task>), StoreError> {
    let id = evaluation.task.to_string();
    let task = tasks::load::task(c, id.clone())?.ok_or_else(StoreError::no_task)?;
    let before = of_task(c, &id)?;
    let verdict = verdict(c, &id)?;
    let taken = match ruling::rule(&task, &before, evaluation, electorate, verdict.as_ref())? {
        Ruling::Repeated => {
            return Ok((ruling::recorded(Fate::Repeated, &task, before.len(), electorate), None));
        }
        Ruling::Differs => {
            return Ok((ruling::recorded(Fate::Differs, &task, before.len(), electorate), None));
        }
        Ruling::Taken(taken) => taken,
    };
    let row = EvaluationRow::of(evaluation, taken.counted);
    diesel::insert_into(evaluations::table).values(&row).execute(c)?;
    line::count(c, "evaluations")?;
    heard(c, &evaluation.validator, evaluation.uid, evaluation.stake)?;
    let own = validators::table.find(evaluation.validator.as_str());
    diesel::update(own)
        .set((
            validators::evaluations.eq(validators::evaluations + 1),
            validators::last_at.eq(evaluation.at.micros()),
        ))
        .execute(c)?;
    let (task, news) = match &taken.result {
        Some(result) => {
            let done = tasks::apply(c, retention, &task, Event::Approve, evaluation.at)?;
            conclude(c, result)?;
            done
        }
        None => (task, None),
    };
    follow(c, &taken)?;
    line::advance(c, evaluation.validator.as_str())?;
    Ok((ruling::recorded(Fate::Recorded, &task, before.len() + 1, electorate), news))
}

/// What validators agreed on of a task.
pub(super) fn verdict(c: &mut Conn, task: &str) -> Result<Option<FinalResult>, StoreError> {
    let verdict = final_results::table.filter(final_results::task_id.eq(task));
    let verdict: Option<String> = verdict.select(final_results::result).first(c).optional()?;
    verdict.as_deref().map(row::read_result).transpose()
}

/// All evaluations of a task, in the order in which they came.
fn of_task(c: &mut Conn, task: &str) -> Result<Vec<Evaluation>, StoreError> {
    let rows = evaluations::table.filter(evaluations::task_id.eq(task)).select(EvaluationRow::as_select());
    let rows = rows.load(c)?;
    let mut all = rows.into_iter().map(EvaluationRow::evaluation).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(|a, b| (a.at, &a.validator).cmp(&(b.at, &b.validator)));
    Ok(all)
}

fn conclude(c: &mut Conn, result: &FinalResult) -> Result<(), StoreError> {
    let place = line::count(c, "final_results")?;
    let row = (
        final_results::place.eq(place),
        final_results::task_id.eq(result.task.to_string()),
        final_results::result.eq(row::write_result(result)),
    );
    diesel::insert_into(final_results::table).values(row).execute(c)?;
    Ok(())
}

/// Writes that a validator was heard of, with its place and stake.
pub(super) fn heard(c: &mut Conn, validator: &ValidatorId, uid: u16, stake: u64) -> Result<(), StoreError> {
    use validators as v;
    let (uid, stake) = (v::uid.eq(i32::from(uid)), v::stake.eq(stake.cast_signed()));
    let new = (
        v::validator.eq(validator.as_str()),
        uid,
        stake,
        v::evaluations.eq(0),
        v::trust.eq(row::column(domain::Score::ONE)),
        v::last_at.eq(0),
        v::line.eq(0),
    );
    let written = diesel::insert_into(v::table).values(new).on_conflict(v::validator);
    written.do_update().set((uid, stake)).execute(c)?;
    Ok(())
}

/// What was agreed on changes whom one believes.
fn follow(c: &mut Conn, taken: &Consequences) -> Result<(), StoreError> {
    for (validator, found) in &taken.found {
        let row = validators::table.find(validator.as_str());
        let trust: i32 = row.select(validators::trust).first(c)?;
        let trust = ruling::trusted(row::score(trust)?, found);
        diesel::update(row).set(validators::trust.eq(row::column(trust))).execute(c)?;
    }
    taken.marks.iter().try_for_each(|mark| scores::mark(c, mark))
}
