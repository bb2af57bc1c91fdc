//! `violet.v1.Nonces`.

use std::sync::Arc;

use domain::Timestamp;
use proto::{BadField, pb};
use tonic::{Request, Response, Status};

use super::status;
use crate::nonces::{Nonce, Nonces, Spent};

pub(super) struct NoncesService {
    pub(super) store: Arc<dyn Nonces>,
}

#[tonic::async_trait]
impl pb::nonces_server::Nonces for NoncesService {
    async fn spend(
        &self,
        request: Request<pb::SpendNonceRequest>,
    ) -> Result<Response<pb::SpendNonceReply>, Status> {
        let pb::SpendNonceRequest { hotkey, nonce, expires_at } = request.into_inner();
        let hotkey = hotkey.try_into().map_err(|_| BadField::new("hotkey", "must be of 32 bytes"))?;
        let (nonce, expires) = (Nonce { hotkey, number: nonce }, Timestamp::from_micros(expires_at));
        let spent = self.store.spend(nonce, expires).await.map_err(|e| status("spend", e))?;
        Ok(Response::new(pb::SpendNonceReply { fresh: spent == Spent::Fresh }))
    }
}
