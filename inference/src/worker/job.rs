//! One leased piece of work: fetch the input, run its pipeline, store the result.

use std::{io, sync::Arc, time::Duration};

use btauth::Keypair;
use domain::{
    FailReason, Failure, Output, Proof, Response, Sha256, Work, canonical::NotCanonical, receipt::Signature,
};
use sha2::Digest as _;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, field};

use super::{
    assignment::{Assignment, Claim},
    book::{Percent, Start},
    folder::Folder,
    messages::Answer,
    patient::Patient,
    transfer::{Transfer, TransferError},
};
use crate::pipeline::{self, Body, Job, PipelineError, Product};

/// What every piece of work uses.
pub(super) struct Tools {
    pub(super) folder: Folder,
    pub(super) transfer: Transfer,
    /// What pipelines use.
    pub(super) pipelines: pipeline::Tools,
    /// How long a model may be away before work that needs it is given up.
    pub(super) patience: Duration,
    /// Signs what was done.
    pub(super) key: Keypair,
}

/// Why a piece of work has no result. Display is for the operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    /// No input.
    #[error("fetch the input")]
    Fetch(#[source] TransferError),
    /// No room for it.
    #[error("use a file of the data folder")]
    Room(#[source] io::Error),
    /// The pipeline gave up.
    #[error("run the pipeline")]
    Pipeline(#[source] PipelineError),
    /// The result is not stored.
    #[error("upload the result")]
    Upload(#[source] TransferError),
    /// What was done can't be signed.
    #[error("sign the work")]
    Sign(#[source] NotCanonical),
    /// The time of the lease is over.
    #[error("the time of the lease is over")]
    Late,
    /// It was told to stop.
    #[error("told to stop")]
    Stopped,
}

impl JobError {
    /// What the client may read. `None` when it was told to stop: then nobody asks.
    pub(super) fn failure(&self) -> Option<Failure> {
        let sentence = match self {
            Self::Pipeline(e) => return e.failure(),
            Self::Stopped => return None,
            Self::Fetch(_) => "the machine that took the task could not fetch the input",
            Self::Room(_) => "the machine that took the task has no room for it",
            Self::Upload(_) => "the machine that took the task could not store the result",
            Self::Sign(_) => "the machine that took the task could not sign its work",
            Self::Late => "the machine that took the task did not finish in the time it had",
        };
        Some(Failure::new(FailReason::MinerFault, sentence))
    }
}

/// The answer, unless the work was told to stop; and what went wrong, for the log.
pub(super) type Done = (Option<Answer>, Option<JobError>);

/// Does the work; nothing of it runs any more when this returns. Span `task`, in the trace of the lease.
pub(super) async fn run(tools: Arc<Tools>, start: Start) -> Done {
    let claim = start.assignment.claim;
    let span = tracing::info_span!(
        "task",
        service.name = "inference",
        otel.status_code = field::Empty,
        task = %claim.task,
        lease = %claim.lease,
        kind = start.assignment.kind.name(),
        error = field::Empty,
    );
    if let Some(traceparent) = &start.assignment.traceparent {
        process::telemetry::child_of(&span, traceparent);
    }
    async {
        match in_time(&tools, &start).await {
            Ok(response) => (Some(Answer::Done(response)), None),
            Err(e) => {
                Span::current().record("error", field::display(&e)).record("otel.status_code", "ERROR");
                (e.failure().map(Answer::Failed), Some(e))
            }
        }
    }
    .instrument(span)
    .await
}

/// Ends soon after the deadline or the cancellation, and only when nothing runs any more.
async fn in_time(tools: &Tools, start: &Start) -> Result<Response, JobError> {
    let deadline = Instant::now() + start.assignment.run;
    let cancel = start.cancel.child_token();
    let mut work = Box::pin(steps(tools, &start.assignment, &cancel, &start.percent));
    let result = tokio::select! {
        result = &mut work => result,
        () = sleep_until(deadline) => {
            cancel.cancel();
            work.await
        }
    };
    match result {
        Err(_) if start.cancel.is_cancelled() => Err(JobError::Stopped),
        Err(_) if cancel.is_cancelled() => Err(JobError::Late),
        other => other,
    }
}

async fn steps(
    tools: &Tools,
    assignment: &Assignment,
    cancel: &CancellationToken,
    percent: &Percent,
) -> Result<Response, JobError> {
    let file = tools.folder.input().map_err(JobError::Room)?;
    let fetch = tools.transfer.fetch(&assignment.input, assignment.input_size, &file);
    unless(cancel, fetch).await?.map_err(JobError::Fetch)?;
    let making = make(tools, assignment, file.path(), cancel, percent);
    let (input, product) = tokio::join!(hash(file.reopen().map_err(JobError::Room)?), making);
    let (product, (input_sha256, _)) = (product?, input.map_err(JobError::Room)?);
    drop(file);
    let Product { body, content_type, facts, model } = product;
    let (sha256, size) = digest(&body).await.map_err(JobError::Room)?;
    let upload = tools.transfer.upload(&assignment.output, content_type, &body, size);
    unless(cancel, upload).await?.map_err(JobError::Upload)?;
    let output = Output { file: assignment.output_file, sha256, size };
    let cards = tools.pipelines.engine.capabilities().models;
    let version = cards.into_iter().find(|m| m.id == model).map(|m| m.version).unwrap_or_default();
    let mut response = Response { output, model, model_version: version, facts, proof: None };
    sign(&tools.key, assignment, input_sha256, &mut response).map_err(JobError::Sign)?;
    Ok(response)
}

/// Puts the miner's name under its answer.
fn sign(
    key: &Keypair,
    assignment: &Assignment,
    input_sha256: Sha256,
    response: &mut Response,
) -> Result<(), NotCanonical> {
    let Ok(signer) = key.account().to_string().parse() else { unreachable!("an address is a name") };
    let unsigned = Proof { signer, input_sha256, signature: Signature([0; 64]) };
    response.proof = Some(Box::new(unsigned));
    let Claim { task, lease, fence } = assignment.claim;
    let work = Work::of(task, assignment.kind, lease, fence, response);
    if let (Some(work), Some(proof)) = (work, &mut response.proof) {
        proof.signature = key.sign_work(&work)?;
    }
    Ok(())
}

async fn make(
    tools: &Tools,
    assignment: &Assignment,
    file: &std::path::Path,
    cancel: &CancellationToken,
    percent: &Percent,
) -> Result<Product, JobError> {
    let engine = Arc::new(Patient::new(tools.pipelines.engine.clone(), assignment.kind, tools.patience));
    let pipelines = pipeline::Tools { engine: engine.clone(), ..tools.pipelines.clone() };
    let percent = percent.clone();
    let job = Job {
        kind: assignment.kind,
        file: file.to_owned(),
        language: assignment.source,
        target: assignment.target,
        options: assignment.options.clone(),
        request_id: assignment.claim.task.to_string(),
        cancel: cancel.clone(),
        // the last percent is the upload
        progress: Arc::new(move |done| percent.raise(done.min(99))),
    };
    let result = pipeline::run(&pipelines, job).await;
    // what it dropped may take a moment to end, and the slot is taken until then
    engine.at_rest().await;
    result.map_err(JobError::Pipeline)
}

/// The digest and length of a body.
async fn digest(body: &Body) -> io::Result<(Sha256, u64)> {
    match body {
        Body::Bytes(bytes) => hash(io::Cursor::new(bytes.clone())).await,
        Body::File(file) => hash(file.reopen()?).await,
    }
}

/// The digest and length of what is read.
async fn hash(mut from: impl io::Read + Send + 'static) -> io::Result<(Sha256, u64)> {
    spawn_blocking(move || {
        let mut hash = sha2::Sha256::new();
        let size = io::copy(&mut from, &mut hash)?;
        Ok((Sha256(hash.finalize().into()), size))
    })
    .await
    .map_err(io::Error::other)?
}

/// Drops the work when it is cancelled: fit for work that leaves nothing behind.
async fn unless<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Result<T, JobError> {
    cancel.run_until_cancelled(work).await.ok_or(JobError::Stopped)
}
