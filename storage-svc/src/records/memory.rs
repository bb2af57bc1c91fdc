//! Records of miners in memory.

use async_trait::async_trait;
use domain::{MinerId, MinerRecord, TaskKind, Timestamp};

use super::{ForgetRecords, MinerRecords, refuse_too_many};
use crate::tasks::page_limit;
use crate::{MemoryStore, StoreError};

#[async_trait]
impl MinerRecords for MemoryStore {
    async fn put(&self, records: Vec<MinerRecord>) -> Result<(), StoreError> {
        refuse_too_many(&records)?;
        let mut tables = self.tables();
        for record in records {
            tables.records.retain(|(miner, _), r| *miner != record.miner || r.hotkey == record.hotkey);
            tables.records.insert((record.miner.clone(), record.kind.name()), record);
        }
        Ok(())
    }

    async fn list(
        &self,
        after: Option<(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, StoreError> {
        let limit = page_limit(limit)? as usize;
        let after = after.map(|(miner, kind)| (miner, kind.name()));
        let tables = self.tables();
        let later = tables.records.iter().filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after));
        Ok(later.take(limit).map(|(_, record)| record.clone()).collect())
    }
}

#[async_trait]
impl ForgetRecords for MemoryStore {
    async fn forget_records(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut tables = self.tables();
        let mut over: Vec<_> = tables.records.iter().filter(|(_, r)| r.tally.last_seen <= before).collect();
        over.sort_by_key(|(_, r)| r.tally.last_seen);
        let over: Vec<_> = over.into_iter().take(limit as usize).map(|(key, _)| key.clone()).collect();
        for key in &over {
            tables.records.remove(key);
        }
        Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
    }
}
