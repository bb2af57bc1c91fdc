//! A ledger in memory.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use domain::ErrorKind;
use proto::{
    RpcError,
    client::{Entry, Written},
};

use crate::service::ledger::Ledger;

type Documents = BTreeMap<(String, String), Vec<u8>>;

/// Documents that end with the test; it can be told to be away.
#[derive(Default)]
pub(crate) struct MemoryLedger {
    documents: Mutex<Documents>,
    away: AtomicBool,
}

impl MemoryLedger {
    /// Loses a document.
    pub(crate) fn remove(&self, stream: &str, key: &str) {
        self.documents.lock().unwrap().remove(&(stream.to_owned(), key.to_owned()));
    }

    /// Keys of a stream.
    pub(crate) fn keys(&self, stream: &str) -> Vec<String> {
        let documents = self.documents.lock().unwrap();
        documents.keys().filter(|(s, _)| s == stream).map(|(_, key)| key.clone()).collect()
    }

    pub(crate) fn away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    fn there(&self) -> Result<std::sync::MutexGuard<'_, Documents>, RpcError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(RpcError::new(ErrorKind::Unavailable, "the ledger is away"));
        }
        Ok(self.documents.lock().unwrap())
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn put(&self, stream: &str, key: &str, body: Vec<u8>) -> Result<Written, RpcError> {
        assert!(body.len() <= 1 << 20, "{stream} {key} has {} bytes", body.len());
        let mut documents = self.there()?;
        let there = documents.entry((stream.to_owned(), key.to_owned()));
        Ok(match there {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(body);
                Written::Fresh
            }
            std::collections::btree_map::Entry::Occupied(there) if *there.get() == body => Written::Same,
            std::collections::btree_map::Entry::Occupied(_) => Written::Differs,
        })
    }

    async fn get(&self, stream: &str, key: &str) -> Result<Option<Vec<u8>>, RpcError> {
        Ok(self.there()?.get(&(stream.to_owned(), key.to_owned())).cloned())
    }

    async fn after(&self, stream: &str, key: &str, limit: u32) -> Result<Vec<Entry>, RpcError> {
        let documents = self.there()?;
        let behind = documents.iter().filter(|((s, k), _)| s == stream && k.as_str() > key);
        let entry =
            |((_, key), body): (&(String, String), &Vec<u8>)| Entry { key: key.clone(), body: body.clone() };
        Ok(behind.take(limit as usize).map(entry).collect())
    }

    async fn head(&self, stream: &str) -> Result<Option<String>, RpcError> {
        drop(self.there()?);
        Ok(self.keys(stream).pop())
    }
}
