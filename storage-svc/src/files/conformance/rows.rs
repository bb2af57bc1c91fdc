//! Metadata: in memory and in SQLite.

use std::sync::Arc;

use domain::{ErrorKind, FileId, FileMeta, Sha256};

use crate::MemoryStore;
use crate::files::{FileStore, SqlFiles};
use crate::sql::tests::database;
use crate::tasks::conformance::RETENTION;
use crate::tests::sample::{at, file};

fn id(n: u128) -> FileId {
    FileId::from_random(n)
}

async fn a_row_reads_back(f: Arc<dyn FileStore>) {
    // E2
    let whole = FileMeta { size: i64::MAX.unsigned_abs(), ..file(id(1), 7) };
    let bare = FileMeta { file_name: None, purpose: domain::FilePurpose::Results, ..file(id(2), 8) };
    for meta in [whole, bare] {
        assert_eq!(f.insert(meta.clone()).await.unwrap(), meta);
        assert_eq!(f.stat(meta.id, at(1)).await.unwrap(), meta);
    }
    assert_eq!(f.stat(id(3), at(1)).await.unwrap_err().kind, ErrorKind::NotFound);
}

async fn an_id_has_one_content(f: Arc<dyn FileStore>) {
    let first = f.insert(file(id(1), 7)).await.unwrap();
    let again = FileMeta { created_at: at(9), content_type: "x/y".into(), ..file(id(1), 7) };
    assert_eq!(f.insert(again).await.unwrap(), first, "the same bytes again are no error and change nothing");
    assert_eq!(f.insert(file(id(1), 8)).await.unwrap_err().kind, ErrorKind::Conflict);
    assert_eq!(f.stat(id(1), at(1)).await.unwrap(), first);
}

async fn a_file_is_gone_the_moment_it_expires(f: Arc<dyn FileStore>) {
    // L10
    let meta = f.insert(FileMeta { expires_at: at(10), ..file(id(1), 7) }).await.unwrap();
    assert_eq!(f.stat(id(1), at(9)).await.unwrap(), meta);
    assert_eq!(f.stat(id(1), at(10)).await.unwrap_err().kind, ErrorKind::NotFound);
    let next = FileMeta { created_at: at(10), ..file(id(1), 8) };
    assert_eq!(f.insert(next.clone()).await.unwrap(), next, "its id is free");
    assert_eq!(f.stat(id(1), at(11)).await.unwrap(), next);
}

async fn rows_are_forgotten_when_their_time_is_over(f: Arc<dyn FileStore>) {
    for (n, end) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
        f.insert(FileMeta { expires_at: at(end), ..file(id(n), n as u8) }).await.unwrap();
    }
    assert_eq!(f.forget(at(30), 2).await.unwrap(), [Sha256([2; 32]), Sha256([3; 32])]);
    assert!(!f.uses(Sha256([2; 32])).await.unwrap());
    assert!(f.uses(Sha256([1; 32])).await.unwrap(), "expired, and not yet forgotten");
    assert_eq!(f.forget(at(30), 2).await.unwrap(), [Sha256([1; 32])]);
    assert!(f.forget(at(30), 2).await.unwrap().is_empty());
    assert!(f.stat(id(4), at(30)).await.is_ok());
}

async fn bytes_are_used_while_any_file_has_them(f: Arc<dyn FileStore>) {
    for (n, end) in [(1, 10), (2, 20)] {
        f.insert(FileMeta { expires_at: at(end), ..file(id(n), 7) }).await.unwrap();
    }
    assert_eq!(f.forget(at(15), 9).await.unwrap(), [Sha256([7; 32])]);
    assert!(f.uses(Sha256([7; 32])).await.unwrap());
    f.forget(at(20), 9).await.unwrap();
    assert!(!f.uses(Sha256([7; 32])).await.unwrap());
}

macro_rules! conformance {
    ($($clause:ident),+ $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test] async fn $clause() { super::$clause(Arc::new(MemoryStore::new(RETENTION))).await; })+
        }
        mod sqlite {
            use super::*;
            $(#[tokio::test] async fn $clause() {
                let (_root, db) = database().await;
                super::$clause(Arc::new(SqlFiles::new(db))).await;
            })+
        }
    };
}

conformance!(
    a_row_reads_back,
    an_id_has_one_content,
    a_file_is_gone_the_moment_it_expires,
    rows_are_forgotten_when_their_time_is_over,
    bytes_are_used_while_any_file_has_them,
);
