//! Writing what changed of a task, and what must change with it.

use diesel::prelude::*;
use diesel::upsert::excluded;
use domain::{FileId, Task, Timestamp};
use proto::client::Idempotency;

use super::row::{LeaseRow, ResponseRow, TaskRow};
use crate::StoreError;
use crate::evaluations::line;
use crate::sql::Conn;
use crate::sql::schema::{assignments, files, idempotency_keys, miner_responses, task_counts, tasks};
use crate::tasks::Retention;

/// A task that was not there.
pub(super) fn insert(c: &mut Conn, task: &Task, retention: &Retention) -> Result<(), StoreError> {
    let row = TaskRow::of(task, retention);
    diesel::insert_into(tasks::table).values(&row).execute(c)?;
    count(c, &row.state, 1)
}

/// The rows of `after` that differ from `before`.
pub(super) fn update(
    c: &mut Conn,
    before: &Task,
    after: &Task,
    retention: &Retention,
) -> Result<(), StoreError> {
    let (old, new) = (TaskRow::of(before, retention), TaskRow::of(after, retention));
    diesel::update(tasks::table.find(&old.id)).set(&new).execute(c)?;
    if old.state != new.state {
        count(c, &old.state, -1)?;
        count(c, &new.state, 1)?;
        line::follow(c, after)?;
    }
    for (n, lease) in after.leases.iter().enumerate() {
        let row = LeaseRow::of(lease, &new.id);
        let was = before.leases.get(n);
        match was {
            None => diesel::insert_into(assignments::table).values(&row).execute(c)?,
            Some(was) if was != lease => {
                diesel::update(assignments::table.find(&row.id)).set(&row).execute(c)?
            }
            Some(_) => continue,
        };
        if let Some(response) = ResponseRow::of(lease).filter(|_| was.is_none_or(|w| w.response().is_none()))
        {
            diesel::insert_into(miner_responses::table).values(&response).execute(c)?;
        }
    }
    Ok(())
}

/// Keeps a file at least until `until`. False when it does not exist or is gone at `now`.
pub(super) fn keep_file(
    c: &mut Conn,
    id: FileId,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let id = id.to_string();
    let alive = files::table.find(&id).filter(files::expires_at.gt(now.micros()));
    let Some(expires) = alive.select(files::expires_at).first::<i64>(c).optional()? else {
        return Ok(false);
    };
    if expires < until.micros() {
        diesel::update(files::table.find(&id)).set(files::expires_at.eq(until.micros())).execute(c)?;
    }
    Ok(true)
}

/// Remembers a key; one whose time is over is overwritten.
pub(super) fn remember(
    c: &mut Conn,
    key: &Idempotency,
    task: &Task,
    until: Timestamp,
) -> Result<(), StoreError> {
    use idempotency_keys as k;
    let row = (
        k::key.eq(&key.key),
        k::fingerprint.eq(key.fingerprint.0.to_vec()),
        k::task_id.eq(task.spec.id.to_string()),
        k::expires_at.eq(until.micros()),
    );
    diesel::insert_into(k::table)
        .values(row)
        .on_conflict(k::key)
        .do_update()
        .set((
            k::fingerprint.eq(excluded(k::fingerprint)),
            k::task_id.eq(excluded(k::task_id)),
            k::expires_at.eq(excluded(k::expires_at)),
        ))
        .execute(c)?;
    Ok(())
}

/// Moves the counter of a state.
pub(super) fn count(c: &mut Conn, state: &str, by: i64) -> Result<(), StoreError> {
    diesel::update(task_counts::table.find(state))
        .set(task_counts::tasks.eq(task_counts::tasks + by))
        .execute(c)?;
    Ok(())
}
