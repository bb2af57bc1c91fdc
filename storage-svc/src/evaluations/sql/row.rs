//! Evaluations, results and scores as rows, both ways.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use domain::{
    MinerId, Score, Timestamp,
    consensus::{Evaluation, FinalResult, Merged, MinerStatus, Told},
};
use proto::client::{MinerScore, Tally, ValidatorView};

use crate::StoreError;
use crate::sql::schema::{
    evaluations, merged_reports, miner_kind_scores, miner_reports, miner_scores, validators,
};
use crate::tasks::read;

#[derive(Debug, Clone, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = evaluations)]
pub(super) struct EvaluationRow {
    task_id: String,
    validator: String,
    uid: i32,
    stake: i64,
    at: i64,
    findings: String,
    pub(super) counted: i32,
    units: Option<i64>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = validators)]
pub(super) struct ValidatorRow {
    validator: String,
    uid: i32,
    stake: i64,
    evaluations: i64,
    trust: i32,
    last_at: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = miner_scores, treat_none_as_null = true)]
pub(super) struct ScoreRow {
    pub(super) miner: String,
    pub(super) uid: Option<i32>,
    pub(super) hotkey: Option<String>,
    pub(super) accuracy: i32,
    pub(super) graded: i64,
    pub(super) missed: i64,
}

/// A row of the same with its rank.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct RankedRow {
    #[diesel(sql_type = Text)]
    pub(super) miner: String,
    #[diesel(sql_type = Nullable<Integer>)]
    uid: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    hotkey: Option<String>,
    #[diesel(sql_type = Integer)]
    accuracy: i32,
    #[diesel(sql_type = BigInt)]
    graded: i64,
    #[diesel(sql_type = BigInt)]
    missed: i64,
    #[diesel(sql_type = BigInt)]
    better: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = miner_kind_scores)]
pub(super) struct KindRow {
    pub(super) miner: String,
    pub(super) kind: String,
    pub(super) accuracy: i32,
    pub(super) graded: i64,
    pub(super) missed: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = miner_reports, treat_none_as_null = true)]
pub(super) struct ToldRow {
    uid: i32,
    validator: String,
    stake: i64,
    hotkey: String,
    serving: i32,
    load: Option<i32>,
    performance: Option<i32>,
    epoch: i64,
    at: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = merged_reports, treat_none_as_null = true)]
pub(super) struct MergedRow {
    uid: i32,
    hotkey: String,
    serving: i32,
    load: Option<i32>,
    performance: Option<i32>,
    validators: i32,
    confidence: i32,
    eligible: i32,
    epoch: i64,
    at: i64,
}

/// A score as a column; it is at most a billion.
pub(super) fn column(score: Score) -> i32 {
    score.billionths().cast_signed()
}

pub(super) fn score(column: i32) -> Result<Score, StoreError> {
    let score = u32::try_from(column).ok().and_then(Score::from_billionths);
    score.ok_or_else(|| StoreError::damaged("a score beyond one"))
}

fn some_score(column: Option<i32>) -> Result<Option<Score>, StoreError> {
    column.map(score).transpose()
}

fn uid(column: i32) -> Result<u16, StoreError> {
    u16::try_from(column).map_err(StoreError::damaged)
}

pub(super) fn tally(accuracy: i32, graded: i64, missed: i64) -> Result<Tally, StoreError> {
    let (graded, missed) = (graded.cast_unsigned(), missed.cast_unsigned());
    Ok(Tally { accuracy: score(accuracy)?, graded, missed })
}

/// A final result as text; a value of plain fields always has a JSON form.
pub(super) fn write_result(result: &FinalResult) -> String {
    serde_json::to_string(result).unwrap_or_default()
}

pub(super) fn read_result(text: &str) -> Result<FinalResult, StoreError> {
    serde_json::from_str(text).map_err(StoreError::damaged)
}

impl EvaluationRow {
    pub(super) fn of(e: &Evaluation, counted: bool) -> Self {
        Self {
            task_id: e.task.to_string(),
            validator: e.validator.to_string(),
            uid: e.uid.into(),
            stake: e.stake.cast_signed(),
            at: e.at.micros(),
            findings: serde_json::to_string(&e.findings).unwrap_or_default(),
            counted: counted.into(),
            units: e.units.map(i64::from),
        }
    }

    pub(super) fn evaluation(self) -> Result<Evaluation, StoreError> {
        Ok(Evaluation {
            task: read(&self.task_id)?,
            validator: read(&self.validator)?,
            uid: uid(self.uid)?,
            stake: self.stake.cast_unsigned(),
            at: Timestamp::from_micros(self.at),
            units: self.units.map(u32::try_from).transpose().map_err(StoreError::damaged)?,
            findings: serde_json::from_str(&self.findings).map_err(StoreError::damaged)?,
        })
    }
}

impl ValidatorRow {
    pub(super) fn view(self) -> Result<ValidatorView, StoreError> {
        Ok(ValidatorView {
            validator: read(&self.validator)?,
            uid: uid(self.uid)?,
            stake: self.stake.cast_unsigned(),
            evaluations: self.evaluations.cast_unsigned(),
            trust: score(self.trust)?,
            last_at: Timestamp::from_micros(self.last_at),
        })
    }
}

impl RankedRow {
    /// The scores that these rows are.
    pub(super) fn score(self, kinds: Vec<KindRow>) -> Result<MinerScore, StoreError> {
        let kind = |k: KindRow| Ok((read(&k.kind)?, tally(k.accuracy, k.graded, k.missed)?));
        let mut kinds = kinds.into_iter().map(kind).collect::<Result<Vec<_>, StoreError>>()?;
        kinds.sort_by_key(|(kind, _)| *kind);
        Ok(MinerScore {
            miner: read(&self.miner)?,
            uid: self.uid.map(uid).transpose()?,
            hotkey: self.hotkey.as_deref().map(read::<MinerId>).transpose()?,
            tally: tally(self.accuracy, self.graded, self.missed)?,
            better: self.better.cast_unsigned(),
            kinds,
        })
    }
}

impl ToldRow {
    pub(super) fn of(t: &Told) -> Self {
        Self {
            uid: t.status.uid.into(),
            validator: t.validator.to_string(),
            stake: t.stake.cast_signed(),
            hotkey: t.status.hotkey.to_string(),
            serving: t.status.serving.into(),
            load: t.status.load.map(column),
            performance: t.status.performance.map(column),
            epoch: t.epoch.cast_signed(),
            at: t.at.micros(),
        }
    }

    pub(super) fn told(self) -> Result<Told, StoreError> {
        Ok(Told {
            validator: read(&self.validator)?,
            stake: self.stake.cast_unsigned(),
            epoch: self.epoch.cast_unsigned(),
            at: Timestamp::from_micros(self.at),
            status: MinerStatus {
                uid: uid(self.uid)?,
                hotkey: read(&self.hotkey)?,
                serving: self.serving != 0,
                load: some_score(self.load)?,
                performance: some_score(self.performance)?,
            },
        })
    }
}

impl MergedRow {
    pub(super) fn of(m: &Merged) -> Self {
        Self {
            uid: m.status.uid.into(),
            hotkey: m.status.hotkey.to_string(),
            serving: m.status.serving.into(),
            load: m.status.load.map(column),
            performance: m.status.performance.map(column),
            validators: m.validators.cast_signed(),
            confidence: column(m.confidence),
            eligible: m.eligible.into(),
            epoch: m.epoch.cast_signed(),
            at: m.at.micros(),
        }
    }

    pub(super) fn merged(self) -> Result<Merged, StoreError> {
        Ok(Merged {
            status: MinerStatus {
                uid: uid(self.uid)?,
                hotkey: read(&self.hotkey)?,
                serving: self.serving != 0,
                load: some_score(self.load)?,
                performance: some_score(self.performance)?,
            },
            validators: self.validators.cast_unsigned(),
            confidence: score(self.confidence)?,
            eligible: self.eligible != 0,
            epoch: self.epoch.cast_unsigned(),
            at: Timestamp::from_micros(self.at),
        })
    }
}
