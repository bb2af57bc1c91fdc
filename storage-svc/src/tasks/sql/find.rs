//! The questions that find tasks. Each is answered from one index in its order, and reads no more entries than it
//! returns: a question over several kinds, languages or states is a merge of ordered answers, one for each.
//!
//! The text is the same for every database. Names of the domain's enums are written into it, they are closed sets; what
//! callers say is bound.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use domain::{MinerId, Offer, task::StateName};
use proto::client::TaskFilter;

use crate::StoreError;
use crate::sql::Conn;
use crate::sql::schema::{assignments, tasks};
use crate::tasks::cursor::Cursor;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    id: String,
}

fn ids(found: Vec<Found>) -> Vec<String> {
    found.into_iter().map(|f| f.id).collect()
}

/// Ids of tasks that can use another miner under `offers`, first in the queue first.
pub(super) fn ready(
    c: &mut Conn,
    offers: &[Offer],
    not_given_to: Option<&MinerId>,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let not_given = match not_given_to {
        Some(_) => {
            " AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.task_id = tasks.id AND a.miner = $1)"
        }
        None => "",
    };
    let part = |lane: String| {
        format!("SELECT id, queue_rank FROM tasks WHERE lane = '{lane}' AND open_grants > 0{not_given}")
    };
    let lanes: BTreeSet<String> = offers.iter().flat_map(Offer::lanes).collect();
    let lanes: Vec<String> = lanes.into_iter().map(part).collect();
    if lanes.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let text = format!("{} ORDER BY queue_rank, id LIMIT {limit}", lanes.join(" UNION ALL "));
    Ok(ids(match not_given_to {
        Some(miner) => sql_query(text).bind::<Text, _>(miner.as_str()).load(c)?,
        None => sql_query(text).load(c)?,
    }))
}

/// Ids of the tasks after `cursor`, newest first.
pub(super) fn list(
    c: &mut Conn,
    filter: &TaskFilter,
    limit: u32,
    cursor: Option<Cursor>,
) -> Result<Vec<String>, StoreError> {
    let kind = filter.kind.map(|k| format!("kind = '{k}' AND "));
    let mut states: BTreeSet<StateName> = filter.statuses.iter().copied().collect();
    if states.is_empty() && kind.is_some() {
        states = StateName::ALL.iter().copied().collect(); // the index by kind goes through the states
    }
    let part = |state: Option<StateName>| {
        let state = state.map(|s| format!("state = '{s}' AND ")).unwrap_or_default();
        let kind = kind.as_deref().unwrap_or_default();
        format!("SELECT id, submitted_at FROM tasks WHERE {kind}{state}(submitted_at, id) < ($1, $2)")
    };
    let parts: Vec<String> = match states.is_empty() {
        true => vec![part(None)],
        false => states.into_iter().map(|s| part(Some(s))).collect(),
    };
    let text = format!("{} ORDER BY submitted_at DESC, id DESC LIMIT {limit}", parts.join(" UNION ALL "));
    // the first page begins after everything: ids are hexadecimal
    let (at, id) = cursor.map_or((i64::MAX, "~".to_owned()), |c| (c.submitted_at.micros(), c.id.to_string()));
    Ok(ids(sql_query(text).bind::<BigInt, _>(at).bind::<Text, _>(id).load(c)?))
}

/// The first `limit` tasks that time will change, with when.
pub(super) fn due(c: &mut Conn, limit: u32) -> Result<Vec<(String, i64)>, StoreError> {
    let found: Vec<(String, Option<i64>)> = tasks::table
        .filter(tasks::due_at.gt(i64::MIN)) // never for a task without one: the index holds no others
        .order((tasks::due_at, tasks::id))
        .limit(limit.into())
        .select((tasks::id, tasks::due_at))
        .load(c)?;
    Ok(found.into_iter().filter_map(|(id, at)| Some((id, at?))).collect())
}

/// Ids of the tasks of which `miner` holds a live lease.
pub(super) fn held_by(c: &mut Conn, miner: &MinerId) -> Result<Vec<String>, StoreError> {
    let live = assignments::table
        .filter(assignments::miner.eq(miner.as_str()))
        .filter(assignments::ended_at.is_null());
    Ok(live.select(assignments::task_id).order(assignments::task_id).load(c)?)
}
