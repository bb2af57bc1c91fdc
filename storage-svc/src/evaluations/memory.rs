//! Evaluations in memory: what the conformance suite says, in the plainest way.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::{
    Event, MinerId, Score, Task, TaskId, Timestamp, ValidatorId,
    consensus::{Electorate, Evaluation, FinalResult, Merged, Told, merge},
    task::StateName,
};

use super::ruling::{self, Mark, Ruling};
use super::{
    Evaluated, EvaluatedPage, Evaluations, Fate, FinalPage, LeadersPage, MinerScore, MinersReport, Pending,
    PendingPage, Recorded, Said, Totals, ValidatorView, cursor,
};
use crate::tasks::cursor::Cursor;
use crate::tasks::rules::page_limit;
use crate::{MemoryStore, StoreError};

/// What the tables of evaluations would hold.
#[derive(Default)]
pub(crate) struct Books {
    line: BTreeMap<u64, TaskId>,
    places: u64,
    evaluations: BTreeMap<(TaskId, ValidatorId), (Evaluation, bool)>,
    recorded: u64,
    seen: BTreeSet<(TaskId, ValidatorId)>,
    results: BTreeMap<u64, FinalResult>,
    concluded: u64,
    validators: BTreeMap<ValidatorId, ValidatorView>,
    scores: BTreeMap<MinerId, MinerScore>,
    told: BTreeMap<(u16, ValidatorId), Told>,
    merged: BTreeMap<u16, Merged>,
}

impl Books {
    /// Gives a completed task its place in the line, and takes one that left that state out of it.
    pub(crate) fn follow(&mut self, task: &Task) {
        let completed = task.state.name() == StateName::Completed;
        self.line.retain(|_, id| completed || *id != task.spec.id);
        if completed && self.line.values().all(|id| *id != task.spec.id) {
            self.places += 1;
            self.line.insert(self.places, task.spec.id);
        }
    }

    /// Forgets what belongs to these tasks.
    pub(crate) fn forget(&mut self, over: &[TaskId]) {
        self.line.retain(|_, id| !over.contains(id));
        self.evaluations.retain(|(id, _), _| !over.contains(id));
        self.seen.retain(|(id, _)| !over.contains(id));
        self.results.retain(|_, r| !over.contains(&r.task));
    }

    fn of(&self, task: TaskId) -> Vec<Evaluation> {
        let mine = self.evaluations.values().filter(|(e, _)| e.task == task);
        let mut all: Vec<Evaluation> = mine.map(|(e, _)| e.clone()).collect();
        all.sort_by(|a, b| (a.at, &a.validator).cmp(&(b.at, &b.validator)));
        all
    }

    fn verdict(&self, task: TaskId) -> Option<&FinalResult> {
        self.results.values().find(|r| r.task == task)
    }

    fn validator(&mut self, validator: &ValidatorId, uid: u16, stake: u64) -> &mut ValidatorView {
        let new = ValidatorView {
            validator: validator.clone(),
            uid,
            stake,
            evaluations: 0,
            trust: Score::ONE,
            last_at: Timestamp::default(),
        };
        let view = self.validators.entry(validator.clone()).or_insert(new);
        (view.uid, view.stake) = (uid, stake);
        view
    }

    fn mark(&mut self, mark: &Mark) {
        let there = self.scores.get(&mark.miner);
        let there =
            there.filter(|s| !ruling::changed_hands(s.hotkey.as_ref(), mark.holder.as_ref())).cloned();
        let tally = ruling::tallied(there.as_ref().map(|s| s.tally), mark.accuracy);
        let mut kinds: BTreeMap<_, _> = there.iter().flat_map(|s| s.kinds.iter().copied()).collect();
        let kind = ruling::tallied(kinds.get(&mark.kind).copied(), mark.accuracy);
        kinds.insert(mark.kind, kind);
        let holder = mark.holder.as_ref();
        let uid = holder.map(|h| h.uid).or(there.as_ref().and_then(|s| s.uid));
        let hotkey = holder.map(|h| h.hotkey.clone()).or(there.and_then(|s| s.hotkey));
        let (miner, kinds) = (mark.miner.clone(), kinds.into_iter().collect());
        self.scores.insert(miner.clone(), MinerScore { miner, uid, hotkey, tally, better: 0, kinds });
    }

    fn ranked(&self, score: &MinerScore) -> MinerScore {
        let better = self.scores.values().filter(|s| s.tally.accuracy > score.tally.accuracy).count() as u64;
        MinerScore { better, ..score.clone() }
    }
}

#[async_trait]
impl Evaluations for MemoryStore {
    async fn pending(
        &self,
        validator: &ValidatorId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<PendingPage, StoreError> {
        let (limit, after) = (page_limit(limit)? as usize, cursor::place(after)?);
        let tables = self.tables();
        let done = |task: &TaskId| {
            let key = (*task, validator.clone());
            tables.books.evaluations.contains_key(&key) || tables.books.seen.contains(&key)
        };
        let waiting = tables.books.line.range(after + 1..).filter(|(_, task)| !done(task));
        let mut places: Vec<(u64, TaskId)> = waiting.take(limit + 1).map(|(p, id)| (*p, *id)).collect();
        let more = places.len() > limit;
        places.truncate(limit);
        let next = places.last().filter(|_| more).map(|(place, _)| cursor::of_place(*place));
        let one = |(_, id): &(u64, TaskId)| {
            let task = tables.tasks.get(id)?.clone();
            let input = tables.files.get(&task.spec.input)?.clone();
            Some(Pending { task, input })
        };
        Ok(PendingPage { tasks: places.iter().filter_map(one).collect(), next })
    }

    async fn record(&self, evaluation: Evaluation, electorate: Electorate) -> Result<Recorded, StoreError> {
        let evaluation = evaluation.in_order();
        let (id, at) = (evaluation.task, evaluation.at);
        let mut tables = self.tables();
        let task = tables.tasks.get(&id).cloned().ok_or_else(StoreError::no_task)?;
        let before = tables.books.of(id);
        let verdict = tables.books.verdict(id);
        let taken = match ruling::rule(&task, &before, &evaluation, &electorate, verdict)? {
            Ruling::Repeated => {
                return Ok(ruling::recorded(Fate::Repeated, &task, before.len(), &electorate));
            }
            Ruling::Differs => return Ok(ruling::recorded(Fate::Differs, &task, before.len(), &electorate)),
            Ruling::Taken(taken) => taken,
        };
        let task = match &taken.result {
            Some(_) => self.apply_in(&mut tables, id, Event::Approve, at)?,
            None => task,
        };
        let books = &mut tables.books;
        let view = books.validator(&evaluation.validator, evaluation.uid, evaluation.stake);
        view.evaluations += 1;
        view.last_at = at;
        books.recorded += 1;
        books.evaluations.insert((id, evaluation.validator.clone()), (evaluation, taken.counted));
        if let Some(result) = taken.result {
            books.concluded += 1;
            books.results.insert(books.concluded, result);
        }
        for (validator, found) in &taken.found {
            if let Some(view) = books.validators.get_mut(validator) {
                view.trust = ruling::trusted(view.trust, found);
            }
        }
        taken.marks.iter().for_each(|m| books.mark(m));
        Ok(ruling::recorded(Fate::Recorded, &task, before.len() + 1, &electorate))
    }

    async fn mark_seen(
        &self,
        validator: &ValidatorId,
        uid: u16,
        stake: u64,
        task: TaskId,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        if !tables.tasks.contains_key(&task) {
            return Err(StoreError::no_task());
        }
        tables.books.validator(validator, uid, stake);
        Ok(tables.books.seen.insert((task, validator.clone())))
    }

    async fn final_results(&self, limit: u32, after: Option<&str>) -> Result<FinalPage, StoreError> {
        let (limit, after) = (page_limit(limit)? as usize, cursor::place(after)?);
        let tables = self.tables();
        let page: Vec<_> = tables.books.results.range(after + 1..).take(limit).collect();
        let next = page.last().map(|(place, _)| cursor::of_place(**place));
        Ok(FinalPage { results: page.into_iter().map(|(_, r)| r.clone()).collect(), next })
    }

    async fn final_result(&self, task: TaskId) -> Result<Option<FinalResult>, StoreError> {
        Ok(self.tables().books.verdict(task).cloned())
    }

    async fn evaluated_by(
        &self,
        validator: &ValidatorId,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<EvaluatedPage, StoreError> {
        let limit = page_limit(limit)? as usize;
        let cursor = cursor.map(Cursor::decode).transpose()?;
        let tables = self.tables();
        let of = |e: &Evaluation| Cursor { submitted_at: e.at, id: e.task };
        let mine = tables.books.evaluations.values().filter(|(e, _)| e.validator == *validator);
        let mut mine: Vec<_> = mine.filter(|(e, _)| cursor.is_none_or(|c| of(e) < c)).collect();
        mine.sort_by_key(|(e, _)| std::cmp::Reverse(of(e)));
        let more = mine.len() > limit;
        mine.truncate(limit);
        let next = mine.last().filter(|_| more).map(|(e, _)| of(e).encode());
        let one = |(e, counted): &&(Evaluation, bool)| {
            let task = tables.tasks.get(&e.task)?;
            let (kind, status) = (task.spec.kind, task.state.name());
            Some(Evaluated { evaluation: e.clone(), kind, status, counted: *counted })
        };
        Ok(EvaluatedPage { evaluations: mine.iter().filter_map(one).collect(), next })
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let tables = self.tables();
        Ok(Totals { evaluations: tables.books.recorded, final_results: tables.books.concluded })
    }

    async fn validators(
        &self,
        limit: u32,
        after: Option<&ValidatorId>,
    ) -> Result<Vec<ValidatorView>, StoreError> {
        let limit = page_limit(limit)? as usize;
        let tables = self.tables();
        let later = tables.books.validators.values().filter(|v| after.is_none_or(|a| v.validator > *a));
        Ok(later.take(limit).cloned().collect())
    }

    async fn leaders(&self, limit: u32, cursor: Option<&str>) -> Result<LeadersPage, StoreError> {
        let limit = page_limit(limit)? as usize;
        let cursor = cursor.map(cursor::rank).transpose()?;
        let tables = self.tables();
        let place = |s: &MinerScore| (s.tally.accuracy, s.miner.clone());
        let all = tables.books.scores.values().map(|s| tables.books.ranked(s));
        let mut all: Vec<_> = all.filter(|s| cursor.as_ref().is_none_or(|c| place(s) < *c)).collect();
        all.sort_by_key(|s| std::cmp::Reverse(place(s)));
        let more = all.len() > limit;
        all.truncate(limit);
        let next = all.last().filter(|_| more).map(|s| cursor::of_rank(s.tally.accuracy, &s.miner));
        Ok(LeadersPage { miners: all, next })
    }

    async fn score_of(&self, miner: &MinerId) -> Result<MinerScore, StoreError> {
        let tables = self.tables();
        let score = tables.books.scores.get(miner).map(|s| tables.books.ranked(s));
        score.ok_or_else(super::no_score)
    }

    async fn report(&self, report: MinersReport) -> Result<Vec<Merged>, StoreError> {
        let mut tables = self.tables();
        let books = &mut tables.books;
        let mut all = Vec::new();
        for told in super::told(&report) {
            let uid = told.status.uid;
            books.told.insert((uid, told.validator.clone()), told);
            let said: Vec<Told> = books.told.values().filter(|t| t.status.uid == uid).cloned().collect();
            match merge(&said, report.validators, report.at) {
                Some(merged) => {
                    books.merged.insert(uid, merged.clone());
                    all.push(merged);
                }
                None => drop(books.merged.remove(&uid)),
            }
        }
        Ok(all)
    }

    async fn reported(&self, limit: u32, after: Option<u16>) -> Result<Vec<Merged>, StoreError> {
        let limit = page_limit(limit)? as usize;
        let tables = self.tables();
        let later = tables.books.merged.iter().filter(|(uid, _)| after.is_none_or(|a| **uid > a));
        Ok(later.take(limit).map(|(_, m)| m.clone()).collect())
    }

    async fn told_of(&self, uid: u16) -> Result<Said, StoreError> {
        let tables = self.tables();
        let told = tables.books.told.values().filter(|t| t.status.uid == uid).cloned().collect();
        Ok(Said { told, merged: tables.books.merged.get(&uid).cloned() })
    }
}
