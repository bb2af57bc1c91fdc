//! What follows from an evaluation, in every database.

use domain::{
    ErrorKind, MinerId, Score, Task, TaskKind, ValidatorId,
    consensus::{Came, Electorate, Evaluation, FinalResult, Holder, Misfit, conclude, quorum, trust},
};
use proto::client::{Fate, Recorded, Tally};

use crate::StoreError;

/// Weight of the newest answer in a miner's accuracy.
const NEWEST: u64 = 1;
/// Weight of what was before.
const BEFORE: u64 = 9;

/// What becomes of an evaluation.
pub(super) enum Ruling {
    /// The very same is there.
    Repeated,
    /// Another one is there.
    Differs,
    /// It is the first of its validator.
    Taken(Box<Consequences>),
}

/// What must be written with an evaluation.
pub(super) struct Consequences {
    /// It is part of what is agreed on, or may become so.
    pub(super) counted: bool,
    /// The verdict is final by it: the task is approved.
    pub(super) result: Option<FinalResult>,
    /// What validators found beside what was agreed.
    pub(super) found: Vec<(ValidatorId, Vec<(Score, Score)>)>,
    /// How miners did.
    pub(super) marks: Vec<Mark>,
}

/// How one miner did at one task.
pub(super) struct Mark {
    pub(super) miner: MinerId,
    pub(super) holder: Option<Holder>,
    pub(super) kind: TaskKind,
    /// `None`: no answer came in time.
    pub(super) accuracy: Option<Score>,
}

/// What follows from `new`, where `before` are the evaluations that are there and `verdict` the final result if there is one.
pub(super) fn rule(
    task: &Task,
    before: &[Evaluation],
    new: &Evaluation,
    electorate: &Electorate,
    verdict: Option<&FinalResult>,
) -> Result<Ruling, StoreError> {
    if let Some(mine) = before.iter().find(|e| e.validator == new.validator) {
        let same = (&mine.findings, mine.units) == (&new.findings, new.units);
        return Ok(if same { Ruling::Repeated } else { Ruling::Differs });
    }
    new.fits(task).map_err(|e| misfit(&e))?;
    if new.stake == 0 {
        return Err(StoreError::new(ErrorKind::Forbidden, "a validator without stake has no vote"));
    }
    if let Some(verdict) = verdict {
        let found = vec![(new.validator.clone(), verdict.beside(new))];
        return Ok(Ruling::Taken(Box::new(Consequences {
            counted: false,
            result: None,
            found,
            marks: Vec::new(),
        })));
    }
    let all: Vec<Evaluation> = before.iter().chain([new]).cloned().collect();
    let result = conclude(task, &all, electorate, new.at);
    let found = |r: &FinalResult| all.iter().map(|e| (e.validator.clone(), r.beside(e))).collect();
    Ok(Ruling::Taken(Box::new(Consequences {
        counted: true,
        found: result.as_ref().map(found).unwrap_or_default(),
        marks: result.as_ref().map(|r| marks(r, electorate)).unwrap_or_default(),
        result,
    })))
}

fn marks(result: &FinalResult, electorate: &Electorate) -> Vec<Mark> {
    let mark = |a: &domain::consensus::FinalAnswer| {
        let holder = electorate.holder(&a.miner).cloned();
        // who has that name now did not give this answer
        if holder.as_ref().is_some_and(|h| a.hotkey.as_ref() != Some(&h.hotkey)) {
            return None;
        }
        let (miner, kind) = (a.miner.clone(), result.kind);
        Some(Mark { miner, holder, kind, accuracy: a.accuracy.filter(|_| a.came == Came::InTime) })
    };
    result.answers.iter().filter_map(mark).collect()
}

fn misfit(misfit: &Misfit) -> StoreError {
    match misfit {
        Misfit::NotCompleted(_) => StoreError::new(ErrorKind::Conflict, misfit.to_string()),
        Misfit::Missing(_) | Misfit::Stranger(_) | Misfit::Twice(_) => {
            StoreError::new(ErrorKind::Invalid, format!("grades: {misfit}"))
        }
    }
}

/// The answer to an evaluation of `task`, of which there are `evaluations` now.
pub(super) fn recorded(fate: Fate, task: &Task, evaluations: usize, electorate: &Electorate) -> Recorded {
    Recorded {
        fate,
        status: task.state.name(),
        validators: u32::try_from(evaluations).unwrap_or(u32::MAX),
        required: u32::try_from(quorum(electorate.validators as usize)).unwrap_or(u32::MAX),
    }
}

/// Trust after what was found beside what was agreed.
pub(super) fn trusted(before: Score, found: &[(Score, Score)]) -> Score {
    trust(Some(before), found)
}

/// A tally with one more answer in it; one that did not come counts as 0.
pub(super) fn tallied(before: Option<Tally>, accuracy: Option<Score>) -> Tally {
    let newest = accuracy.unwrap_or_default();
    let (graded, missed) = (u64::from(accuracy.is_some()), u64::from(accuracy.is_none()));
    match before {
        None => Tally { accuracy: newest, graded, missed },
        Some(t) => Tally {
            accuracy: Score::mean([(BEFORE, t.accuracy), (NEWEST, newest)]),
            graded: t.graded + graded,
            missed: t.missed + missed,
        },
    }
}

/// Whether a name that had `before` for its hotkey is now somebody else's.
pub(super) fn changed_hands(before: Option<&MinerId>, holder: Option<&Holder>) -> bool {
    before.zip(holder).is_some_and(|(before, holder)| *before != holder.hotkey)
}
