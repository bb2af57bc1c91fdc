//! What all validators together found of a task, once they agree.

use super::{Ballot, Came, Electorate, Evaluation, Verdict, Vote, level, verdict};
use crate::{
    Language, Lease, LeaseId, MinerId, Score, Sha256, SourceLanguage, Task, TaskId, TaskKind, Timestamp,
};

/// The final result of a task: everybody who was asked, once, with what validators found. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalResult {
    /// Which task.
    pub task: TaskId,
    /// Its kind.
    pub kind: TaskKind,
    /// Language of the input.
    pub source: SourceLanguage,
    /// Language of the output, for translations.
    pub target: Option<Language>,
    /// When validators agreed.
    pub approved_at: Timestamp,
    /// How far they agree: one less the widest interval of an answer.
    pub agreement: Score,
    /// Size of the work, which is what speed is measured by: the stake-weighted median of what validators told.
    #[serde(default)]
    pub units: Option<u32>,
    /// Each miner that was asked, in the order of the leases.
    pub answers: Vec<FinalAnswer>,
}

/// What came from one miner, and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalAnswer {
    /// Its name, as the task has it.
    pub miner: MinerId,
    /// Its place on the subnet, if it still has one.
    pub uid: Option<u16>,
    /// Its hotkey, if it is known.
    pub hotkey: Option<MinerId>,
    /// The lease.
    pub lease: LeaseId,
    /// What came.
    pub came: Came,
    /// From lease to answer in milliseconds, by the scheduler's clock.
    pub took_ms: Option<u64>,
    /// Digest of the answer.
    pub output: Option<Sha256>,
    /// The median of what validators found.
    pub accuracy: Option<Score>,
    /// What the middle half of the stake says.
    pub interval: Option<(Score, Score)>,
    /// The votes it comes from.
    pub votes: Ballot,
}

/// The final result of `task`, or `None` while the verdict on one of its answers is open. Of a validator that answered the
/// task itself the vote on its own answer is left out.
#[must_use]
pub fn conclude(
    task: &Task,
    evaluations: &[Evaluation],
    electorate: &Electorate,
    now: Timestamp,
) -> Option<FinalResult> {
    let asked = asked(task).into_iter().map(|lease| answer(lease, evaluations, electorate));
    let answers = asked.collect::<Option<Vec<_>>>()?;
    let widest = answers.iter().filter_map(|a| a.interval).map(|(low, high)| width(low, high)).max();
    Some(FinalResult {
        task: task.spec.id,
        kind: task.spec.kind,
        source: task.spec.source,
        target: task.spec.target,
        approved_at: now,
        agreement: widest.unwrap_or_default().rest(),
        units: units(evaluations),
        answers,
    })
}

/// What those who tell the size of the work agree on.
fn units(evaluations: &[Evaluation]) -> Option<u32> {
    let told: Vec<_> = evaluations.iter().filter_map(|e| Some((e.stake, e.units?))).collect();
    level(&told, 2)
}

/// Who was asked, each miner once: the lease that was answered, else the last one.
#[must_use]
pub fn asked(task: &Task) -> Vec<&Lease> {
    let mut asked: Vec<&Lease> = Vec::new();
    for lease in &task.leases {
        match asked.iter_mut().find(|l| l.miner == lease.miner) {
            Some(there) if Came::of(there) == Came::InTime => {}
            Some(there) => *there = lease,
            None => asked.push(lease),
        }
    }
    asked
}

fn answer(lease: &Lease, evaluations: &[Evaluation], electorate: &Electorate) -> Option<FinalAnswer> {
    let holder = electorate.holder(&lease.miner);
    let response = lease.response();
    // a place may have changed hands since: an answer is that of the hotkey that signed it
    let signer = holder.and(response).and_then(|r| Some(&r.proof.as_ref()?.signer));
    let hotkey = signer.or(holder.map(|h| &h.hotkey)).cloned();
    let holder = holder.filter(|h| hotkey.as_ref() == Some(&h.hotkey));
    let mut answer = FinalAnswer {
        miner: lease.miner.clone(),
        uid: holder.map(|h| h.uid),
        hotkey,
        lease: lease.id,
        came: Came::of(lease),
        took_ms: None,
        output: response.map(|r| r.output.sha256),
        accuracy: None,
        interval: None,
        votes: Ballot::default(),
    };
    if answer.came != Came::InTime {
        return Some(answer);
    }
    let took = lease.end.as_ref().map(|(at, _)| at.since(lease.granted_at));
    answer.took_ms = took.map(|t| u64::try_from(t.as_millis()).unwrap_or(u64::MAX));
    let whose = answer.hotkey.clone().unwrap_or_else(|| lease.miner.clone());
    for evaluation in evaluations {
        if let Some(found) = evaluation.of(lease.id) {
            let (validator, stake) = (evaluation.validator.clone(), evaluation.stake);
            let vote = Vote { validator, stake, grade: found.grade(), basis: found.basis };
            // a vote that does not count is not there
            let _ = answer.votes.cast(vote, &whose);
        }
    }
    match verdict(&answer.votes, electorate.validators as usize) {
        Verdict::Open(_) => None,
        Verdict::Agreed(agreed) => {
            answer.accuracy = Some(agreed.median);
            answer.interval = Some(agreed.interval);
            Some(answer)
        }
    }
}

fn width(low: Score, high: Score) -> Score {
    Score::from_billionths(high.billionths().saturating_sub(low.billionths())).unwrap_or_default()
}

impl FinalResult {
    /// What was agreed on the answer of this lease.
    #[must_use]
    pub fn of(&self, lease: LeaseId) -> Option<&FinalAnswer> {
        self.answers.iter().find(|a| a.lease == lease)
    }

    /// How right the answer of this lease is.
    #[must_use]
    pub fn agreed(&self, lease: LeaseId) -> Option<Score> {
        self.of(lease)?.accuracy
    }

    /// What an evaluation says beside what was agreed, for each answer: what its validator is trusted by.
    #[must_use]
    pub fn beside(&self, evaluation: &Evaluation) -> Vec<(Score, Score)> {
        let pair = |f: &super::Finding| Some((f.accuracy, self.agreed(f.lease)?));
        evaluation.findings.iter().filter_map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        Event, Fence, FileId, NewTask, Output, Priority, Response, TaskOptions,
        consensus::{Finding, Holder, Misfit},
        grade::Basis,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn lease(n: u128) -> LeaseId {
        LeaseId::from_random(n)
    }

    fn grant(n: u128, miner: &str, now: i64) -> Event {
        Event::Grant {
            lease: lease(n),
            miner: miner.parse().unwrap(),
            session: 1,
            output: FileId::from_random(n),
            expires_at: at(now) + Duration::from_secs(10),
            run_until: at(now) + Duration::from_secs(10),
        }
    }

    fn respond(n: u128, fence: u64) -> Event {
        let output = Output { file: FileId::from_random(n), sha256: Sha256([9; 32]), size: 5 };
        let response =
            Response { output, model: "m".into(), model_version: "v".into(), facts: None, proof: None };
        Event::Respond { lease: lease(n), fence: Fence(fence), response }
    }

    /// "a" drops it, takes it again and answers; "b" is silent; "c" answers.
    fn task() -> Task {
        let spec = NewTask {
            id: TaskId::from_random(1),
            kind: TaskKind::Tts,
            source: SourceLanguage::Given(Language::De),
            target: None,
            options: TaskOptions::default(),
            priority: Priority::Normal,
            wanted: 2,
            input: FileId::from_random(2),
            input_size: 5,
            submitted_at: at(0),
            deadline: at(900),
            traceparent: None,
            window: Duration::from_secs(60),
        };
        let events = [
            (grant(1, "a", 1), 1),
            (Event::Drop { lease: lease(1) }, 2),
            (grant(2, "b", 3), 3),
            (Event::Expire, 20),
            (grant(3, "a", 20), 20),
            (grant(4, "c", 21), 21),
            (respond(3, 3), 22),
            (respond(4, 4), 25),
            (Event::Choose { lease: lease(3), agreement: Some(Score::percent(80)) }, 26),
        ];
        let done = |t: Task, (event, now)| t.apply(event, at(now)).unwrap();
        events.into_iter().fold(Task::submitted(spec), done)
    }

    fn evaluation(validator: &str, percents: &[(u128, u32)]) -> Evaluation {
        let finding = |(n, percent): &(u128, u32)| Finding {
            lease: lease(*n),
            accuracy: Score::percent(*percent),
            completeness: Score::ONE,
            fault: None,
            basis: Basis::Truth,
        };
        Evaluation {
            task: TaskId::from_random(1),
            validator: validator.parse().unwrap(),
            uid: 1,
            stake: 5,
            at: at(30),
            units: None,
            findings: percents.iter().map(finding).collect(),
        }
    }

    #[test]
    fn everybody_who_was_asked_is_in_the_result_once() {
        // R41: validators take what they take; a miner is measured from lease to answer
        let task = task();
        let both = [evaluation("v", &[(3, 90), (4, 10)]), evaluation("w", &[(3, 70), (4, 10)])];
        let among = Electorate { validators: 2, holders: Vec::new() };
        assert_eq!(conclude(&task, &both[..1], &among, at(31)), None);
        let result = conclude(&task, &both, &among, at(31)).unwrap();
        let told: Vec<_> = result.answers.iter().map(|a| (a.miner.as_str(), a.came, a.took_ms)).collect();
        let in_time = Came::InTime;
        assert_eq!(
            told,
            [("a", in_time, Some(2_000)), ("b", Came::Nothing, None), ("c", in_time, Some(4_000))]
        );
        assert_eq!(result.agreed(lease(3)), Some(Score::percent(90)));
        assert_eq!(result.agreement, Score::percent(80));
        assert_eq!(result.beside(&both[1])[0], (Score::percent(70), Score::percent(90)));
        let text = serde_json::to_string(&result).unwrap();
        assert_eq!(serde_json::from_str::<FinalResult>(&text).unwrap(), result);
    }

    #[test]
    fn an_answer_is_its_signers_though_the_place_changed_hands() {
        // R40
        let mut task = task();
        for lease in &mut task.leases {
            if let Some((_, crate::LeaseEnd::Responded(response))) = &mut lease.end {
                let (signer, input_sha256) = ("before".parse().unwrap(), Sha256([1; 32]));
                let signature = crate::receipt::Signature([0; 64]);
                response.proof = Some(Box::new(crate::receipt::Proof { signer, input_sha256, signature }));
            }
        }
        let holder =
            |hotkey: &str| Holder { miner: "a".parse().unwrap(), uid: 7, hotkey: hotkey.parse().unwrap() };
        let both = [evaluation("before", &[(3, 90), (4, 10)]), evaluation("w", &[(3, 70), (4, 10)])];
        let of = |hotkey| {
            let among = Electorate { validators: 1, holders: vec![holder(hotkey)] };
            conclude(&task, &both, &among, at(31)).unwrap().of(lease(3)).unwrap().clone()
        };
        let (same, after) = (of("before"), of("after"));
        assert_eq!((same.uid, same.hotkey), (Some(7), Some("before".parse().unwrap())));
        assert_eq!((after.uid, after.hotkey), (None, Some("before".parse().unwrap())));
        assert_eq!(after.votes.votes().len(), 1, "nobody grades his own work, whoever has his place now");
    }

    #[test]
    fn the_size_of_the_work_is_what_half_of_the_stake_tells() {
        let among = Electorate { validators: 2, holders: Vec::new() };
        let told = |sizes: &[(u64, Option<u32>)]| {
            let all = sizes.iter().zip(["v", "w", "x"]).map(|((stake, units), validator)| Evaluation {
                stake: *stake,
                units: *units,
                ..evaluation(validator, &[(3, 90), (4, 10)])
            });
            conclude(&task(), &all.collect::<Vec<_>>(), &among, at(31)).unwrap().units
        };
        assert_eq!(told(&[(5, Some(25)), (5, Some(25))]), Some(25));
        assert_eq!(told(&[(5, None), (5, None)]), None);
        assert_eq!(told(&[(9, None), (1, Some(25))]), Some(25), "who does not tell has no say");
        assert_eq!(told(&[(4, Some(1_000_000)), (5, Some(25)), (5, Some(24))]), Some(25));
    }

    #[test]
    fn an_evaluation_is_of_all_answers_that_came_in_time_and_of_no_others() {
        let task = task();
        let fits = |percents: &[(u128, u32)]| evaluation("v", percents).fits(&task);
        assert_eq!(fits(&[(4, 1), (3, 2)]), Ok(()));
        assert_eq!(fits(&[(4, 1)]), Err(Misfit::Missing(lease(3))));
        assert_eq!(fits(&[(4, 1), (3, 1), (1, 1)]), Err(Misfit::Stranger(lease(1))));
        assert_eq!(fits(&[(4, 1), (4, 2)]), Err(Misfit::Twice(lease(4))));
        let open = Task::submitted(task.spec.clone());
        assert!(matches!(evaluation("v", &[]).fits(&open), Err(Misfit::NotCompleted(_))));
    }
}
