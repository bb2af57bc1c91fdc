//! What validators agree on.

use domain::{ErrorKind, TaskState, task::StateName};
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use super::*;

async fn the_evaluation_that_makes_a_quorum_approves_the_task_and_writes_the_result(f: Fixture) {
    completed(&f, 1, &["a", "b"]).await;
    let before = f.tasks.get(task_id(1)).await.unwrap();
    let mut changes = f.tasks.watch(Some(task_id(1))).await.unwrap();
    assert_eq!(changes.next().await.unwrap().unwrap().unwrap(), before);
    record(&f, evaluation("v1", 5, 1, &[90, 20]), among(3)).await;
    assert_eq!(f.tasks.get(task_id(1)).await.unwrap(), before, "one of two changes nothing");
    assert_eq!(f.store.final_result(task_id(1)).await.unwrap(), None);
    record(&f, evaluation("v2", 3, 1, &[80, 40]), among(3)).await;

    let task = f.tasks.get(task_id(1)).await.unwrap();
    let chosen = LeaseId::from_random(lease(1, 0));
    assert_eq!(
        task.state,
        TaskState::Approved { at: at(2_001), chosen, agreement: Some(Score::percent(80)) }
    );
    assert_eq!(task.version, before.version + 1, "a change like any other");
    assert_eq!(changes.next().await.unwrap().unwrap().unwrap(), task, "whoever watches hears of it");
    let counts = f.tasks.counts().await.unwrap();
    let of = |state| counts.iter().find(|(s, _)| *s == state).unwrap().1;
    assert_eq!((of(StateName::Completed), of(StateName::Approved)), (0, 1));

    let page = f.store.final_results(9, None).await.unwrap();
    let result = &page.results[0];
    assert_eq!(f.store.final_result(task_id(1)).await.unwrap().as_ref(), Some(result));
    assert_eq!(result.units, Some(7));
    assert_eq!((page.results.len(), result.task, result.approved_at), (1, task_id(1), at(2_001)));
    assert_eq!(result.agreement, Score::percent(80), "one less the widest interval");
    let found: Vec<_> = result.answers.iter().map(|a| (a.miner.as_str(), a.accuracy, a.took_ms)).collect();
    let (first, second) = (Some(Score::percent(90)), Some(Score::percent(20)));
    assert_eq!(found, [("a", first, Some(1_000)), ("b", second, Some(1_000))]);
    assert_eq!(result.answers[1].interval, Some((Score::percent(20), Score::percent(40))));
    let votes = result.answers[0].votes.votes();
    let votes: Vec<_> = votes.iter().map(|v| (v.validator.as_str(), v.stake)).collect();
    assert_eq!(votes, [("v1", 5), ("v2", 3)]);
    assert_eq!(f.store.totals().await.unwrap(), Totals { evaluations: 2, final_results: 1 });
}

async fn a_validator_has_one_evaluation_of_a_task(f: Fixture) {
    // E9, S13
    completed(&f, 1, &["a", "b"]).await;
    record(&f, evaluation("v1", 5, 1, &[90, 20]), among(2)).await;
    let mut again = evaluation("v1", 5, 1, &[90, 20]);
    again.findings.reverse();
    again.at = at(9_999);
    let told = f.store.record(again, among(2)).await.unwrap();
    assert_eq!((told.fate, told.validators, told.status.name()), (Fate::Repeated, 1, "completed"));
    let other = f.store.record(evaluation("v1", 5, 1, &[90, 21]), among(2)).await.unwrap();
    assert_eq!((other.fate, other.validators), (Fate::Differs, 1));
    let longer = Evaluation { units: Some(8), ..evaluation("v1", 5, 1, &[90, 20]) };
    assert_eq!(f.store.record(longer, among(2)).await.unwrap().fate, Fate::Differs);
    let kept = f.store.evaluated_by(&name("v1"), 9, None).await.unwrap();
    assert_eq!(kept.evaluations.len(), 1);
    assert_eq!(kept.evaluations[0].evaluation, evaluation("v1", 5, 1, &[90, 20]));
}

async fn one_validator_is_enough_where_there_is_one(f: Fixture) {
    completed(&f, 1, &["a"]).await;
    let alone = record(&f, evaluation("v1", 5, 1, &[90]), among(1)).await;
    assert_eq!((alone.status.name(), alone.required), ("approved", 1));
    let page = f.store.final_results(9, None).await.unwrap();
    assert_eq!(page.results[0].agreement, Score::ONE);
}

async fn what_comes_after_the_verdict_is_kept_and_changes_it_not(f: Fixture) {
    completed(&f, 1, &["a"]).await;
    record(&f, evaluation("v1", 5, 1, &[90]), among(3)).await;
    record(&f, evaluation("v2", 5, 1, &[90]), among(3)).await;
    let before = f.store.final_results(9, None).await.unwrap();
    let late = record(&f, evaluation("v3", 100, 1, &[0]), among(3)).await;
    assert_eq!((late.status.name(), late.validators), ("approved", 3));
    assert_eq!(f.store.final_results(9, None).await.unwrap(), before, "the verdict stands");
    let of = async |v: &str| {
        let page = f.store.evaluated_by(&name(v), 9, None).await.unwrap();
        page.evaluations.iter().map(|e| (e.counted, e.status.name())).collect::<Vec<_>>()
    };
    assert_eq!(of("v1").await, [(true, "approved")]);
    assert_eq!(of("v3").await, [(false, "approved")]);
    let trust: Vec<_> = f.store.validators(9, None).await.unwrap();
    let trust: Vec<_> = trust.iter().map(|v| (v.validator.as_str(), v.evaluations, v.trust)).collect();
    let believed = |v| (v, 1, Score::ONE);
    assert_eq!(trust[..2], [believed("v1"), believed("v2")]);
    assert!(trust[2].2 < Score::percent(91), "who finds something else is believed less: {trust:?}");
}

async fn an_evaluation_that_does_not_fit_is_refused_and_leaves_nothing(f: Fixture) {
    completed(&f, 1, &["a", "b"]).await;
    cancelled(&f, 2).await;
    let mut twice = evaluation("v", 5, 1, &[1, 2]);
    twice.findings[1] = twice.findings[0];
    for (bad, kind, word) in [
        (evaluation("v", 5, 9, &[1]), ErrorKind::NotFound, "no such task"),
        (evaluation("v", 5, 2, &[]), ErrorKind::Conflict, "a cancelled task cannot be evaluated"),
        (evaluation("v", 5, 1, &[1]), ErrorKind::Invalid, "is not graded"),
        (evaluation("v", 5, 1, &[1, 2, 3]), ErrorKind::Invalid, "brought no answer"),
        (twice, ErrorKind::Invalid, "is graded twice"),
        (evaluation("v", 0, 1, &[1, 2]), ErrorKind::Forbidden, "without stake"),
    ] {
        let e = f.store.record(bad, among(1)).await.unwrap_err();
        assert_eq!(e.kind, kind, "{e}");
        assert!(e.to_string().contains(word), "{e}");
    }
    assert_eq!(waiting_for(&f, "v").await, [task_id(1)]);
    assert_eq!(f.store.totals().await.unwrap(), Totals::default());
    assert!(f.store.validators(9, None).await.unwrap().is_empty());
}

async fn nobody_grades_himself(f: Fixture) {
    // S3
    completed(&f, 1, &["7"]).await;
    let electorate = || with_holder(2, "7", "hot");
    let own = record(&f, evaluation("hot", 50, 1, &[100]), electorate()).await;
    assert_eq!(own.status.name(), "completed");
    let other = record(&f, evaluation("v1", 5, 1, &[10]), electorate()).await;
    assert_eq!(other.status.name(), "completed", "its own vote is none of the two");
    record(&f, evaluation("v2", 5, 1, &[20]), electorate()).await;
    let page = f.store.final_results(9, None).await.unwrap();
    let answer = &page.results[0].answers[0];
    assert_eq!((answer.uid, answer.votes.votes().len()), (Some(7), 2));
    assert_eq!(answer.accuracy, Some(Score::percent(20)));
}

async fn of_many_at_once_the_task_is_approved_once(f: Fixture) {
    // L4
    completed(&f, 1, &["a"]).await;
    let validators: Vec<String> = (0..20).map(|i| format!("v{i:02}")).collect();
    let all = validators.iter().map(|v| f.store.record(evaluation(v, 5, 1, &[50]), among(20)));
    let fates: Vec<_> = join_all(all).await.into_iter().map(|r| r.unwrap().fate).collect();
    assert_eq!(fates, [Fate::Recorded; 20]);
    let page = f.store.final_results(9, None).await.unwrap();
    assert_eq!((page.results.len(), page.results[0].answers[0].votes.votes().len()), (1, 2));
    assert_eq!(f.store.totals().await.unwrap(), Totals { evaluations: 20, final_results: 1 });
}

async fn final_results_go_on_where_a_page_ended(f: Fixture) {
    for n in 1..=5 {
        completed(&f, n, &["a"]).await;
    }
    // times of approval go back: the order in which they became durable counts
    for n in [4, 2, 5] {
        record(&f, evaluation("v", 5, n, &[50]), among(1)).await;
    }
    let one = f.store.final_results(2, None).await.unwrap();
    let ids = |p: &FinalPage| p.results.iter().map(|r| r.task).collect::<Vec<_>>();
    assert_eq!(ids(&one), [4, 2].map(task_id));
    let two = f.store.final_results(2, one.next.as_deref()).await.unwrap();
    assert_eq!(ids(&two), [task_id(5)]);
    let end = f.store.final_results(2, two.next.as_deref()).await.unwrap();
    assert_eq!((ids(&end), end.next), (vec![], None));
    record(&f, evaluation("v", 5, 1, &[50]), among(1)).await;
    let more = f.store.final_results(2, two.next.as_deref()).await.unwrap();
    assert_eq!(ids(&more), [task_id(1)], "a cursor is good for later");
    assert_eq!(f.store.final_results(2, Some("?")).await.unwrap_err().kind, ErrorKind::Invalid);
}

async fn evaluations_are_listed_newest_first_by_pages(f: Fixture) {
    for n in 1..=5 {
        completed(&f, n, &["a"]).await;
        record(&f, evaluation("v", 5, n, &[50]), among(2)).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = f.store.evaluated_by(&name("v"), 2, cursor.as_deref()).await.unwrap();
        seen.extend(page.evaluations.iter().map(|e| e.evaluation.task));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1].map(task_id));
    assert!(f.store.evaluated_by(&name("w"), 2, None).await.unwrap().evaluations.is_empty());
}

conformance!(
    the_evaluation_that_makes_a_quorum_approves_the_task_and_writes_the_result,
    a_validator_has_one_evaluation_of_a_task,
    one_validator_is_enough_where_there_is_one,
    what_comes_after_the_verdict_is_kept_and_changes_it_not,
    an_evaluation_that_does_not_fit_is_refused_and_leaves_nothing,
    nobody_grades_himself,
    of_many_at_once_the_task_is_approved_once,
    final_results_go_on_where_a_page_ended,
    evaluations_are_listed_newest_first_by_pages,
);
