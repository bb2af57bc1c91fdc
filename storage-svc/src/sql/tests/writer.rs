//! Group commit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use diesel::prelude::*;
use domain::ErrorKind;
use futures_util::future::join_all;
use testkit::eventually::eventually;

use super::super::{Conn, Sqlite, schema::task_counts};
use super::database;
use crate::StoreError;

/// One more failed task, the simplest of writes.
fn bump(c: &mut Conn) -> Result<i64, StoreError> {
    let row =
        diesel::update(task_counts::table.find("failed")).set(task_counts::tasks.eq(task_counts::tasks + 1));
    Ok(row.returning(task_counts::tasks).get_result(c)?)
}

async fn bumped(db: &Sqlite) -> i64 {
    db.read(|c| Ok(task_counts::table.find("failed").select(task_counts::tasks).first(c)?)).await.unwrap()
}

/// Resolves when `n` writes wait behind the one that holds.
async fn waiting(db: &Sqlite, n: usize) {
    let enough = async || (db.writer.waiting() >= n).then_some(());
    eventually("writes to queue up", Duration::from_secs(20), enough).await;
}

fn spawned(
    db: &Sqlite,
    change: impl FnOnce(&mut Conn) -> Result<i64, StoreError> + Send + 'static,
) -> tokio::task::JoinHandle<Result<i64, StoreError>> {
    let db = db.clone();
    tokio::spawn(async move { db.write(change, |_| {}).await })
}

/// Keeps the writer busy until the sender is dropped.
async fn hold(db: &Sqlite) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>) {
    let (release, held) = mpsc::channel::<()>();
    let (began, begun) = tokio::sync::oneshot::channel();
    let db = db.clone();
    let holder = tokio::spawn(async move {
        let wait = move |_: &mut Conn| {
            began.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        };
        db.write(wait, |()| {}).await
    });
    begun.await.unwrap();
    (release, holder)
}

#[tokio::test]
async fn writers_that_wait_together_share_commits() {
    let (_root, db) = database().await;
    let (release, holder) = hold(&db).await;
    let before = db.commits();
    let writes: Vec<_> = (0..128).map(|_| spawned(&db, bump)).collect();
    waiting(&db, 128).await;
    drop(release);
    holder.await.unwrap().unwrap();
    let mut seen: Vec<i64> = join_all(writes).await.into_iter().map(|w| w.unwrap().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (1..=128).collect::<Vec<_>>(), "each write ran once, one after the other");
    // the one that held, then 128 in batches of at most 64
    assert_eq!(db.commits() - before, 3);
}

#[tokio::test]
async fn a_write_that_fails_is_undone_alone() {
    let (_root, db) = database().await;
    let (release, holder) = hold(&db).await;
    let refuse = |c: &mut Conn| {
        bump(c)?;
        Err::<i64, _>(StoreError::new(ErrorKind::Conflict, "no"))
    };
    let before = db.commits();
    let (a, b, c) = (spawned(&db, bump), spawned(&db, refuse), spawned(&db, bump));
    waiting(&db, 3).await;
    drop(release);
    holder.await.unwrap().unwrap();
    assert_eq!((a.await.unwrap().unwrap(), c.await.unwrap().unwrap()), (1, 2));
    assert_eq!(b.await.unwrap().unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(db.commits() - before, 2, "the three shared one");
    assert_eq!(bumped(&db).await, 2);
}

#[tokio::test]
async fn a_caller_that_goes_away_loses_only_the_answer() {
    let (_root, db) = database().await;
    let (release, holder) = hold(&db).await;
    let told = Arc::new(AtomicU64::new(0));
    let tell = told.clone();
    let write = tokio::spawn({
        let db = db.clone();
        async move {
            db.write(bump, move |_| {
                tell.store(1, Ordering::SeqCst);
            })
            .await
        }
    });
    waiting(&db, 1).await;
    write.abort();
    drop(release);
    holder.await.unwrap().unwrap();
    db.write(bump, |_| {}).await.unwrap();
    assert_eq!(bumped(&db).await, 2);
    assert_eq!(told.load(Ordering::SeqCst), 1, "watchers hear of it all the same");
}

#[tokio::test]
async fn a_panic_in_one_write_does_not_end_all_writing() {
    let (_root, db) = database().await;
    let broken = db
        .write(
            |c| {
                bump(c)?;
                panic!("a fault of ours")
            },
            |()| {},
        )
        .await;
    assert_eq!(broken.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(db.write(bump, |_| {}).await.unwrap(), 1);
}

#[tokio::test]
async fn when_the_disk_is_full_a_write_says_so_and_the_next_one_works() {
    // R11
    let (_root, db) = database().await;
    let fill = |c: &mut Conn| {
        use diesel::connection::SimpleConnection as _;
        // no page more than there are: SQLite's own way to meet a full disk
        c.batch_execute("PRAGMA max_page_count = 1; CREATE TABLE big (b BLOB); INSERT INTO big VALUES (zeroblob(9999999))")?;
        Ok(())
    };
    assert_eq!(db.write(fill, |()| {}).await.unwrap_err().kind, ErrorKind::StorageFull);
    assert_eq!(db.write(bump, |_| {}).await.unwrap(), 1, "a new connection took over");
}
