//! What a miner did, and its word for it.

use super::Signature;
use crate::{Fence, LeaseId, MinerId, Response, Sha256, TaskId, TaskKind, canonical};

/// What a miner's signature begins with, so that it stands for nothing else.
const WORK: &str = "violet work 1";

/// What a miner did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// For which task.
    pub task: TaskId,
    /// Its kind.
    pub kind: TaskKind,
    /// Digest of the input.
    pub input_sha256: Sha256,
    /// Digest of the result.
    pub output_sha256: Sha256,
    /// Name of the model that made it.
    pub model: String,
    /// Version of that model: sha256 over code, configuration and weights.
    pub model_version: String,
    /// Who did it.
    pub miner: MinerId,
    /// Under which lease.
    pub lease: LeaseId,
    /// The fencing number of that lease.
    pub fence: Fence,
}

/// What a miner adds to its answer, so that a receipt can be made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The hotkey that signed.
    pub signer: MinerId,
    /// Digest of the input that it worked on.
    pub input_sha256: Sha256,
    /// Its signature over [`Work::message`].
    pub signature: Signature,
}

impl Work {
    /// The work of an answer under a lease of a task; `None` when the miner did not sign it.
    #[must_use]
    pub fn of(
        task: TaskId,
        kind: TaskKind,
        lease: LeaseId,
        fence: Fence,
        response: &Response,
    ) -> Option<Self> {
        let proof = response.proof.as_ref()?;
        Some(Self {
            task,
            kind,
            input_sha256: proof.input_sha256,
            output_sha256: response.output.sha256,
            model: response.model.clone(),
            model_version: response.model_version.clone(),
            miner: proof.signer.clone(),
            lease,
            fence,
        })
    }

    /// What the miner signs.
    ///
    /// # Errors
    /// When it has no canonical form: a fencing number above 2^53.
    pub fn message(&self) -> Result<Vec<u8>, canonical::NotCanonical> {
        Ok(format!("{WORK}\n{}", canonical::digest(&canonical::bytes(self)?)).into_bytes())
    }
}
