//! How far a validator can be believed.

use crate::Score;

/// Weight of the newest round in a validator's trust.
const NEWEST: u64 = 1;
/// Weight of what was before.
const BEFORE: u64 = 9;

/// Trust of a validator after a round in which it found the first of each pair and all agreed on the second: its former
/// trust (or one, for a newcomer), moved a tenth of the way to how much of both is common, the sum of the lesser over the
/// sum of the greater. Unchanged by a round without answers.
#[must_use]
pub fn trust(before: Option<Score>, found: &[(Score, Score)]) -> Score {
    let before = before.unwrap_or(Score::ONE);
    let sum = |pick: fn(Score, Score) -> Score| -> u128 {
        found.iter().map(|(own, agreed)| u128::from(pick(*own, *agreed).billionths())).sum()
    };
    let (lesser, greater) = (sum(Ord::min), sum(Ord::max));
    match (found.len(), greater) {
        (0, _) => before,
        // all found all answers worthless
        (_, 0) => Score::mean([(BEFORE, before), (NEWEST, Score::ONE)]),
        _ => Score::mean([(BEFORE, before), (NEWEST, Score::ratio(lesser, greater))]),
    }
}

/// What a validator's finding counts where it sets weights on its own: never more than what all agreed on, so that nobody
/// gains by praising its friends.
#[must_use]
pub fn clip(own: Score, agreed: Score) -> Score {
    own.min(agreed)
}
