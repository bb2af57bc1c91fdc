//! An engine that hears loudness: every stretch of one amplitude is a word, spelled by that amplitude.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use domain::{SourceLanguage, Word};
use tokio::sync::{Barrier, Notify};

use crate::engine::{
    Call, Capabilities, Engine, EngineError, FRAME_SAMPLES, WINDOW_SAMPLES, Window, WindowSegment, WindowText,
};

#[derive(Default)]
pub(in crate::pipeline) struct Fake {
    /// What windows are detected as, by the order in which they are asked; the last holds for the rest.
    pub(super) detects: Vec<(&'static str, f32)>,
    /// Which window fails, and how.
    pub(super) fails: Option<(usize, EngineError)>,
    /// Windows wait here for each other.
    pub(super) together: Option<Barrier>,
    /// Windows wait for their cancellation.
    pub(super) hangs: bool,
    /// Whether segments come without words.
    pub(super) wordless: bool,
    pub(super) started: Notify,
    pub(super) cancelled: AtomicUsize,
    pub(super) busy: AtomicUsize,
    pub(super) most_busy: AtomicUsize,
    pub(super) asked: Mutex<Vec<SourceLanguage>>,
    pub(super) judged: Mutex<Vec<usize>>,
}

impl Fake {
    pub(super) fn asked(&self) -> Vec<SourceLanguage> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Engine for Fake {
    async fn speech(&self, pcm: std::sync::Arc<[i16]>, _: &Call) -> Result<Vec<f32>, EngineError> {
        assert!(pcm.len() <= 60 * 16_000, "{}", pcm.len());
        self.judged.lock().unwrap().push(pcm.len());
        let loud = |frame: &[i16]| frame.iter().filter(|s| s.unsigned_abs() > 100).count() * 2 >= frame.len();
        Ok(pcm.chunks(FRAME_SAMPLES).map(|f| if loud(f) { 0.9 } else { 0.02 }).collect())
    }

    async fn transcribe(&self, window: Window, call: &Call) -> Result<WindowText, EngineError> {
        assert!(!window.pcm.is_empty() && window.pcm.len() <= WINDOW_SAMPLES && call.request_id == "t1");
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(window.language);
            asked.len() - 1
        };
        self.most_busy.fetch_max(self.busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        self.started.notify_one();
        if let Some(barrier) = &self.together {
            barrier.wait().await;
        }
        if self.hangs {
            call.cancel.cancelled().await;
            self.cancelled.fetch_add(1, Ordering::SeqCst);
            return Err(EngineError::Cancelled);
        }
        self.busy.fetch_sub(1, Ordering::SeqCst);
        if let Some((_, error)) = self.fails.as_ref().filter(|(n, _)| *n == number) {
            return Err(error.clone());
        }
        let (language, language_probability) = match window.language.given() {
            Some(given) => (given.name(), 1.0),
            None => *self.detects.get(number).or(self.detects.last()).unwrap_or(&("en", 0.9)),
        };
        Ok(WindowText {
            language: language.into(),
            language_probability,
            no_speech_probability: 0.01,
            segments: self.hear(&window.pcm),
        })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

impl Fake {
    /// One segment per stretch without a pause; one word per amplitude. Half waves are a millisecond long.
    fn hear(&self, pcm: &[i16]) -> Vec<WindowSegment> {
        let mut words: Vec<Word> = Vec::new();
        let mut segments: Vec<WindowSegment> = Vec::new();
        let mut heard = 0;
        for (ms, half_wave) in pcm.chunks(16).enumerate() {
            let (loudness, ms) = (half_wave.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0), ms as u64);
            let begins_segment = heard == 0;
            if loudness > 100 && (loudness == heard) {
                let last = words.last_mut().unwrap();
                last.end_ms = ms + 1;
            } else if loudness > 100 {
                let text = format!(" {loudness}");
                words.push(Word { start_ms: ms, end_ms: ms + 1, text, probability: 0.9 });
            }
            if loudness > 100 && begins_segment {
                let empty = WindowSegment {
                    start_ms: ms,
                    end_ms: ms,
                    text: String::new(),
                    avg_logprob: -0.1,
                    words: vec![],
                };
                segments.push(empty);
            }
            heard = if loudness > 100 { loudness } else { 0 };
            if let Some(segment) = segments.last_mut().filter(|_| heard > 0) {
                segment.end_ms = ms + 1;
            }
        }
        for segment in &mut segments {
            segment.words = words
                .iter()
                .filter(|w| (segment.start_ms..segment.end_ms).contains(&w.start_ms))
                .cloned()
                .collect();
            segment.text = segment.words.iter().map(|w| w.text.as_str()).collect();
            if self.wordless {
                segment.words.clear();
            }
        }
        segments
    }
}
