//! New tasks, their keys and their inputs.

use domain::{ErrorKind, Event, NewTask, Sha256, Task};

use super::{Fixture, RETENTION, conformance};
use crate::tasks::{Idempotency, TaskFilter};
use crate::tests::sample::{at, file, grant, input, new_task, task_id, with_input};

fn key(text: &str, fingerprint: u8) -> Option<Idempotency> {
    Some(Idempotency { key: text.into(), fingerprint: Sha256([fingerprint; 32]) })
}

async fn how_many(f: &Fixture) -> usize {
    f.store.list(&TaskFilter::default(), 200, None).await.unwrap().tasks.len()
}

async fn a_created_task_reads_back(f: Fixture) {
    with_input(&*f.files, 1).await;
    let spec = NewTask {
        target: Some(domain::Language::Ko),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        input_size: u64::MAX,
        ..new_task(1)
    };
    let created = f.store.create(spec.clone(), None).await.unwrap();
    assert_eq!((&created.task, created.replayed), (&Task::submitted(spec), false));
    assert_eq!(f.store.get(task_id(1)).await.unwrap(), created.task);
    assert_eq!(f.store.get(task_id(2)).await.unwrap_err().kind, ErrorKind::NotFound);
}

async fn the_same_id_again_answers_with_the_task_that_is_there(f: Fixture) {
    with_input(&*f.files, 1).await;
    f.store.create(new_task(1), None).await.unwrap();
    let moved = f.store.apply(task_id(1), Event::Cancel, at(5)).await.unwrap();
    let again = f.store.create(new_task(1), None).await.unwrap();
    assert_eq!((again.task, again.replayed), (moved, true));
    assert_eq!(how_many(&f).await, 1);
}

async fn the_same_key_and_fingerprint_is_the_same_request(f: Fixture) {
    // R36
    with_input(&*f.files, 1).await;
    with_input(&*f.files, 2).await;
    let first = f.store.create(new_task(1), key("k", 1)).await.unwrap();
    let again = f.store.create(new_task(2), key("k", 1)).await.unwrap();
    assert_eq!((again.task, again.replayed), (first.task, true));
    assert_eq!(how_many(&f).await, 1);
}

async fn a_key_with_another_fingerprint_is_refused(f: Fixture) {
    with_input(&*f.files, 1).await;
    with_input(&*f.files, 2).await;
    f.store.create(new_task(1), key("k", 1)).await.unwrap();
    assert_eq!(f.store.create(new_task(2), key("k", 2)).await.unwrap_err().kind, ErrorKind::KeyReused);
    assert_eq!(how_many(&f).await, 1);
}

async fn a_key_is_free_again_after_a_day(f: Fixture) {
    let later = NewTask { submitted_at: new_task(1).submitted_at + RETENTION.keys, ..new_task(2) };
    with_input(&*f.files, 1).await;
    f.files.insert(domain::FileMeta { expires_at: at(1_000_000), ..file(input(2), 2) }).await.unwrap();
    f.store.create(new_task(1), key("k", 1)).await.unwrap();
    assert!(!f.store.create(later, key("k", 2)).await.unwrap().replayed);
    let now = NewTask { submitted_at: new_task(1).submitted_at + RETENTION.keys, ..new_task(3) };
    assert_eq!(
        f.store.create(now, key("k", 2)).await.unwrap().task.spec.id,
        task_id(2),
        "the key is the new task's"
    );
}

async fn a_task_without_its_input_is_refused_and_leaves_nothing(f: Fixture) {
    // L9
    assert_eq!(f.store.create(new_task(1), key("k", 1)).await.unwrap_err().kind, ErrorKind::NotFound);
    f.files.insert(domain::FileMeta { expires_at: at(1), ..file(input(1), 1) }).await.unwrap();
    let expired = f.store.create(new_task(1), key("k", 1)).await.unwrap_err();
    assert_eq!(expired.kind, ErrorKind::NotFound, "an input that ends as the task begins has expired");
    assert_eq!(how_many(&f).await, 0);
    assert_eq!(f.store.counts().await.unwrap().iter().map(|(_, n)| n).sum::<u64>(), 0);
    with_input(&*f.files, 2).await;
    assert!(!f.store.create(new_task(2), key("k", 2)).await.unwrap().replayed, "the key was not used up");
}

async fn an_input_lives_as_long_as_its_task(f: Fixture) {
    // L10
    with_input(&*f.files, 1).await;
    f.store.create(new_task(1), None).await.unwrap();
    let until = new_task(1).deadline + RETENTION.tasks;
    assert_eq!(f.files.stat(input(1), at(2)).await.unwrap().expires_at, until);
    let own_life = domain::FileMeta { expires_at: until + RETENTION.tasks, ..file(input(2), 1) };
    f.files.insert(own_life.clone()).await.unwrap();
    f.store.create(new_task(2), None).await.unwrap();
    assert_eq!(f.files.stat(input(2), at(2)).await.unwrap(), own_life, "no life is ever shortened");
}

async fn twenty_requests_with_one_key_make_one_task(f: Fixture) {
    let creates = (1..=20).map(|n| {
        let f = &f;
        async move {
            with_input(&*f.files, n).await;
            f.store.create(new_task(n), key("k", 1)).await.unwrap()
        }
    });
    let created = futures_util::future::join_all(creates).await;
    assert_eq!(created.iter().filter(|c| !c.replayed).count(), 1);
    assert!(created.iter().all(|c| c.task == created[0].task));
    assert_eq!(how_many(&f).await, 1);
    assert!(f.store.apply(created[0].task.spec.id, grant(1, "a", at(30)), at(30)).await.is_ok());
}

conformance!(
    a_created_task_reads_back,
    the_same_id_again_answers_with_the_task_that_is_there,
    the_same_key_and_fingerprint_is_the_same_request,
    a_key_with_another_fingerprint_is_refused,
    a_key_is_free_again_after_a_day,
    a_task_without_its_input_is_refused_and_leaves_nothing,
    an_input_lives_as_long_as_its_task,
    twenty_requests_with_one_key_make_one_task,
);
