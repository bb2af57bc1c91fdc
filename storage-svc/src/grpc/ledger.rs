//! `violet.v1.Ledger`.

use std::sync::Arc;

use domain::ErrorKind;
use proto::pb;
use tonic::{Request, Response, Status};

use super::status;
use crate::StoreError;
use crate::ledger::{Entry, Ledger, Written};

pub(super) struct LedgerService {
    pub(super) store: Arc<dyn Ledger>,
}

#[tonic::async_trait]
impl pb::ledger_server::Ledger for LedgerService {
    async fn put(
        &self,
        request: Request<pb::PutEntryRequest>,
    ) -> Result<Response<pb::PutEntryReply>, Status> {
        let pb::PutEntryRequest { stream, key, body } = request.into_inner();
        let written = self.store.put(&stream, &key, body).await.map_err(|e| status("put", e))?;
        let written = match written {
            Written::Fresh => pb::put_entry_reply::Written::Fresh,
            Written::Same => pb::put_entry_reply::Written::Same,
            Written::Differs => pb::put_entry_reply::Written::Differs,
        };
        Ok(Response::new(pb::PutEntryReply { written: written.into() }))
    }

    async fn get(&self, request: Request<pb::GetEntryRequest>) -> Result<Response<pb::LedgerEntry>, Status> {
        let pb::GetEntryRequest { stream, key } = request.into_inner();
        let none = || StoreError::new(ErrorKind::NotFound, "there is no such document");
        let found = self.store.get(&stream, &key).await.and_then(|found| found.ok_or_else(none));
        let body = found.map_err(|e| status("get", e))?;
        Ok(Response::new(pb::LedgerEntry { key, body }))
    }

    async fn after(
        &self,
        request: Request<pb::EntriesAfterRequest>,
    ) -> Result<Response<pb::EntriesAfterReply>, Status> {
        let pb::EntriesAfterRequest { stream, key, limit } = request.into_inner();
        let entries = self.store.after(&stream, &key, limit).await.map_err(|e| status("after", e))?;
        let entries = entries.into_iter().map(|Entry { key, body }| pb::LedgerEntry { key, body }).collect();
        Ok(Response::new(pb::EntriesAfterReply { entries }))
    }

    async fn head(
        &self,
        request: Request<pb::LedgerHeadRequest>,
    ) -> Result<Response<pb::LedgerHeadReply>, Status> {
        let head = self.store.head(&request.get_ref().stream).await.map_err(|e| status("head", e))?;
        Ok(Response::new(pb::LedgerHeadReply { key: head.unwrap_or_default() }))
    }
}
