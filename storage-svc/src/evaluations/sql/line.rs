//! The line of completed tasks, and how far each validator went through it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use domain::{Task, task::StateName};

use crate::StoreError;
use crate::sql::Conn;
use crate::sql::schema::{completions, counters, validators};

/// A place in the line and the task on it.
#[derive(QueryableByName)]
pub(super) struct Place {
    #[diesel(sql_type = BigInt)]
    pub(super) place: i64,
    #[diesel(sql_type = Text)]
    pub(super) task_id: String,
}

/// The next number of a counter.
pub(super) fn count(c: &mut Conn, name: &str) -> Result<i64, StoreError> {
    let next = diesel::update(counters::table.find(name)).set(counters::value.eq(counters::value + 1));
    Ok(next.returning(counters::value).get_result(c)?)
}

/// Gives a task that was just completed its place, and takes one that left that state out of the line.
pub(crate) fn follow(c: &mut Conn, task: &Task) -> Result<(), StoreError> {
    let id = task.spec.id.to_string();
    match task.state.name() {
        StateName::Completed => {
            let place = count(c, "completions")?;
            let row = (completions::place.eq(place), completions::task_id.eq(id));
            diesel::insert_into(completions::table).values(row).execute(c)?;
        }
        StateName::Approved => {
            diesel::delete(completions::table.filter(completions::task_id.eq(id))).execute(c)?;
        }
        StateName::Pending
        | StateName::Assigned
        | StateName::InProgress
        | StateName::Failed
        | StateName::Cancelled => {}
    }
    Ok(())
}

/// The first `limit` places from `from` on whose tasks `validator` neither evaluated nor marked as seen.
pub(super) fn waiting(
    c: &mut Conn,
    validator: &str,
    from: i64,
    limit: u32,
) -> Result<Vec<Place>, StoreError> {
    let text = format!(
        "SELECT place, task_id FROM completions WHERE place >= $1 \
         AND NOT EXISTS (SELECT 1 FROM evaluations e WHERE e.task_id = completions.task_id AND e.validator = $2) \
         AND NOT EXISTS (SELECT 1 FROM seen_tasks s WHERE s.task_id = completions.task_id AND s.validator = $2) \
         ORDER BY place LIMIT {limit}"
    );
    Ok(sql_query(text).bind::<BigInt, _>(from).bind::<Text, _>(validator).load(c)?)
}

/// Where the part of the line begins in which something may wait for `validator`.
pub(crate) fn begin(c: &mut Conn, validator: &str) -> Result<i64, StoreError> {
    let line = validators::table.find(validator).select(validators::line).first(c).optional()?;
    Ok(line.unwrap_or(0))
}

/// Moves that beginning past all that `validator` is through with: what lies before is never looked at again.
pub(super) fn advance(c: &mut Conn, validator: &str) -> Result<(), StoreError> {
    let from = begin(c, validator)?;
    let to = match waiting(c, validator, from, 1)?.first() {
        Some(first) => first.place,
        None => counters::table.find("completions").select(counters::value).first::<i64>(c)? + 1,
    };
    if to != from {
        diesel::update(validators::table.find(validator)).set(validators::line.eq(to)).execute(c)?;
    }
    Ok(())
}
