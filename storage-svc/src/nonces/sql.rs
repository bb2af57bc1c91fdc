//! Spent nonces in an SQL database.

use async_trait::async_trait;
use diesel::prelude::*;
use domain::Timestamp;

use super::{ForgetNonces, Nonce, Nonces, Spent};
use crate::StoreError;
use crate::sql::Sqlite;
use crate::sql::schema::nonces;

/// [`Nonces`] on a database. Cheap to clone.
#[derive(Clone)]
pub struct SqlNonces(Sqlite);

impl SqlNonces {
    /// On `db`, which holds the tasks too.
    #[must_use]
    pub fn new(db: Sqlite) -> Self {
        Self(db)
    }
}

#[async_trait]
impl Nonces for SqlNonces {
    async fn spend(&self, nonce: Nonce, expires: Timestamp) -> Result<Spent, StoreError> {
        let write = move |c: &mut crate::sql::Conn| {
            let row = (
                nonces::hotkey.eq(nonce.hotkey.to_vec()),
                // the same 64 bits: the database knows signed numbers only
                nonces::nonce.eq(nonce.number.cast_signed()),
                nonces::expires_at.eq(expires.micros()),
            );
            let written =
                diesel::insert_into(nonces::table).values(row).on_conflict_do_nothing().execute(c)?;
            Ok(if written == 0 { Spent::Seen } else { Spent::Fresh })
        };
        self.0.write(write, |_| {}).await
    }
}

#[async_trait]
impl ForgetNonces for SqlNonces {
    async fn forget_nonces(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let write = move |c: &mut crate::sql::Conn| {
            let over = nonces::table.filter(nonces::expires_at.le(before.micros()));
            let over = over.order(nonces::expires_at).limit(limit.into());
            let over: Vec<(Vec<u8>, i64)> = over.select((nonces::hotkey, nonces::nonce)).load(c)?;
            for key in &over {
                diesel::delete(nonces::table.find((&key.0, key.1))).execute(c)?;
            }
            Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
        };
        self.0.write(write, |_| {}).await
    }
}
