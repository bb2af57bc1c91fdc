//! Tasks in memory: what the conformance suite says, in the plainest way.

use std::cmp::Reverse;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{Event, MinerId, NewTask, Offer, Task, TaskId, Timestamp, task::StateName};

use super::cursor::Cursor;
use super::rules::{self, Applied};
use super::{Created, Due, ForgetTasks, Idempotency, MAX_PAGE, Page, TaskChanges, TaskFilter, TaskStore};
use crate::memory::{Key, Tables};
use crate::{MemoryStore, StoreError};

#[async_trait]
impl TaskStore for MemoryStore {
    async fn create(&self, task: NewTask, key: Option<Idempotency>) -> Result<Created, StoreError> {
        let mut tables = self.tables();
        let now = task.submitted_at;
        let known =
            key.as_ref().and_then(|k| Some((k, tables.keys.get(&k.key).filter(|k| k.expires_at > now)?)));
        let there = match known {
            Some((key, known)) if known.fingerprint != key.fingerprint => return Err(rules::key_reused()),
            Some((_, known)) => known.task,
            None => task.id,
        };
        if let Some(task) = tables.tasks.get(&there) {
            return Ok(Created { task: task.clone(), replayed: true });
        }
        if tables.file(task.input, now).is_none() {
            return Err(rules::no_input());
        }
        tables.keep_file(task.input, self.retention.input_until(&task));
        let task = Task::submitted(task);
        if let Some(Idempotency { key, fingerprint }) = key {
            let expires_at = now + self.retention.keys;
            tables.keys.insert(key, Key { fingerprint, task: task.spec.id, expires_at });
        }
        tables.tasks.insert(task.spec.id, task.clone());
        self.changes.publish(&task);
        Ok(Created { task, replayed: false })
    }

    async fn get(&self, id: TaskId) -> Result<Task, StoreError> {
        self.tables().tasks.get(&id).cloned().ok_or_else(StoreError::no_task)
    }

    async fn list(&self, filter: &TaskFilter, limit: u32, cursor: Option<&str>) -> Result<Page, StoreError> {
        let limit = rules::page_limit(limit)? as usize;
        let cursor = cursor.map(Cursor::decode).transpose()?;
        let mut tasks = self.pick(|t| {
            (filter.statuses.is_empty() || filter.statuses.contains(&t.state.name()))
                && filter.kind.is_none_or(|k| k == t.spec.kind)
                && cursor.is_none_or(|c| Cursor::of(t) < c)
        });
        tasks.sort_unstable_by_key(|t| Reverse(Cursor::of(t)));
        let more = tasks.len() > limit;
        tasks.truncate(limit);
        let next = tasks.last().filter(|_| more).map(|t| Cursor::of(t).encode());
        Ok(Page { tasks, next })
    }

    async fn ready(
        &self,
        offers: &[Offer],
        not_given_to: Option<&MinerId>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let mut tasks = self.pick(|t| {
            t.open_grants() > 0
                && offers.iter().any(|o| o.covers(t.spec.need()))
                && not_given_to.is_none_or(|m| !t.was_given_to(m))
        });
        tasks.sort_unstable_by_key(|t| (t.queue_rank(), t.spec.id));
        tasks.truncate(limit.min(MAX_PAGE) as usize);
        Ok(tasks)
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Due, StoreError> {
        let mut waiting = self.pick(|t| t.next_due().is_some());
        waiting.sort_unstable_by_key(|t| (t.next_due(), t.spec.id));
        let limit = limit.min(MAX_PAGE) as usize;
        let due = waiting.iter().take(limit).take_while(|t| t.next_due().is_some_and(|at| at <= now)).count();
        let next = waiting.get(due).and_then(Task::next_due);
        waiting.truncate(due);
        Ok(Due { tasks: waiting, next })
    }

    async fn held_by(&self, miner: &MinerId) -> Result<Vec<Task>, StoreError> {
        Ok(self.pick(|t| t.live().any(|l| l.miner == *miner)))
    }

    async fn apply(&self, id: TaskId, event: Event, now: Timestamp) -> Result<Task, StoreError> {
        self.apply_in(&mut self.tables(), id, event, now)
    }

    async fn counts(&self) -> Result<Vec<(StateName, u64)>, StoreError> {
        let of = |s: StateName| self.pick(|t| t.state.name() == s).len() as u64;
        Ok(StateName::ALL.iter().map(|s| (*s, of(*s))).collect())
    }

    async fn watch(&self, task: Option<TaskId>) -> Result<TaskChanges, StoreError> {
        match task {
            Some(id) => self.changes.one(id, Arc::new(self.clone())).await,
            None => Ok(self.changes.all()),
        }
    }
}

impl MemoryStore {
    /// Applies one event with the tables at hand.
    pub(crate) fn apply_in(
        &self,
        tables: &mut Tables,
        id: TaskId,
        event: Event,
        now: Timestamp,
    ) -> Result<Task, StoreError> {
        let before = tables.tasks.get(&id).cloned().ok_or_else(StoreError::no_task)?;
        let Applied { task, changed, answer } = rules::applied(before, event, now)?;
        if !changed {
            return Ok(task);
        }
        if let Some((lease, response)) = answer {
            let file = response.output.file;
            let input = tables.file(task.spec.input, now);
            rules::check_answer(&task, lease, &response, tables.file(file, now), input)?;
            tables.keep_file(file, now + self.retention.tasks);
        }
        if let (Some(until), Some(result)) = (self.retention.task_until(&task), task.result()) {
            tables.keep_file(result.output.file, until);
        }
        tables.books.follow(&task);
        tables.tasks.insert(id, task.clone());
        self.changes.publish(&task);
        Ok(task)
    }

    fn pick(&self, wanted: impl Fn(&Task) -> bool) -> Vec<Task> {
        self.tables().tasks.values().filter(|t| wanted(t)).cloned().collect()
    }
}

#[async_trait]
impl ForgetTasks for MemoryStore {
    async fn forget_tasks(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let over = self.pick(|t| self.retention.task_until(t).is_some_and(|at| at <= now));
        let mut tables = self.tables();
        let over: Vec<TaskId> = over.into_iter().map(|t| t.spec.id).take(limit as usize).collect();
        tables.tasks.retain(|id, _| !over.contains(id));
        tables.keys.retain(|_, k| !over.contains(&k.task));
        tables.books.forget(&over);
        Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
    }

    async fn forget_keys(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut tables = self.tables();
        let over = tables.keys.iter().filter(|(_, k)| k.expires_at <= now).map(|(key, _)| key.clone());
        let over: Vec<String> = over.take(limit as usize).collect();
        tables.keys.retain(|key, _| !over.contains(key));
        Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
    }
}
