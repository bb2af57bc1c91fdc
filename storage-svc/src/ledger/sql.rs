//! A ledger in an SQL database.

use async_trait::async_trait;
use diesel::prelude::*;

use super::{Answer, Entry, Ledger, Written, check, check_after, check_names, check_stream};
use crate::StoreError;
use crate::sql::schema::ledger;
use crate::sql::{Conn, Sqlite};

/// [`Ledger`] on a database. Cheap to clone.
#[derive(Clone)]
pub struct SqlLedger(Sqlite);

impl SqlLedger {
    /// On `db`, which holds the tasks too.
    #[must_use]
    pub fn new(db: Sqlite) -> Self {
        Self(db)
    }
}

#[async_trait]
impl Ledger for SqlLedger {
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, StoreError> {
        check(stream, key, &body)?;
        let (stream, key) = (stream.to_owned(), key.to_owned());
        let write = move |c: &mut Conn| {
            let row = (ledger::stream.eq(&stream), ledger::key.eq(&key), ledger::body.eq(&body));
            let written =
                diesel::insert_into(ledger::table).values(row).on_conflict_do_nothing().execute(c)?;
            if written > 0 {
                return Ok(Written::Fresh);
            }
            let there: Vec<u8> = ledger::table.find((&stream, &key)).select(ledger::body).first(c)?;
            Ok(if there == body { Written::Same } else { Written::Differs })
        };
        self.0.write(write, |_| {}).await
    }

    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_names(stream, key)?;
        let (stream, key) = (stream.to_owned(), key.to_owned());
        let read = move |c: &mut Conn| {
            let found = ledger::table.find((stream, key)).select(ledger::body).first(c);
            Ok(found.optional()?)
        };
        self.0.read(read).await
    }

    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, StoreError> {
        check_after(stream, key, limit)?;
        let (stream, key) = (stream.to_owned(), key.to_owned());
        let read = move |c: &mut Conn| {
            let behind = ledger::table.filter(ledger::stream.eq(stream)).filter(ledger::key.gt(key));
            let behind = behind.order(ledger::key).limit(limit.into()).select((ledger::key, ledger::body));
            let mut answer = Answer::default();
            // row by row: a page of long documents ends before all of them are in memory
            for row in behind.load_iter::<(String, Vec<u8>), diesel::connection::DefaultLoadingMode>(c)? {
                let (key, body) = row?;
                if !answer.add(Entry { key, body }) {
                    break;
                }
            }
            Ok(answer.entries)
        };
        self.0.read(read).await
    }

    async fn head(&self, stream: &str) -> Result<Option<String>, StoreError> {
        check_stream(stream)?;
        let stream = stream.to_owned();
        let read = move |c: &mut Conn| {
            let last = ledger::table.filter(ledger::stream.eq(stream)).order(ledger::key.desc());
            Ok(last.select(ledger::key).first(c).optional()?)
        };
        self.0.read(read).await
    }
}
