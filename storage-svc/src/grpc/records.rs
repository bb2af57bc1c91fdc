//! `violet.v1.MinerRecords`.

use std::sync::Arc;

use proto::{convert, pb};
use tonic::{Request, Response, Status};

use super::status;
use crate::records::MinerRecords;

pub(super) struct RecordsService {
    pub(super) store: Arc<dyn MinerRecords>,
}

#[tonic::async_trait]
impl pb::miner_records_server::MinerRecords for RecordsService {
    async fn put(
        &self,
        request: Request<pb::PutRecordsRequest>,
    ) -> Result<Response<pb::PutRecordsReply>, Status> {
        let records = request.get_ref().records.iter().map(convert::record).collect::<Result<_, _>>()?;
        self.store.put(records).await.map_err(|e| status("put records", e))?;
        Ok(Response::new(pb::PutRecordsReply {}))
    }

    async fn list(
        &self,
        request: Request<pb::ListRecordsRequest>,
    ) -> Result<Response<pb::ListRecordsReply>, Status> {
        let r = request.get_ref();
        let after = convert::optional(&r.after_miner)
            .map(|miner| {
                Ok::<_, proto::BadField>((
                    convert::parse("after_miner", miner)?,
                    convert::kind(r.after_kind)?,
                ))
            })
            .transpose()?;
        let records = self.store.list(after, r.limit).await.map_err(|e| status("list records", e))?;
        let records = records.iter().map(convert::record_to_pb).collect();
        Ok(Response::new(pb::ListRecordsReply { records }))
    }
}
