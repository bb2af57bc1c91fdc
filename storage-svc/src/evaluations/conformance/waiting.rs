//! What waits for a validator.

use domain::ErrorKind;

use super::*;

async fn every_validator_sees_a_task_until_it_is_approved_and_each_once(f: Fixture) {
    // L15
    completed(&f, 1, &["a"]).await;
    cancelled(&f, 2).await;
    for validator in ["v1", "v2"] {
        assert_eq!(waiting_for(&f, validator).await, [task_id(1)]);
    }
    let first = record(&f, evaluation("v1", 5, 1, &[90]), among(2)).await;
    assert_eq!((first.status.name(), first.validators, first.required), ("completed", 1, 2));
    assert!(waiting_for(&f, "v1").await.is_empty());
    assert_eq!(waiting_for(&f, "v2").await, [task_id(1)], "the first evaluation hides it from nobody else");
    let second = record(&f, evaluation("v2", 5, 1, &[80]), among(2)).await;
    assert_eq!((second.status.name(), second.validators), ("approved", 2));
    for validator in ["v1", "v2", "v3"] {
        assert!(waiting_for(&f, validator).await.is_empty());
    }
}

async fn what_waits_comes_with_its_input_in_the_order_of_completion_by_pages(f: Fixture) {
    // the order of submits is another
    for n in [5, 3, 9, 1, 7] {
        completed(&f, n, &["a", "b"]).await;
    }
    let order = [5, 3, 9, 1, 7].map(task_id);
    assert_eq!(waiting_for(&f, "v").await, order);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = f.store.pending(&name("v"), 2, after.as_deref()).await.unwrap();
        for p in &page.tasks {
            assert_eq!((p.input.id, p.task.responses()), (p.task.spec.input, 2));
            assert_eq!(p.task, f.tasks.get(p.task.spec.id).await.unwrap());
        }
        seen.extend(page.tasks.iter().map(|p| p.task.spec.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, order);
    for limit in [0, 201] {
        let e = f.store.pending(&name("v"), limit, None).await.unwrap_err();
        assert_eq!(e.kind, ErrorKind::Invalid);
    }
    assert_eq!(f.store.pending(&name("v"), 1, Some("x")).await.unwrap_err().kind, ErrorKind::Invalid);
}

async fn what_was_marked_as_seen_waits_no_more_for_this_validator(f: Fixture) {
    for n in 1..=4 {
        completed(&f, n, &["a"]).await;
    }
    let seen = async |n| f.store.mark_seen(&name("v"), 3, 9, task_id(n)).await;
    assert_eq!(seen(9).await.unwrap_err().kind, ErrorKind::NotFound);
    assert!(seen(1).await.unwrap());
    assert!(!seen(1).await.unwrap(), "again is no error");
    assert!(seen(3).await.unwrap());
    assert_eq!(waiting_for(&f, "v").await, [2, 4].map(task_id));
    assert_eq!(waiting_for(&f, "w").await.len(), 4);
    // out of its turn, and in it
    record(&f, evaluation("v", 5, 4, &[50]), among(2)).await;
    record(&f, evaluation("v", 5, 2, &[50]), among(2)).await;
    assert!(waiting_for(&f, "v").await.is_empty());
    completed_at(&f, 5, &["a"], 500).await;
    assert_eq!(waiting_for(&f, "v").await, [task_id(5)], "the line goes on, whatever the clock says");
    // who changes its mind may still evaluate
    record(&f, evaluation("v", 5, 1, &[50]), among(2)).await;
}

async fn a_task_that_is_forgotten_waits_for_nobody(f: Fixture) {
    completed(&f, 1, &["a"]).await;
    completed(&f, 2, &["a"]).await;
    record(&f, evaluation("v", 5, 1, &[50]), among(1)).await;
    let end = at(1_003) + RETENTION.tasks;
    assert_eq!(f.forget.forget_tasks(end, 9).await.unwrap(), 1, "an approval lengthens the life of a task");
    assert!(waiting_for(&f, "w").await.is_empty());
    assert_eq!(f.forget.forget_tasks(at(9_000) + RETENTION.tasks, 9).await.unwrap(), 1);
    assert!(f.store.final_results(9, None).await.unwrap().results.is_empty());
    assert!(f.store.evaluated_by(&name("v"), 9, None).await.unwrap().evaluations.is_empty());
    assert_eq!(f.store.totals().await.unwrap(), Totals { evaluations: 1, final_results: 1 });
}

conformance!(
    every_validator_sees_a_task_until_it_is_approved_and_each_once,
    what_waits_comes_with_its_input_in_the_order_of_completion_by_pages,
    what_was_marked_as_seen_waits_no_more_for_this_validator,
    a_task_that_is_forgotten_waits_for_nobody,
);

#[tokio::test]
async fn what_a_validator_is_through_with_is_never_looked_at_again() {
    // C3
    let (_root, db) = database().await;
    let tasks = SqlTasks::new(db.clone(), RETENTION);
    let store = Arc::new(SqlEvaluations::new(tasks.clone()));
    let (tasks, files) = (Arc::new(tasks), Arc::new(SqlFiles::new(db.clone())));
    let f = Fixture { store, tasks: tasks.clone(), forget: tasks, files, _root: None };
    for n in 1..=5 {
        completed(&f, n, &["a"]).await;
    }
    let begins = async || db.read(|c| crate::evaluations::line::begin(c, "v")).await.unwrap();
    assert_eq!(begins().await, 0);
    // nobody else comes, so that all of them stay in the line
    record(&f, evaluation("v", 5, 2, &[50]), among(2)).await;
    assert_eq!(begins().await, 1, "the first still waits");
    record(&f, evaluation("v", 5, 1, &[50]), among(2)).await;
    assert_eq!(begins().await, 3, "both are behind it");
    for n in 3..=5 {
        f.store.mark_seen(&name("v"), 3, 5, task_id(n)).await.unwrap();
    }
    assert_eq!(begins().await, 6, "the end of the line, where the next one comes");
    completed(&f, 6, &["a"]).await;
    assert_eq!(waiting_for(&f, "v").await, [task_id(6)]);
}
