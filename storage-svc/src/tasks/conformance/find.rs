//! Finding tasks.

use domain::{
    ErrorKind, Event, Language, LeaseId, MinerId, NewTask, Offer, Priority, SourceLanguage, Task, TaskKind,
    task::StateName,
};

use super::{Fixture, conformance};
use crate::tasks::{MAX_PAGE, TaskFilter};
use crate::tests::sample::{
    HOUR, at, choose, file, grant, new_task, output, renew, respond, task_id, with_input,
};

async fn created(f: &Fixture, spec: NewTask, n: u128) {
    with_input(&*f.files, n).await;
    f.store
        .create(NewTask { id: task_id(n), input: crate::tests::sample::input(n), ..spec }, None)
        .await
        .unwrap();
}

fn numbers(tasks: &[Task]) -> Vec<u128> {
    tasks.iter().map(|t| u128::from_str_radix(&t.spec.id.to_string(), 16).unwrap()).collect()
}

async fn pages(f: &Fixture, filter: &TaskFilter, limit: u32) -> Vec<Vec<u128>> {
    let (mut pages, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = f.store.list(filter, limit, cursor.as_deref()).await.unwrap();
        pages.push(numbers(&page.tasks));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return pages,
        }
    }
}

async fn a_list_shows_newest_first_by_pages(f: Fixture) {
    // C6; 3 and 4 were submitted in the same instant
    for n in 1..=5 {
        created(&f, new_task(if n == 4 { 3 } else { n }), n).await;
    }
    let all = TaskFilter::default();
    assert_eq!(pages(&f, &all, 2).await, [vec![5, 4], vec![3, 2], vec![1]]);
    assert_eq!(pages(&f, &all, 5).await, [vec![5, 4, 3, 2, 1]]);
    let first = f.store.list(&all, 2, None).await.unwrap();
    created(&f, new_task(6), 6).await;
    let second = f.store.list(&all, 2, first.next.as_deref()).await.unwrap();
    assert_eq!(numbers(&second.tasks), [3, 2], "a new task moves nothing to another page");
}

async fn a_list_is_filtered_by_states_and_kind(f: Fixture) {
    for n in 1..=6 {
        let kind = if n % 2 == 0 { TaskKind::Tts } else { TaskKind::Transcription };
        created(&f, NewTask { kind, ..new_task(n) }, n).await;
    }
    f.store.apply(task_id(1), Event::Cancel, at(10)).await.unwrap();
    f.store.apply(task_id(2), Event::Cancel, at(10)).await.unwrap();
    f.store.apply(task_id(3), grant(3, "a", at(10)), at(10)).await.unwrap();
    let show = async |statuses: &[StateName], kind| {
        let filter = TaskFilter { statuses: statuses.to_vec(), kind };
        pages(&f, &filter, 2).await.concat()
    };
    assert_eq!(show(&[StateName::Cancelled], None).await, [2, 1]);
    assert_eq!(show(&[StateName::Cancelled, StateName::Assigned], None).await, [3, 2, 1]);
    assert_eq!(show(&[StateName::Pending, StateName::Cancelled], Some(TaskKind::Tts)).await, [6, 4, 2]);
    assert_eq!(show(&[], Some(TaskKind::Transcription)).await, [5, 3, 1]);
    assert_eq!(show(&[StateName::Failed], None).await, [0_u128; 0]);
}

async fn a_limit_or_cursor_that_no_page_gave_is_refused(f: Fixture) {
    for (limit, cursor) in [(0, None), (MAX_PAGE + 1, None), (1, Some("zzz")), (1, Some("../.."))] {
        let refused = f.store.list(&TaskFilter::default(), limit, cursor).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Invalid, "{limit} {cursor:?}");
    }
}

fn offer(kind: TaskKind, languages: &[Language]) -> Offer {
    Offer::new(kind, languages.to_vec())
}

async fn the_most_urgent_is_ready_first_and_nothing_starves(f: Fixture) {
    // E13
    let old = |n, priority| NewTask { priority, ..new_task(n) };
    created(&f, old(1_000, Priority::Normal), 1).await;
    created(&f, old(1_001, Priority::Urgent), 2).await;
    created(&f, old(1_002, Priority::High), 3).await;
    created(&f, old(1_003, Priority::Low), 4).await;
    created(&f, old(1, Priority::Low), 5).await;
    let offers = [offer(TaskKind::Transcription, &[Language::En])];
    let ready = f.store.ready(&offers, None, 10).await.unwrap();
    assert_eq!(numbers(&ready), [5, 2, 3, 1, 4], "the low one that waited long enough comes first");
    assert_eq!(numbers(&f.store.ready(&offers, None, 2).await.unwrap()), [5, 2]);
    assert!(f.store.ready(&offers, None, 0).await.unwrap().is_empty());
    assert!(f.store.ready(&[], None, 10).await.unwrap().is_empty());
}

async fn what_is_ready_fits_an_offer(f: Fixture) {
    // E12: every kind
    for (n, kind) in (1..).zip(TaskKind::ALL) {
        created(&f, NewTask { kind: *kind, ..new_task(n) }, n).await;
    }
    let of = |n, source| NewTask { source, ..new_task(n) };
    created(&f, of(20, SourceLanguage::Auto), 20).await;
    created(&f, of(21, SourceLanguage::Given(Language::Zh)), 21).await;
    let ready = async |offers: &[Offer]| numbers(&f.store.ready(offers, None, 100).await.unwrap());
    for (n, kind) in (2..).zip(&TaskKind::ALL[1..]) {
        assert_eq!(ready(&[offer(*kind, &[Language::En])]).await, [n]);
    }
    assert_eq!(
        ready(&[offer(TaskKind::Transcription, &[Language::Zh])]).await,
        [20, 21],
        "auto fits any language"
    );
    assert_eq!(ready(&[offer(TaskKind::Transcription, &[Language::En, Language::Zh])]).await, [1, 20, 21]);
    let two = [offer(TaskKind::Tts, &[Language::En]), offer(TaskKind::Transcription, &[Language::De])];
    assert_eq!(ready(&two).await, [3, 20], "in one order over all kinds");
    let all: Vec<Offer> = TaskKind::ALL.iter().map(|k| offer(*k, Language::ALL)).collect();
    assert_eq!(ready(&all).await, [1, 2, 3, 4, 5, 6, 7, 8, 20, 21]);
}

async fn a_task_is_ready_while_it_can_use_another_miner(f: Fixture) {
    created(&f, NewTask { wanted: 2, ..new_task(1) }, 1).await;
    let offers = [offer(TaskKind::Transcription, &[Language::En])];
    let (a, b): (MinerId, MinerId) = ("a".parse().unwrap(), "b".parse().unwrap());
    let ready = async |miner: Option<&MinerId>| f.store.ready(&offers, miner, 9).await.unwrap().len();
    f.store.apply(task_id(1), grant(1, "a", at(2)), at(2)).await.unwrap();
    assert_eq!((ready(None).await, ready(Some(&a)).await, ready(Some(&b)).await), (1, 0, 1));
    f.store.apply(task_id(1), grant(2, "b", at(2)), at(2)).await.unwrap();
    assert_eq!(ready(None).await, 0);
    f.store.apply(task_id(1), Event::Drop { lease: LeaseId::from_random(1) }, at(3)).await.unwrap();
    assert_eq!((ready(None).await, ready(Some(&a)).await), (1, 0), "not again to the one that dropped it");
    f.store.apply(task_id(1), Event::Cancel, at(4)).await.unwrap();
    assert_eq!(ready(None).await, 0);
}

async fn what_is_due_comes_earliest_first_with_the_next_instant(f: Fixture) {
    // E14
    let nothing = f.store.due(at(0), 10).await.unwrap();
    assert_eq!((nothing.tasks.len(), nothing.next), (0, None));
    for n in 1..=3 {
        created(&f, new_task(n), n).await;
    }
    f.store.apply(task_id(3), grant(3, "a", at(10)), at(10)).await.unwrap();
    let before = f.store.due(at(19), 10).await.unwrap();
    assert_eq!((before.tasks.len(), before.next), (0, Some(at(20))));
    let lapsed = f.store.due(at(20), 10).await.unwrap();
    assert_eq!((numbers(&lapsed.tasks), lapsed.next), (vec![3], Some(at(1) + HOUR)));
    f.store.apply(task_id(3), renew(3, 1, at(30), None), at(20)).await.unwrap();
    assert_eq!(f.store.due(at(20), 10).await.unwrap().next, Some(at(30)));
    let late = f.store.due(at(9_999), 2).await.unwrap();
    assert_eq!((numbers(&late.tasks), late.next), (vec![3, 1], Some(at(2) + HOUR)));
    f.store.apply(task_id(3), Event::Cancel, at(31)).await.unwrap();
    assert_eq!(numbers(&f.store.due(at(9_999), 9).await.unwrap().tasks), [1, 2], "what is over is never due");
}

async fn a_choice_is_due_when_the_window_closes_or_nobody_is_left(f: Fixture) {
    // E1: found by whoever asks, so also after the scheduler that waited for it has died
    for n in 1..=2 {
        created(&f, NewTask { wanted: 2, ..new_task(n) }, n).await;
        for (lease, miner) in [(n * 10, "a"), (n * 10 + 1, "b")] {
            f.files.insert(file(output(lease), 9)).await.unwrap();
            f.store.apply(task_id(n), grant(lease, miner, at(10)), at(10)).await.unwrap();
        }
        f.store.apply(task_id(n), respond(n * 10, 1, 9), at(12)).await.unwrap();
    }
    f.store.apply(task_id(1), renew(11, 2, at(99), None), at(13)).await.unwrap();
    f.store.apply(task_id(2), respond(21, 2, 9), at(14)).await.unwrap();
    let all = f.store.due(at(14), 10).await.unwrap();
    assert_eq!((numbers(&all.tasks), all.next), (vec![2], Some(at(72))), "the second has all its answers");
    f.store.apply(task_id(2), choose(21, 50), at(15)).await.unwrap();
    let closed = f.store.due(at(72), 10).await.unwrap();
    assert_eq!((numbers(&closed.tasks), closed.next), (vec![1], None), "the window of the first is over");
    f.store.apply(task_id(1), choose(10, 50), at(73)).await.unwrap();
    assert_eq!(f.store.due(at(9_999), 9).await.unwrap().tasks.len(), 0);
}

async fn a_miner_holds_what_it_has_not_ended(f: Fixture) {
    for n in 1..=3 {
        created(&f, NewTask { wanted: 2, ..new_task(n) }, n).await;
        f.store.apply(task_id(n), grant(n, "a", at(5)), at(5)).await.unwrap();
    }
    f.store.apply(task_id(1), grant(9, "b", at(5)), at(5)).await.unwrap();
    f.store.apply(task_id(2), Event::Drop { lease: LeaseId::from_random(2) }, at(6)).await.unwrap();
    let held = async |m: &str| {
        let mut held = numbers(&f.store.held_by(&m.parse().unwrap()).await.unwrap());
        held.sort_unstable();
        held
    };
    assert_eq!((held("a").await, held("b").await, held("c").await), (vec![1, 3], vec![1], vec![]));
}

conformance!(
    a_list_shows_newest_first_by_pages,
    a_list_is_filtered_by_states_and_kind,
    a_limit_or_cursor_that_no_page_gave_is_refused,
    the_most_urgent_is_ready_first_and_nothing_starves,
    what_is_ready_fits_an_offer,
    a_task_is_ready_while_it_can_use_another_miner,
    what_is_due_comes_earliest_first_with_the_next_instant,
    a_choice_is_due_when_the_window_closes_or_nobody_is_left,
    a_miner_holds_what_it_has_not_ended,
);
