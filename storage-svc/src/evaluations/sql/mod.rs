//! Evaluations in an SQL database.

pub(crate) mod line;
mod record;
mod reports;
mod row;
mod scores;

use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use domain::{
    FileMeta, MinerId, TaskId, ValidatorId,
    consensus::{Electorate, Evaluation, FinalResult, Merged},
};

use super::{
    Evaluated, EvaluatedPage, Evaluations, FinalPage, LeadersPage, MinerScore, MinersReport, Pending,
    PendingPage, Recorded, Said, Totals, ValidatorView, cursor,
};
use crate::StoreError;
use crate::files::row as file_row;
use crate::sql::Conn;
use crate::sql::schema::{counters, final_results, seen_tasks, validators};
use crate::tasks::cursor::Cursor;
use crate::tasks::rules::page_limit;
use crate::tasks::{SqlTasks, read, sql as tasks};
use row::{EvaluationRow, ValidatorRow};

/// [`Evaluations`] on a database. Cheap to clone.
#[derive(Clone)]
pub struct SqlEvaluations(SqlTasks);

impl SqlEvaluations {
    /// Beside these tasks: whoever watches them hears of their approval.
    #[must_use]
    pub const fn new(tasks: SqlTasks) -> Self {
        Self(tasks)
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.db().read(read).await
    }
}

/// An evaluation with what its task has.
#[derive(QueryableByName)]
struct EvaluatedRow {
    #[diesel(embed)]
    evaluation: EvaluationRow,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    state: String,
}

/// A place in a line as SQL has it.
fn signed(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

#[async_trait]
impl Evaluations for SqlEvaluations {
    async fn pending(
        &self,
        validator: &ValidatorId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<PendingPage, StoreError> {
        let (limit, after) = (page_limit(limit)?, cursor::place(after)?);
        let validator = validator.clone();
        self.read(move |c| {
            let from = line::begin(c, validator.as_str())?.max(signed(after).saturating_add(1));
            let mut places = line::waiting(c, validator.as_str(), from, limit + 1)?;
            let more = places.len() > limit as usize;
            places.truncate(limit as usize);
            let next = places.last().filter(|_| more).map(|p| cursor::of_place(p.place.cast_unsigned()));
            let ids: Vec<String> = places.into_iter().map(|p| p.task_id).collect();
            let tasks = tasks::load::tasks_of(c, &ids)?;
            let inputs: Vec<String> = tasks.iter().map(|t| t.spec.input.to_string()).collect();
            let inputs = file_row::rows_of(c, &inputs)?.into_iter().map(|f| (f.id, f));
            let inputs: HashMap<_, FileMeta> = inputs.collect();
            let one =
                |task: domain::Task| Some(Pending { input: inputs.get(&task.spec.input)?.clone(), task });
            Ok(PendingPage { tasks: tasks.into_iter().filter_map(one).collect(), next })
        })
        .await
    }

    async fn record(&self, evaluation: Evaluation, electorate: Electorate) -> Result<Recorded, StoreError> {
        let evaluation = evaluation.in_order();
        self.0.change(move |c, retention| record::record(c, retention, &evaluation, &electorate)).await
    }

    async fn mark_seen(
        &self,
        validator: &ValidatorId,
        uid: u16,
        stake: u64,
        task: TaskId,
    ) -> Result<bool, StoreError> {
        let validator = validator.clone();
        self.0
            .change(move |c, _| {
                let id = task.to_string();
                tasks::load::task(c, id.clone())?.ok_or_else(StoreError::no_task)?;
                let row = (seen_tasks::task_id.eq(id), seen_tasks::validator.eq(validator.as_str()));
                let new = diesel::insert_into(seen_tasks::table).values(row).on_conflict_do_nothing();
                let fresh = new.execute(c)? > 0;
                record::heard(c, &validator, uid, stake)?;
                line::advance(c, validator.as_str())?;
                Ok((fresh, None))
            })
            .await
    }

    async fn final_results(&self, limit: u32, after: Option<&str>) -> Result<FinalPage, StoreError> {
        let (limit, after) = (page_limit(limit)?, cursor::place(after)?);
        self.read(move |c| {
            let later = final_results::table.filter(final_results::place.gt(signed(after)));
            let rows: Vec<(i64, String)> = later
                .order(final_results::place)
                .limit(limit.into())
                .select((final_results::place, final_results::result))
                .load(c)?;
            let next = rows.last().map(|(place, _)| cursor::of_place(place.cast_unsigned()));
            let results = rows.iter().map(|(_, r)| row::read_result(r)).collect::<Result<_, _>>()?;
            Ok(FinalPage { results, next })
        })
        .await
    }

    async fn final_result(&self, task: TaskId) -> Result<Option<FinalResult>, StoreError> {
        self.read(move |c| record::verdict(c, &task.to_string())).await
    }

    async fn evaluated_by(
        &self,
        validator: &ValidatorId,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<EvaluatedPage, StoreError> {
        let (limit, cursor) = (page_limit(limit)?, cursor.map(Cursor::decode).transpose()?);
        let validator = validator.to_string();
        self.read(move |c| {
            let text = format!(
                "SELECT e.task_id, e.validator, e.uid, e.stake, e.at, e.findings, e.counted, e.units, t.kind, t.state \
                 FROM evaluations e JOIN tasks t ON t.id = e.task_id \
                 WHERE e.validator = $1 AND (e.at, e.task_id) < ($2, $3) \
                 ORDER BY e.at DESC, e.task_id DESC LIMIT {}",
                limit + 1
            );
            let (at, id) =
                cursor.map_or((i64::MAX, "~".to_owned()), |c| (c.submitted_at.micros(), c.id.to_string()));
            let asked = sql_query(text).bind::<Text, _>(validator).bind::<BigInt, _>(at).bind::<Text, _>(id);
            let mut rows: Vec<EvaluatedRow> = asked.load(c)?;
            let more = rows.len() > limit as usize;
            rows.truncate(limit as usize);
            let one = |row: EvaluatedRow| {
                let counted = row.evaluation.counted != 0;
                let (kind, status) = (read(&row.kind)?, read(&row.state)?);
                Ok(Evaluated { evaluation: row.evaluation.evaluation()?, kind, status, counted })
            };
            let evaluations = rows.into_iter().map(one).collect::<Result<Vec<Evaluated>, StoreError>>()?;
            let place = |e: &Evaluated| Cursor { submitted_at: e.evaluation.at, id: e.evaluation.task };
            let next = evaluations.last().filter(|_| more).map(|e| place(e).encode());
            Ok(EvaluatedPage { evaluations, next })
        })
        .await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        self.read(|c| {
            let mut of = |name: &str| -> Result<u64, StoreError> {
                Ok(counters::table.find(name).select(counters::value).first::<i64>(c)?.cast_unsigned())
            };
            Ok(Totals { evaluations: of("evaluations")?, final_results: of("final_results")? })
        })
        .await
    }

    async fn validators(
        &self,
        limit: u32,
        after: Option<&ValidatorId>,
    ) -> Result<Vec<ValidatorView>, StoreError> {
        let limit = page_limit(limit)?;
        let after = after.map(ToString::to_string).unwrap_or_default();
        self.read(move |c| {
            let later = validators::table.filter(validators::validator.gt(after));
            let rows = later.order(validators::validator).limit(limit.into());
            let rows = rows.select(ValidatorRow::as_select()).load(c)?;
            rows.into_iter().map(ValidatorRow::view).collect()
        })
        .await
    }

    async fn leaders(&self, limit: u32, cursor: Option<&str>) -> Result<LeadersPage, StoreError> {
        let (limit, cursor) = (page_limit(limit)?, cursor.map(cursor::rank).transpose()?);
        self.read(move |c| {
            let mut miners = scores::leaders(c, limit + 1, cursor)?;
            let more = miners.len() > limit as usize;
            miners.truncate(limit as usize);
            let next = miners.last().filter(|_| more).map(|s| cursor::of_rank(s.tally.accuracy, &s.miner));
            Ok(LeadersPage { miners, next })
        })
        .await
    }

    async fn score_of(&self, miner: &MinerId) -> Result<MinerScore, StoreError> {
        let miner = miner.clone();
        self.read(move |c| scores::of(c, &miner)?.ok_or_else(super::no_score)).await
    }

    async fn report(&self, report: MinersReport) -> Result<Vec<Merged>, StoreError> {
        self.0.change(move |c, _| Ok((reports::report(c, &report)?, None))).await
    }

    async fn reported(&self, limit: u32, after: Option<u16>) -> Result<Vec<Merged>, StoreError> {
        let limit = page_limit(limit)?;
        self.read(move |c| reports::page(c, limit, after)).await
    }

    async fn told_of(&self, uid: u16) -> Result<Said, StoreError> {
        self.read(move |c| reports::said(c, uid)).await
    }
}
