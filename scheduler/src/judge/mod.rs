//! Which of several answers to serve when nobody knows the truth: the one that agrees best with the others.
//!
//! A leaf: tests give another one.

mod document;
mod files;
mod heard;
mod sound;

pub(crate) use files::FilesJudge;

use async_trait::async_trait;
use domain::{Score, Task, medoid};
use proto::RpcError;

/// What is made of the answers to a task, by their places in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    /// The answer that agrees best with the others.
    pub(crate) chosen: usize,
    /// How well it does; `None` for a single answer.
    pub(crate) agreement: Option<Score>,
    /// How well each of the others agrees with it, and it with all of them; empty for a single answer.
    pub(crate) each: Vec<Score>,
}

/// Compares answers.
#[async_trait]
pub(crate) trait Judge: Send + Sync + 'static {
    /// What to make of the answers of `task`, of which there are at least two.
    ///
    /// # Errors
    /// Only when they could not be reached, so that later is better. What can't be read is like no other answer.
    async fn judge(&self, task: &Task) -> Result<Judged, RpcError>;
}

impl Judged {
    /// By their likeness; `None` without an answer.
    pub(crate) fn of(answers: usize, likeness: impl Fn(usize, usize) -> Score) -> Option<Self> {
        let best = medoid(answers, &likeness)?;
        let to_chosen =
            |i| if i == best.chosen { best.agreement.unwrap_or_default() } else { likeness(i, best.chosen) };
        let each = if answers > 1 { (0..answers).map(to_chosen).collect() } else { Vec::new() };
        Some(Self { chosen: best.chosen, agreement: best.agreement, each })
    }

    /// The first that came, where nothing is known of any.
    pub(crate) const fn first() -> Self {
        Self { chosen: 0, agreement: None, each: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_liar_is_not_chosen_and_told_apart() {
        let alike =
            |i: usize, j: usize| if i == 0 || j == 0 { Score::percent(10) } else { Score::percent(96) };
        let judged = Judged::of(3, alike).unwrap();
        assert_eq!((judged.chosen, judged.agreement), (1, Some(Score::percent(53))));
        assert_eq!(judged.each, [Score::percent(10), Score::percent(53), Score::percent(96)]);
        assert_eq!(Judged::of(1, |_, _| Score::ONE), Some(Judged::first()));
        assert_eq!(Judged::of(0, |_, _| Score::ONE), None);
    }
}
