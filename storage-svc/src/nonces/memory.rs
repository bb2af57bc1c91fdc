//! Spent nonces in memory.

use std::collections::btree_map::Entry;

use async_trait::async_trait;
use domain::Timestamp;

use super::{ForgetNonces, Nonce, Nonces, Spent};
use crate::{MemoryStore, StoreError};

#[async_trait]
impl Nonces for MemoryStore {
    async fn spend(&self, nonce: Nonce, expires: Timestamp) -> Result<Spent, StoreError> {
        match self.tables().nonces.entry(nonce) {
            Entry::Occupied(_) => Ok(Spent::Seen),
            Entry::Vacant(free) => {
                free.insert(expires);
                Ok(Spent::Fresh)
            }
        }
    }
}

#[async_trait]
impl ForgetNonces for MemoryStore {
    async fn forget_nonces(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut tables = self.tables();
        let mut over: Vec<_> = tables.nonces.iter().filter(|(_, end)| **end <= before).collect();
        over.sort_unstable_by_key(|(_, end)| **end);
        let over: Vec<Nonce> = over.into_iter().take(limit as usize).map(|(nonce, _)| *nonce).collect();
        for nonce in &over {
            tables.nonces.remove(nonce);
        }
        Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
    }
}
