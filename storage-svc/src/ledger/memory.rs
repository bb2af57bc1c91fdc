//! A ledger in memory.

use std::collections::btree_map::Entry as Place;
use std::ops::Bound;

use async_trait::async_trait;

use super::{Answer, Entry, Ledger, Written, check, check_after, check_names, check_stream};
use crate::{MemoryStore, StoreError};

#[async_trait]
impl Ledger for MemoryStore {
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, StoreError> {
        check(stream, key, &body)?;
        let mut tables = self.tables();
        match tables.ledger.entry(stream.to_owned()).or_default().entry(key.to_owned()) {
            Place::Occupied(there) if *there.get() == body => Ok(Written::Same),
            Place::Occupied(_) => Ok(Written::Differs),
            Place::Vacant(free) => {
                free.insert(body);
                Ok(Written::Fresh)
            }
        }
    }

    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_names(stream, key)?;
        Ok(self.tables().ledger.get(stream).and_then(|s| s.get(key)).cloned())
    }

    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, StoreError> {
        check_after(stream, key, limit)?;
        let tables = self.tables();
        let Some(documents) = tables.ledger.get(stream) else {
            return Ok(Vec::new());
        };
        let behind = documents.range::<str, _>((Bound::Excluded(key), Bound::Unbounded));
        let mut answer = Answer::default();
        for (key, body) in behind.take(limit as usize) {
            if !answer.add(Entry { key: key.clone(), body: body.clone() }) {
                break;
            }
        }
        Ok(answer.entries)
    }

    async fn head(&self, stream: &str) -> Result<Option<String>, StoreError> {
        check_stream(stream)?;
        let tables = self.tables();
        Ok(tables.ledger.get(stream).and_then(|s| s.last_key_value()).map(|(key, _)| key.clone()))
    }
}
