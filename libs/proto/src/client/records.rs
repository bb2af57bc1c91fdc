//! What storage-svc keeps of the work of miners.

use domain::{MinerId, MinerRecord, TaskKind};

use super::{Wire, unary};
use crate::{RpcError, convert, convert::BadField, pb};

/// Client of `violet.v1.MinerRecords`.
#[derive(Clone)]
pub struct RecordsClient(pb::miner_records_client::MinerRecordsClient<Wire>);

impl RecordsClient {
    /// Over this connection.
    #[must_use]
    pub fn new(wire: Wire) -> Self {
        Self(pb::miner_records_client::MinerRecordsClient::new(wire))
    }

    /// Writes at most 200 records over those that are there. The same again changes nothing.
    ///
    /// # Errors
    /// `Invalid` for more; `Unavailable` when the store is away.
    pub async fn put(&self, records: &[MinerRecord]) -> Result<(), RpcError> {
        let records = records.iter().map(convert::record_to_pb).collect();
        self.0.clone().put(unary(pb::PutRecordsRequest { records })).await?;
        Ok(())
    }

    /// A page of records after that one, by miner and kind; `limit` 1..=200.
    ///
    /// # Errors
    /// `Invalid` for another limit; `Unavailable` when the store is away.
    pub async fn list(
        &self,
        after: Option<&(MinerId, TaskKind)>,
        limit: u32,
    ) -> Result<Vec<MinerRecord>, RpcError> {
        let (after_miner, after_kind) = match after {
            Some((miner, kind)) => (miner.to_string(), convert::kind_to_pb(*kind)),
            None => (String::new(), 0),
        };
        let request = pb::ListRecordsRequest { after_miner, after_kind, limit };
        let reply = self.0.clone().list(unary(request)).await?.into_inner();
        Ok(reply.records.iter().map(convert::record).collect::<Result<_, BadField>>()?)
    }
}
