//! Which of several answers to believe when nobody knows the truth.

use crate::Score;

/// The answer that agrees best with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Its place among the answers.
    pub chosen: usize,
    /// Mean likeness of the chosen answer and each of the others; `None` for a single answer, which agrees with nobody.
    pub agreement: Option<Score>,
}

/// The medoid of `answers` answers, which are in the order in which they came; `likeness(i, j)` is 1 for two that say the
/// same. `None` without an answer.
///
/// First counts the likeness that an answer reaches with a majority of all answers, itself included; then the mean
/// likeness; then speed: the earliest. By the majority first, answers that were copied from each other never win while they
/// are fewer than half, however much honest answers differ in detail.
#[must_use]
pub fn medoid(answers: usize, likeness: impl Fn(usize, usize) -> Score) -> Option<Agreed> {
    let majority = answers / 2;
    let mut best: Option<(Score, Score, usize)> = None;
    for i in 0..answers {
        // both directions count, so that a measure of likeness need not be symmetric
        let pair = |j| Score::mean([(1, likeness(i, j)), (1, likeness(j, i))]);
        let mut others: Vec<Score> = (0..answers).filter(|j| *j != i).map(pair).collect();
        others.sort_unstable_by(|a, b| b.cmp(a));
        let reached = majority.checked_sub(1).and_then(|k| others.get(k)).copied().unwrap_or(Score::ONE);
        let mean = Score::mean(others.iter().map(|s| (1, *s)));
        if best.is_none_or(|(r, m, _)| (reached, mean) > (r, m)) {
            best = Some((reached, mean, i));
        }
    }
    best.map(|(_, mean, chosen)| Agreed { chosen, agreement: (answers > 1).then_some(mean) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(points: &[u32]) -> Option<Agreed> {
        medoid(points.len(), |i, j| Score::percent(points[i].abs_diff(points[j]).min(100)).rest())
    }

    #[test]
    fn the_answer_in_the_middle_is_chosen_and_the_earliest_of_equals() {
        assert_eq!(over(&[]), None);
        assert_eq!(over(&[7]), Some(Agreed { chosen: 0, agreement: None }));
        let two = over(&[10, 20]).unwrap();
        assert_eq!((two.chosen, two.agreement), (0, Some(Score::percent(90))));
        assert_eq!(over(&[0, 50, 52, 54]).unwrap().chosen, 2);
        assert_eq!(over(&[50, 0, 50]).unwrap().chosen, 0);
    }

    #[test]
    fn copies_that_are_fewer_than_half_never_win() {
        // five honest answers that differ by 30 % against four that are the same: a plain mean would choose a copy
        let honest = |i: usize| i < 5;
        let likeness = |i, j| match (honest(i), honest(j)) {
            (true, true) => Score::percent(70),
            (false, false) => Score::ONE,
            _ => Score::ZERO,
        };
        let agreed = medoid(9, likeness).unwrap();
        assert!(honest(agreed.chosen), "{agreed:?}");
    }
}
