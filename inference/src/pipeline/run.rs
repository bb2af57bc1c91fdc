//! One transcription under way: windows out to the model, texts back in order.

use std::{collections::BTreeMap, sync::Arc};

use domain::Transcript;
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{Instrument as _, Span};

use super::{
    Job, PipelineError, TranscriptionOptions,
    language::Detection,
    merge::Merger,
    progress::Meter,
    windows::{Planned, Windows, millis},
};
use crate::{
    engine::{Call, Engine, EngineError, Window, WindowText},
    media::Decoder,
};

type Heard = (usize, Result<WindowText, EngineError>);

/// One transcription under way.
pub(super) struct Run {
    engine: Arc<dyn Engine>,
    call: Call,
    in_flight: usize,
    windows: mpsc::Receiver<Planned>,
    /// Cuts windows; ends with the length of the file in ms.
    cutter: AbortOnDropHandle<Result<u64, PipelineError>>,
    tasks: JoinSet<Heard>,
    detection: Detection,
    merger: Merger,
    meter: Meter,
    started: usize,
    /// Windows not merged yet, by number, with what was heard in them.
    open: BTreeMap<usize, (Planned, Option<WindowText>)>,
    merged: usize,
}

impl Run {
    pub(super) fn start(
        engine: &Arc<dyn Engine>,
        decoder: &Decoder,
        options: &TranscriptionOptions,
        job: Job,
        cancel: &CancellationToken,
    ) -> Self {
        let call = |timeout| Call { request_id: job.request_id.clone(), timeout, cancel: cancel.clone() };
        let pcm = decoder.start(&job.file, cancel);
        let speech = call(options.speech_timeout);
        let windows = Windows::new(pcm, engine.clone(), speech, options.chunk.clone());
        let (to, from) = mpsc::channel(1);
        let cutter = tokio::spawn(cut(windows, to).instrument(Span::current()));
        Self {
            engine: engine.clone(),
            call: call(options.window_timeout),
            in_flight: options.windows_in_flight.max(1),
            windows: from,
            cutter: AbortOnDropHandle::new(cutter),
            tasks: JoinSet::new(),
            detection: Detection::new(job.language),
            merger: Merger::default(),
            meter: Meter::new(job.progress),
            started: 0,
            open: BTreeMap::new(),
            merged: 0,
        }
    }

    pub(super) async fn finish(mut self) -> Result<Transcript, PipelineError> {
        let mut duration_ms = None;
        loop {
            // until the language is known, windows go one by one: the others wait for it
            let wanted = if self.detection.is_settled() { self.in_flight } else { 1 };
            tokio::select! {
                ended = &mut self.cutter, if duration_ms.is_none() => duration_ms = Some(survived(ended)??),
                Some(joined) = self.tasks.join_next() => {
                    let (number, heard) = survived(joined)?;
                    self.heard(number, heard?);
                }
                Some(window) = self.windows.recv(), if self.tasks.len() < wanted => self.begin(window),
                else => {
                    if self.detection.is_settled() || self.open.is_empty() {
                        break;
                    }
                    self.detection.settle();
                    self.revise();
                }
            }
        }
        let duration_ms = duration_ms.unwrap_or_default();
        let segments = self.merger.finish(duration_ms);
        self.meter.complete();
        let no_speech = segments.is_empty();
        let detected = self.detection.language().filter(|_| !no_speech);
        Ok(Transcript {
            language: self.detection.given().or(detected),
            language_confidence: detected.and(self.detection.confidence()),
            duration_ms,
            no_speech,
            segments,
        })
    }

    fn begin(&mut self, window: Planned) {
        let number = self.started;
        self.started += 1;
        self.ask(number, &window);
        self.open.insert(number, (window, None));
    }

    fn ask(&mut self, number: usize, window: &Planned) {
        let (engine, call) = (self.engine.clone(), self.call.clone());
        let input = Window { pcm: window.pcm.clone(), language: self.detection.to_ask() };
        let span = tracing::info_span!(
            "window",
            index = number,
            start_ms = millis(window.plan.start()),
            len_ms = millis(window.plan.len())
        );
        let ask = async move { (number, engine.transcribe(input, &call).await) };
        self.tasks.spawn(ask.instrument(span));
    }

    fn heard(&mut self, number: usize, text: WindowText) {
        let settled = self.detection.is_settled();
        self.detection.hear(&text.language, text.language_probability);
        if let Some((window, slot)) = self.open.get_mut(&number) {
            *slot = Some(text);
            if settled {
                // it may wait for an earlier one, but its sound is not needed again
                window.pcm = Arc::default();
            }
        }
        if settled {
            self.merge();
        } else if self.detection.is_settled() {
            self.revise();
        }
    }

    /// The language is known now: windows heard in another are heard again.
    fn revise(&mut self) {
        let again: Vec<usize> = self
            .open
            .iter()
            .filter(|(_, (_, text))| text.as_ref().is_some_and(|t| self.detection.contradicts(&t.language)))
            .map(|(number, _)| *number)
            .collect();
        for number in again {
            if let Some((window, text)) = self.open.get_mut(&number) {
                *text = None;
                let window = window.clone();
                self.ask(number, &window);
            }
        }
        self.merge();
    }

    /// Merges windows in the order of the file, as far as they have been heard.
    fn merge(&mut self) {
        while let Some(entry) = self.open.first_entry() {
            if *entry.key() != self.merged || entry.get().1.is_none() {
                break;
            }
            let (window, text) = entry.remove();
            self.merged += 1;
            if let Some(text) = text {
                self.merger.add(&window.plan, text);
            }
            // a file that does not tell its length is taken to be half read, until all of it is
            let guess = || window.heard_ms * if self.cutter.is_finished() { 1 } else { 2 };
            self.meter.reached(millis(window.plan.end()), window.expected_ms.unwrap_or_else(guess));
        }
    }
}

async fn cut(mut windows: Windows, to: mpsc::Sender<Planned>) -> Result<u64, PipelineError> {
    while let Some(window) = windows.next().await? {
        // nobody takes windows any more: the reason is known on the other side
        if to.send(window).await.is_err() {
            return Err(PipelineError::Cancelled);
        }
    }
    Ok(windows.duration_ms())
}

/// A task that panicked has failed on this input; its panic is in the log.
fn survived<T>(joined: Result<T, JoinError>) -> Result<T, PipelineError> {
    joined.map_err(|error| {
        tracing::error!(%error, "pipeline task ended by itself");
        PipelineError::Engine(EngineError::Failed)
    })
}
