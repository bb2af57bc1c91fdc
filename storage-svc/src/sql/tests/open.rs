//! Files that can't be used say why.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;

use testkit::eventually::eventually;

use super::super::{Conn, OpenError, Sqlite, open};
use super::{options, stranger};

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let options = options(root.path());
    drop(Sqlite::open(options.clone()).await.unwrap());
    let mut c = stranger(root.path());
    c.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')").unwrap();
    let said = Sqlite::open(options).await.err().unwrap();
    assert!(matches!(&said, OpenError::Newer { migration, .. } if migration == "9999"), "{said}");
    assert!(said.to_string().contains("newer version of this program"), "{said}");
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let options = options(root.path());
    let mut c = stranger(root.path());
    c.batch_execute("CREATE TABLE theirs (a TEXT)").unwrap();
    let said = Sqlite::open(options).await.err().unwrap();
    assert!(matches!(said, OpenError::Foreign(_)), "{said}");
    assert_eq!(open::number(&mut c, "SELECT count(*) AS n FROM sqlite_master").unwrap(), 1);
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_named() {
    let root = tempfile::tempdir().unwrap();
    let options = options(root.path());
    drop(Sqlite::open(options.clone()).await.unwrap());
    let mut c = stranger(root.path());
    c.batch_execute("PRAGMA locking_mode=EXCLUSIVE").unwrap();
    // the connections of the closed database go one after the other
    let hold = async || c.batch_execute("BEGIN EXCLUSIVE").ok();
    eventually("the database to be free", Duration::from_secs(20), hold).await;
    let said = Sqlite::open(options).await.err().unwrap();
    assert!(matches!(said, OpenError::Locked(_)), "{said:?}");
    assert!(said.to_string().contains("locked by another program"), "{said}");
}

#[tokio::test]
async fn every_connection_has_the_settings_that_durability_needs() {
    // R34
    let root = tempfile::tempdir().unwrap();
    let db =
        Sqlite::open(super::SqliteOptions { synchronous: super::Synchronous::Full, ..options(root.path()) })
            .await
            .unwrap();
    let ask = |c: &mut Conn| {
        let mut n = |what: &str| open::number(c, &format!("SELECT {what} AS n FROM pragma_{what}"));
        let (sync, keys) = (n("synchronous")?, n("foreign_keys")?);
        let wal = open::number(c, "SELECT journal_mode = 'wal' AS n FROM pragma_journal_mode")?;
        Ok((sync, keys, wal))
    };
    let (full, on, wal) = (2, 1, 1);
    assert_eq!(db.write(ask, |_| {}).await.unwrap(), (full, on, wal));
    assert_eq!(db.read(ask).await.unwrap(), (full, on, wal));
}
