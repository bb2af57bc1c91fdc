//! Records of miners in an SQL database.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use domain::{MinerId, MinerRecord, Score, Tally, TaskKind, Timestamp};

use super::{ForgetRecords, MinerRecords, refuse_too_many};
use crate::StoreError;
use crate::sql::schema::miner_records as r;
use crate::sql::{Conn, Sqlite};
use crate::tasks::{page_limit, read};

/// [`MinerRecords`] on a database. Cheap to clone.
#[derive(Clone)]
pub struct SqlRecords(Sqlite);

impl SqlRecords {
    /// On `db`, which holds the tasks too.
    #[must_use]
    pub fn new(db: Sqlite) -> Self {
        Self(db)
    }
}

#[derive(Debug, Insertable, AsChangeset, QueryableByName)]
#[diesel(table_name = r, treat_none_as_null = true)]
struct Row {
    miner: String,
    kind: String,
    hotkey: Option<Vec<u8>>,
    answered: i64,
    failed: i64,
    dropped: i64,
    late: i64,
    success: i64,
    pace: Option<i64>,
    agreement: Option<i64>,
    last_seen: i64,
}

impl From<&MinerRecord> for Row {
    fn from(record: &MinerRecord) -> Self {
        let t = &record.tally;
        let billionths = |s: Score| i64::from(s.billionths());
        Self {
            miner: record.miner.to_string(),
            kind: record.kind.name().to_owned(),
            hotkey: record.hotkey.map(|key| key.to_vec()),
            // the same 64 bits: the database knows signed numbers only
            answered: t.answered.cast_signed(),
            failed: t.failed.cast_signed(),
            dropped: t.dropped.cast_signed(),
            late: t.late.cast_signed(),
            success: billionths(t.success),
            pace: t.pace.map(billionths),
            agreement: t.agreement.map(billionths),
            last_seen: t.last_seen.micros(),
        }
    }
}

impl Row {
    fn record(self) -> Result<MinerRecord, StoreError> {
        let hotkey = self.hotkey.map(|key| {
            key.try_into().map_err(|_| StoreError::damaged("a hotkey of another length than 32 bytes"))
        });
        let tally = Tally {
            answered: self.answered.cast_unsigned(),
            failed: self.failed.cast_unsigned(),
            dropped: self.dropped.cast_unsigned(),
            late: self.late.cast_unsigned(),
            success: score(self.success)?,
            pace: self.pace.map(score).transpose()?,
            agreement: self.agreement.map(score).transpose()?,
            last_seen: Timestamp::from_micros(self.last_seen),
        };
        Ok(MinerRecord {
            miner: read(&self.miner)?,
            kind: read(&self.kind)?,
            hotkey: hotkey.transpose()?,
            tally,
        })
    }
}

/// A share out of a column.
pub(crate) fn score(billionths: i64) -> Result<Score, StoreError> {
    let score = u32::try_from(billionths).ok().and_then(Score::from_billionths);
    score.ok_or_else(|| StoreError::damaged("a share above one"))
}

#[async_trait]
impl MinerRecords for SqlRecords {
    async fn put(&self, records: Vec<MinerRecord>) -> Result<(), StoreError> {
        refuse_too_many(&records)?;
        let write = move |c: &mut Conn| {
            for row in records.iter().map(Row::from) {
                let of_miner = r::table.filter(r::miner.eq(&row.miner));
                match &row.hotkey {
                    Some(key) => {
                        let of_another = of_miner.filter(r::hotkey.is_null().or(r::hotkey.ne(key)));
                        diesel::delete(of_another).execute(c)?
                    }
                    None => diesel::delete(of_miner.filter(r::hotkey.is_not_null())).execute(c)?,
                };
                let insert = diesel::insert_into(r::table).values(&row);
                insert.on_conflict((r::miner, r::kind)).do_update().set(&row).execute(c)?;
            }
            Ok(())
        };
        self.0.write(write, |()| {}).await
    }

    async fn list(
        &self,
        after: Option<(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, StoreError> {
        let limit = page_limit(limit)?;
        // nothing has an empty name, so the first page begins before everything
        let (miner, kind) =
            after.map_or((String::new(), ""), |(miner, kind)| (miner.to_string(), kind.name()));
        self.0
            .read(move |c| {
                let text = format!(
                    "SELECT miner, kind, hotkey, answered, failed, dropped, late, success, pace, agreement, \
                     last_seen FROM miner_records WHERE (miner, kind) > ($1, $2) ORDER BY miner, kind LIMIT {limit}"
                );
                let rows: Vec<Row> = sql_query(text).bind::<Text, _>(miner).bind::<Text, _>(kind).load(c)?;
                rows.into_iter().map(Row::record).collect()
            })
            .await
    }
}

#[async_trait]
impl ForgetRecords for SqlRecords {
    async fn forget_records(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let write = move |c: &mut Conn| {
            let over = r::table.filter(r::last_seen.le(before.micros()));
            let over = over.order(r::last_seen).limit(limit.into());
            let over: Vec<(String, String)> = over.select((r::miner, r::kind)).load(c)?;
            for key in &over {
                diesel::delete(r::table.find((&key.0, &key.1))).execute(c)?;
            }
            Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
        };
        self.0.write(write, |_| {}).await
    }
}
