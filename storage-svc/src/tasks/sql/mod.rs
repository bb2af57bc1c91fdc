//! Tasks in an SQL database.

mod find;
pub(crate) mod load;
mod row;
mod save;

use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use domain::{Event, MinerId, NewTask, Offer, Sha256, Task, TaskId, Timestamp, task::StateName};

use super::cursor::Cursor;
use super::rules::{self, Applied, Retention};
use super::{
    Changes, Created, Due, ForgetTasks, Idempotency, MAX_PAGE, Page, TaskChanges, TaskFilter, TaskStore,
};
use crate::StoreError;
use crate::files::row as file_row;
use crate::sql::schema::{idempotency_keys, task_counts, tasks};
use crate::sql::{Conn, Sqlite};
pub(crate) use row::read;

/// [`TaskStore`] on a database. Cheap to clone; clones share their watchers.
#[derive(Clone)]
pub struct SqlTasks {
    db: Sqlite,
    retention: Retention,
    changes: Changes,
}

impl SqlTasks {
    /// On `db`, which holds the files too.
    #[must_use]
    pub fn new(db: Sqlite, retention: Retention) -> Self {
        Self { db, retention, changes: Changes::new() }
    }

    /// The database that holds the tasks.
    pub(crate) const fn db(&self) -> &Sqlite {
        &self.db
    }

    /// Writes, and tells the watchers after the COMMIT about the task that `change` returns beside its answer.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Conn, &Retention) -> Result<(T, Option<Task>), StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (retention, changes) = (self.retention, self.changes.clone());
        let told = move |(_, news): &(T, Option<Task>)| news.iter().for_each(|t| changes.publish(t));
        let (answer, _) = self.db.write(move |c| change(c, &retention), told).await?;
        Ok(answer)
    }
}

#[async_trait]
impl TaskStore for SqlTasks {
    async fn create(&self, task: NewTask, key: Option<Idempotency>) -> Result<Created, StoreError> {
        self.change(move |c, retention| {
            if let Some(task) = replayed(c, &task, key.as_ref())? {
                return Ok((Created { task, replayed: true }, None));
            }
            let (now, until) = (task.submitted_at, retention.input_until(&task));
            if !save::keep_file(c, task.input, now, until)? {
                return Err(rules::no_input());
            }
            let task = Task::submitted(task);
            save::insert(c, &task, retention)?;
            if let Some(key) = &key {
                save::remember(c, key, &task, now + retention.keys)?;
            }
            Ok((Created { task: task.clone(), replayed: false }, Some(task)))
        })
        .await
    }

    async fn get(&self, id: TaskId) -> Result<Task, StoreError> {
        self.db.read(move |c| load::task(c, id.to_string())?.ok_or_else(StoreError::no_task)).await
    }

    async fn list(&self, filter: &TaskFilter, limit: u32, cursor: Option<&str>) -> Result<Page, StoreError> {
        let limit = rules::page_limit(limit)?;
        let (filter, cursor) = (filter.clone(), cursor.map(Cursor::decode).transpose()?);
        self.db
            .read(move |c| {
                // one more than asked tells whether there is a next page
                let mut ids = find::list(c, &filter, limit + 1, cursor)?;
                let more = ids.len() > limit as usize;
                ids.truncate(limit as usize);
                let tasks = load::tasks_of(c, &ids)?;
                let next = tasks.last().filter(|_| more).map(|t| Cursor::of(t).encode());
                Ok(Page { tasks, next })
            })
            .await
    }

    async fn ready(
        &self,
        offers: &[Offer],
        not_given_to: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let (offers, miner) = (offers.to_vec(), not_given_to.cloned());
        self.db
            .read(move |c| {
                let ids = find::ready(c, &offers, miner.as_ref(), limit.min(MAX_PAGE))?;
                load::tasks_of(c, &ids)
            })
            .await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, StoreError> {
        let limit = limit.min(MAX_PAGE);
        self.db
            .read(move |c| {
                let mut found = find::due(c, limit + 1)?;
                let due = found.iter().take(limit as usize).take_while(|(_, at)| *at <= now.micros()).count();
                let next = found.get(due).map(|(_, at)| Timestamp::from_micros(*at));
                found.truncate(due);
                let ids: Vec<String> = found.into_iter().map(|(id, _)| id).collect();
                Ok(Due { tasks: load::tasks_of(c, &ids)?, next })
            })
            .await
    }

    async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, StoreError> {
        let miner = miner.clone();
        self.db
            .read(move |c| {
                let ids = find::held_by(c, &miner)?;
                load::tasks_of(c, &ids)
            })
            .await
    }

    async fn apply(&self, id: TaskId, event: Event, now: Timestamp) -> Result<Task, StoreError> {
        self.change(move |c, retention| {
            let before = load::task(c, id.to_string())?.ok_or_else(StoreError::no_task)?;
            apply(c, retention, &before, event, now)
        })
        .await
    }

    async fn counts(&self) -> Result<Vec<(StateName, u64)>, StoreError> {
        self.db
            .read(|c| {
                // by name: a statement without a key would be a scan, if only of seven rows
                let rows: Vec<(String, i64)> =
                    task_counts::table.filter(task_counts::state.eq_any(StateName::NAMES)).load(c)?;
                let of =
                    |s: &StateName| rows.iter().find(|(name, _)| name == s.name()).map_or(0, |(_, n)| *n);
                Ok(StateName::ALL.iter().map(|s| (*s, u64::try_from(of(s)).unwrap_or(0))).collect())
            })
            .await
    }

    async fn watch(&self, task: Option<TaskId>) -> Result<TaskChanges, StoreError> {
        match task {
            Some(id) => self.changes.one(id, Arc::new(self.clone())).await,
            None => Ok(self.changes.all()),
        }
    }
}

/// Applies one event to a task that was just read: the task after it, and the same for the watchers if it changed.
pub(crate) fn apply(
    c: &mut Conn,
    retention: &Retention,
    before: &Task,
    event: Event,
    now: Timestamp,
) -> Result<(Task, Option<Task>), StoreError> {
    let Applied { task, changed, answer } = rules::applied(before.clone(), event, now)?;
    if !changed {
        return Ok((task, None));
    }
    if let Some((lease, response)) = answer {
        let file = file_row::stat(c, response.output.file, now)?;
        let input = file_row::stat(c, task.spec.input, now)?;
        rules::check_answer(&task, lease, &response, file.as_ref(), input.as_ref())?;
        save::keep_file(c, response.output.file, now, now + retention.tasks)?;
    }
    if let (Some(until), Some(result)) = (retention.task_until(&task), task.result()) {
        save::keep_file(c, result.output.file, now, until)?;
    }
    save::update(c, before, &task, retention)?;
    Ok((task.clone(), Some(task)))
}

/// The task that a repeated request made before.
fn replayed(c: &mut Conn, task: &NewTask, key: Option<&Idempotency>) -> Result<Option<Task>, StoreError> {
    use idempotency_keys as k;
    if let Some(key) = key {
        let known = k::table.find(&key.key).filter(k::expires_at.gt(task.submitted_at.micros()));
        let known: Option<(Vec<u8>, String)> =
            known.select((k::fingerprint, k::task_id)).first(c).optional()?;
        if let Some((fingerprint, id)) = known {
            if fingerprint.try_into().map(Sha256) != Ok(key.fingerprint) {
                return Err(rules::key_reused());
            }
            return load::task(c, id);
        }
    }
    load::task(c, task.id.to_string())
}

#[async_trait]
impl ForgetTasks for SqlTasks {
    async fn forget_tasks(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        self.change(move |c, _| {
            let over: Vec<(String, String)> = tasks::table
                .filter(tasks::expires_at.le(now.micros()))
                .order(tasks::expires_at)
                .limit(limit.into())
                .select((tasks::id, tasks::state))
                .load(c)?;
            for (id, state) in &over {
                // leases, answers and keys go with their task
                diesel::delete(tasks::table.find(id)).execute(c)?;
                save::count(c, state, -1)?;
            }
            Ok((u32::try_from(over.len()).unwrap_or(u32::MAX), None))
        })
        .await
    }

    async fn forget_keys(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        use idempotency_keys as k;
        self.change(move |c, _| {
            let over =
                k::table.filter(k::expires_at.le(now.micros())).order(k::expires_at).limit(limit.into());
            let over: Vec<String> = over.select(k::key).load(c)?;
            if !over.is_empty() {
                diesel::delete(k::table.filter(k::key.eq_any(&over))).execute(c)?;
            }
            Ok((u32::try_from(over.len()).unwrap_or(u32::MAX), None))
        })
        .await
    }
}
