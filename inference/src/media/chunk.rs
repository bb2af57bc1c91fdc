//! Which parts of a recording a model hears together. Pure: probabilities in, windows out.

mod plan;

pub use plan::{Plan, Span};

use crate::engine::{FRAME_SAMPLES, SAMPLE_RATE, WINDOW_SAMPLES};

const SECOND: u64 = SAMPLE_RATE as u64;
const FRAME: u64 = FRAME_SAMPLES as u64;

/// Starting values, all in samples except the probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkConfig {
    /// Probability from which a frame begins speech.
    pub begins: f32,
    /// Probability below which speech that has begun may end.
    pub ends: f32,
    /// Silence that parts two regions of speech; shorter pauses are never cut.
    pub pause: u64,
    /// Silence kept around a region, so that soft first and last sounds are heard.
    pub pad: u64,
    /// Silence between regions that is kept as it is; more is left out.
    pub keep_gap: u64,
    /// Length at which a cut is looked for.
    pub target: u64,
    /// Most samples of a window.
    pub longest: u64,
    /// Length of a window cut inside speech without a pause.
    pub hard: u64,
    /// What the window after such a cut repeats.
    pub overlap: u64,
}

impl Default for ChunkConfig {
    fn default() -> Self {
        Self {
            begins: 0.5,
            ends: 0.35,
            pause: SECOND * 3 / 10,
            pad: SECOND / 5,
            keep_gap: SECOND,
            target: 28 * SECOND,
            longest: WINDOW_SAMPLES as u64,
            hard: 29 * SECOND,
            overlap: SECOND,
        }
    }
}

/// What to do next, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Append these samples to the window that is being built.
    Take(Span),
    /// The window is complete. Its samples are those taken since the last one.
    Cut(Plan),
}

/// Plans windows while a file is read. Promises: every frame that begins speech is in a window; windows are at most
/// [`ChunkConfig::longest`] samples and come in order; a file without speech has none.
#[derive(Debug)]
pub struct Planner {
    config: ChunkConfig,
    /// Samples judged so far.
    heard: u64,
    /// The region of speech that is going on: where it starts with its pad, and where speech was last heard.
    open: Option<Span>,
    /// End of the last region taken, with its pad.
    taken: u64,
    spans: Vec<Span>,
    length: u64,
    steps: Vec<Step>,
}

impl Planner {
    /// At the start of a file.
    #[must_use]
    pub const fn new(config: ChunkConfig) -> Self {
        Self { config, heard: 0, open: None, taken: 0, spans: Vec::new(), length: 0, steps: Vec::new() }
    }

    /// Takes the probabilities of the next frames. All frames of a file but its last are whole.
    pub fn push(&mut self, probabilities: &[f32]) -> Vec<Step> {
        for p in probabilities {
            self.frame(*p);
        }
        std::mem::take(&mut self.steps)
    }

    /// The file ends after `total` samples.
    pub fn finish(&mut self, total: u64) -> Vec<Step> {
        self.heard = self.heard.min(total);
        self.close(total);
        self.cut();
        std::mem::take(&mut self.steps)
    }

    /// No later step asks for samples before this one.
    #[must_use]
    pub fn needs_from(&self) -> u64 {
        let from = self.open.map_or(self.heard, |o| o.start);
        from.saturating_sub(self.config.pad + self.config.keep_gap)
    }

    fn frame(&mut self, p: f32) {
        let start = self.heard;
        self.heard += FRAME;
        match &mut self.open {
            None if p >= self.config.begins => {
                let padded = start.saturating_sub(self.config.pad).max(self.taken);
                self.open = Some(Span { start: padded, end: self.heard });
            }
            Some(open) if p >= self.config.ends => open.end = self.heard,
            Some(open) if start + FRAME - open.end >= self.config.pause => self.close(u64::MAX),
            _ => {}
        }
        self.make_room();
    }

    /// Keeps the open region short enough for a window of its own.
    fn make_room(&mut self) {
        let Some(open) = self.open else { return };
        let needs = open.end + self.config.pad - open.start;
        if self.length + needs > self.config.longest {
            self.cut();
        }
        if needs > self.config.longest {
            let end = open.start + self.config.hard;
            self.take(Span { start: open.start, end });
            self.cut();
            // the repeated second gives the words at the cut a second hearing
            self.open = Some(Span { start: end - self.config.overlap, end: open.end });
        }
    }

    /// Ends the open region, and decides whether the window ends before or after it.
    fn close(&mut self, total: u64) {
        let Some(open) = self.open.take() else { return };
        let region = Span { start: open.start, end: (open.end + self.config.pad).min(total) };
        if region.start >= region.end {
            return;
        }
        let longer = self.length + (region.end - region.start);
        let target = self.config.target;
        let before_is_nearer = self.length.abs_diff(target) <= longer.abs_diff(target);
        if longer > self.config.longest || longer > target && before_is_nearer {
            self.cut();
        }
        self.take(region);
        if self.length >= target {
            self.cut();
        }
    }

    fn take(&mut self, mut region: Span) {
        match self.spans.last_mut() {
            Some(last)
                if region.start >= last.end
                    && region.start - last.end <= self.config.keep_gap
                    && self.length + (region.end - last.end) <= self.config.target =>
            {
                region.start = last.end;
                last.end = region.end;
            }
            _ => self.spans.push(region),
        }
        self.length += region.end - region.start;
        self.taken = region.end;
        self.steps.push(Step::Take(region));
    }

    fn cut(&mut self) {
        if !self.spans.is_empty() {
            self.length = 0;
            self.steps.push(Step::Cut(Plan { spans: std::mem::take(&mut self.spans) }));
        }
    }
}

#[cfg(test)]
mod tests;
