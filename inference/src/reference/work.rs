//! One piece of work for a validator.

use std::{io::Read as _, sync::Arc};

use domain::{
    DocumentFormat, ErrorKind, FailReason, Failure, Language, Need, SourceLanguage, TaskKind, TaskOptions,
};
use process::Stop;
use proto::{BadField, convert, pb, status};
use tempfile::NamedTempFile;
use tokio::time::{sleep, timeout};
use tonic::Status;
use tracing::Instrument as _;

use super::{
    Desk,
    grpc::{refusal, until_dropped},
    turns::Turn,
};
use crate::{
    document::{self, DocumentError, Limits, sniff},
    engine::{Call, Capabilities, EngineError},
    pipeline::{self, Job, PipelineError, Product},
    worker::Patient,
};

/// Most texts of one call for their meaning, and most bytes of one.
const TEXTS: (usize, usize) = (64, 64 << 10);

/// What is to be done with an input.
#[derive(Debug, Clone)]
pub(super) struct Order {
    kind: TaskKind,
    source: SourceLanguage,
    target: Option<Language>,
    options: TaskOptions,
}

impl TryFrom<pb::work_request::Header> for Order {
    type Error = BadField;

    fn try_from(header: pb::work_request::Header) -> Result<Self, BadField> {
        let kind = convert::kind(header.kind)?;
        let options = convert::options(header.options.as_ref())?;
        options.check(kind).map_err(|e| BadField::new("options", e.to_string()))?;
        let target = convert::optional(&header.target_language);
        let target = target.map(|t| convert::parse("target_language", t)).transpose()?;
        Ok(Self {
            kind,
            source: convert::parse("source_language", &header.source_language)?,
            target,
            options,
        })
    }
}

impl Order {
    /// Whether a machine with these models does the kind, and not this of it: a language, a direction. A kind that it does not
    /// offer at all may be on its way.
    fn is_beyond(&self, capabilities: &Capabilities) -> bool {
        let Self { kind, source, target, options } = self;
        let need = Need { kind: *kind, source: *source, target: *target, mode: options.summary_mode };
        capabilities.does(*kind) && !capabilities.offers.iter().any(|offer| offer.covers(need))
    }
}

/// Does it, and tells the version of the model that did. The turn is given back when nothing works for it any more, also
/// where the caller has gone away.
pub(super) async fn done(
    desk: &Desk,
    order: Order,
    input: NamedTempFile,
    turn: Turn,
    stop: &Stop,
) -> Result<(Product, String), Status> {
    if order.is_beyond(&desk.tools.engine.capabilities()) {
        return Err(status(ErrorKind::Unavailable, "no model of this machine does it in this language"));
    }
    let (cancel, _on_drop) = until_dropped(stop);
    let engine = Arc::new(Patient::new(desk.tools.engine.clone(), order.kind, desk.patience));
    let tools = pipeline::Tools { engine: engine.clone(), ..desk.tools.clone() };
    let job = Job {
        kind: order.kind,
        file: input.path().to_owned(),
        language: order.source,
        target: order.target,
        options: order.options,
        request_id: format!("reference-{:016x}", process::id::random_u64()),
        cancel: cancel.clone(),
        progress: Arc::new(|_| {}),
    };
    let time = desk.time;
    let work = async move {
        let mut work = Box::pin(pipeline::run(&tools, job));
        let made = tokio::select! {
            made = &mut work => made.map_err(|e: PipelineError| e.failure()),
            () = sleep(time) => {
                cancel.cancel();
                let late = Failure::new(FailReason::TimedOut, "the work took more time than it has");
                work.await.map_err(|_| Some(late))
            }
        };
        engine.at_rest().await;
        drop((input, turn));
        made
    };
    let made = tokio::spawn(work.in_current_span()).await.map_err(|error| {
        tracing::error!(%error, "a reference ended by itself");
        status(ErrorKind::Internal, "the machine had a fault while it worked")
    })?;
    let product = made.map_err(refusal)?;
    let cards = desk.tools.engine.capabilities().models;
    let version = cards.into_iter().find(|m| m.id == product.model).map(|m| m.version).unwrap_or_default();
    Ok((product, version))
}

/// The text of a document.
pub(super) async fn read(
    document: NamedTempFile,
    format: Option<DocumentFormat>,
    turn: Turn,
    stop: &Stop,
) -> Result<String, Status> {
    let (cancel, _on_drop) = until_dropped(stop);
    let reading = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut head = Vec::with_capacity(sniff::HEAD);
        let file = document.reopen().map_err(|_| DocumentError::Internal)?;
        file.take(sniff::HEAD as u64).read_to_end(&mut head).map_err(|_| DocumentError::Internal)?;
        let format = sniff::sniff(&head, format)?;
        let stopped = || cancel.is_cancelled();
        document::read_text(document.path(), format, &Limits::default(), &stopped)
    });
    // a panic in there is the file's doing
    let broken = || refusal(Some(Failure::new(FailReason::BrokenFile, "the document can't be read")));
    let read = reading.await.map_err(|_| broken())?;
    read.map_err(|e| refusal(PipelineError::from(e).failure()))
}

/// What these texts mean.
pub(super) async fn embedded(
    desk: &Desk,
    texts: Vec<String>,
    language: Language,
    turn: Turn,
    stop: &Stop,
) -> Result<pb::EmbedReply, Status> {
    if texts.is_empty() || texts.len() > TEXTS.0 || texts.iter().any(|t| t.len() > TEXTS.1) {
        let bounds = format!("must be 1 to {} texts of at most {} bytes", TEXTS.0, TEXTS.1);
        return Err(BadField::new("texts", bounds).into());
    }
    let (cancel, _on_drop) = until_dropped(stop);
    let request_id = format!("reference-{:016x}", process::id::random_u64());
    let call = Call { request_id, timeout: desk.time, cancel };
    let asked = timeout(desk.time, desk.tools.engine.embed(texts.into(), language, &call)).await;
    drop(turn);
    let meaning = asked.unwrap_or(Err(EngineError::Deadline));
    let meaning = meaning.map_err(|e| refusal(PipelineError::from(e).failure()))?;
    let vector = |values| pb::embed_reply::Vector { values };
    let vectors = meaning.vectors.into_iter().map(vector).collect();
    Ok(pb::EmbedReply { vectors, unrelated: meaning.unrelated })
}

#[cfg(test)]
mod tests {
    use domain::Offer;

    use super::*;

    #[test]
    fn what_the_models_do_not_do_is_told_at_once_and_what_may_be_loading_is_waited_for() {
        let kind = TaskKind::TextTranslation;
        let offers = vec![Offer::translating(kind, vec![(Language::En, Language::Fr)])];
        let capabilities = Capabilities { offers, ..Capabilities::default() };
        let order = |kind, target| Order {
            kind,
            source: SourceLanguage::Given(Language::En),
            target,
            options: TaskOptions::default(),
        };
        assert!(!order(kind, Some(Language::Fr)).is_beyond(&capabilities));
        assert!(order(kind, Some(Language::De)).is_beyond(&capabilities));
        assert!(!order(TaskKind::Transcription, None).is_beyond(&capabilities));
    }
}
