//! The validator's own inference: the seam, over the references of inference.

use async_trait::async_trait;
use bytes::Bytes;
use domain::{DocumentFormat, Language};
use proto::{
    RpcError,
    client::{Made, Order, Recording, ReferenceClient, Sound, Vectors},
};

/// Longest result of a piece of work, in bytes.
const MOST: usize = 512 << 20;

/// What the validator's own models make of an input ([`ReferenceClient`]).
#[async_trait]
pub trait Oracle: Send + Sync + 'static {
    /// Asks whether it is there.
    ///
    /// # Errors
    /// When it is not, which says nothing of any work.
    async fn there(&self) -> Result<(), RpcError>;

    /// Does one task.
    ///
    /// # Errors
    /// `Invalid` when the input is at fault; anything else may pass.
    async fn work(&self, order: &Order, input: Bytes) -> Result<Made, RpcError>;

    /// The sound in a file, at `rate` or as it is; at most `most` samples.
    ///
    /// # Errors
    /// As [`Oracle::work`]; `TooLarge`.
    async fn decode(&self, file: Bytes, rate: Option<u32>, most: usize) -> Result<Sound, RpcError>;

    /// The text of a document.
    ///
    /// # Errors
    /// As [`Oracle::work`].
    async fn read(&self, document: Bytes, format: Option<DocumentFormat>) -> Result<String, RpcError>;

    /// What texts mean; `None` where no model can tell.
    ///
    /// # Errors
    /// As [`Oracle::work`].
    async fn embed(&self, texts: Vec<String>, language: Language) -> Result<Option<Vectors>, RpcError>;

    /// A recording of the sound of a wave file.
    ///
    /// # Errors
    /// As [`Oracle::work`].
    async fn render(&self, wave: Bytes, recording: Recording) -> Result<Bytes, RpcError>;
}

#[async_trait]
impl Oracle for ReferenceClient {
    async fn there(&self) -> Result<(), RpcError> {
        Self::there(self).await
    }
    async fn work(&self, order: &Order, input: Bytes) -> Result<Made, RpcError> {
        Self::work(self, order, input, MOST).await
    }
    async fn decode(&self, file: Bytes, rate: Option<u32>, most: usize) -> Result<Sound, RpcError> {
        Self::decode(self, file, rate, most).await
    }
    async fn read(&self, document: Bytes, format: Option<DocumentFormat>) -> Result<String, RpcError> {
        Self::read(self, document, format).await
    }
    async fn embed(&self, texts: Vec<String>, language: Language) -> Result<Option<Vectors>, RpcError> {
        Self::embed(self, texts, language).await
    }
    async fn render(&self, wave: Bytes, recording: Recording) -> Result<Bytes, RpcError> {
        Self::render(self, wave, recording, MOST).await
    }
}
