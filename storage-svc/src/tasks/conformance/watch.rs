//! Watching tasks.

use domain::{ErrorKind, Event, Task, task::StateName};
use futures_util::StreamExt as _;

use super::{Fixture, conformance};
use crate::tasks::TaskChanges;
use crate::tests::sample::{at, grant, new_task, renew, task_id, with_input};

async fn next(changes: &mut TaskChanges) -> Task {
    changes.next().await.expect("the stream goes on").unwrap().expect("nothing was missed")
}

async fn created(f: &Fixture, n: u128) {
    with_input(&*f.files, n).await;
    f.store.create(new_task(n), None).await.unwrap();
}

async fn a_watcher_of_one_task_sees_its_state_and_then_its_changes(f: Fixture) {
    created(&f, 1).await;
    created(&f, 2).await;
    f.store.apply(task_id(1), grant(1, "a", at(5)), at(5)).await.unwrap();
    let mut changes = f.store.watch(Some(task_id(1))).await.unwrap();
    assert_eq!(next(&mut changes).await.state.name(), StateName::Assigned);
    f.store.apply(task_id(2), Event::Cancel, at(6)).await.unwrap();
    let renewed = f.store.apply(task_id(1), renew(1, 1, at(9), Some(7)), at(6)).await.unwrap();
    assert_eq!(next(&mut changes).await, renewed, "changes of other tasks are not seen");
    f.store.apply(task_id(1), Event::Expire, at(7)).await.unwrap(); // nothing is due: no change
    let cancelled = f.store.apply(task_id(1), Event::Cancel, at(8)).await.unwrap();
    assert_eq!(next(&mut changes).await, cancelled);
}

async fn a_task_that_is_not_there_can_not_be_watched(f: Fixture) {
    let refused = match f.store.watch(Some(task_id(1))).await {
        Err(e) => e,
        Ok(mut changes) => changes.next().await.unwrap().unwrap_err(),
    };
    assert_eq!(refused.kind, ErrorKind::NotFound);
}

async fn a_watcher_of_all_sees_new_tasks_and_changes_in_order(f: Fixture) {
    created(&f, 1).await;
    let mut changes = f.store.watch(None).await.unwrap();
    created(&f, 2).await;
    f.store.apply(task_id(1), grant(1, "a", at(5)), at(5)).await.unwrap();
    f.store.apply(task_id(2), Event::Cancel, at(5)).await.unwrap();
    let seen = [next(&mut changes).await, next(&mut changes).await, next(&mut changes).await];
    let seen = seen.map(|t| (t.spec.id, t.state.name()));
    assert_eq!(
        seen,
        [
            (task_id(2), StateName::Pending),
            (task_id(1), StateName::Assigned),
            (task_id(2), StateName::Cancelled)
        ]
    );
}

async fn a_change_is_readable_by_whoever_heard_of_it(f: Fixture) {
    created(&f, 1).await;
    f.store.apply(task_id(1), grant(1, "a", at(5)), at(5)).await.unwrap();
    let mut changes = f.store.watch(None).await.unwrap();
    for percent in 1..=50 {
        let (applied, heard) =
            tokio::join!(f.store.apply(task_id(1), renew(1, 1, at(60), Some(percent)), at(6)), async {
                let heard = next(&mut changes).await;
                let read = f.store.get(task_id(1)).await.unwrap();
                assert!(read.version >= heard.version, "told before it was durable");
                heard
            });
        assert_eq!(applied.unwrap(), heard);
    }
}

conformance!(
    a_watcher_of_one_task_sees_its_state_and_then_its_changes,
    a_task_that_is_not_there_can_not_be_watched,
    a_watcher_of_all_sees_new_tasks_and_changes_in_order,
    a_change_is_readable_by_whoever_heard_of_it,
);
