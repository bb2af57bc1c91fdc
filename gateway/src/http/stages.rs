//! Where the time of a task went, read from the spans of its trace.

use std::collections::HashMap;

use process::telemetry::SpanRecord;

use super::types::trace::Stage;

/// A stretch of time in microseconds.
type Interval = (i64, i64);

/// The spans of one trace by id, to climb from child to parent.
pub(crate) struct Tree<'a>(HashMap<&'a str, &'a SpanRecord>);

impl<'a> Tree<'a> {
    pub(crate) fn new(spans: &'a [SpanRecord]) -> Self {
        Self(spans.iter().map(|s| (s.span_id.as_str(), s)).collect())
    }

    /// The span, its parent, and so on; ends at a parent that was not recorded here.
    fn line(&self, span: &'a SpanRecord) -> impl Iterator<Item = &'a SpanRecord> {
        let up = |s: &&'a SpanRecord| s.parent_id.as_deref().and_then(|p| self.0.get(p)).copied();
        // a span that is its own ancestor would be a broken record: no line is longer than the trace
        std::iter::successors(Some(span), up).take(self.0.len())
    }

    /// The service a span belongs to: its own word, else its parent's.
    pub(crate) fn service(&self, span: &'a SpanRecord) -> &'a str {
        self.line(span).find_map(|s| s.service.as_deref()).unwrap_or("unknown")
    }

    fn is_under(&self, span: &'a SpanRecord, name: &str) -> bool {
        self.line(span).any(|s| s.name == name)
    }
}

/// The stages in the order of the work, then `other` (time in none of them) and `total`. `ended_us`: when the task
/// ended, if it did.
pub(crate) fn stages(spans: &[SpanRecord], ended_us: Option<i64>) -> Vec<Stage> {
    let tree = Tree::new(spans);
    let named =
        |name: &str| -> Vec<Interval> { spans.iter().filter(|s| s.name == name).map(whole).collect() };
    // Triton also looks for speech: that belongs to its own stage
    let inferring =
        |s: &&SpanRecord| s.name == "window" || (tree.service(s) == "triton" && !tree.is_under(s, "vad"));
    let seen: [(&'static str, Vec<Interval>); 7] = [
        ("upload", named("upload")),
        ("queued", spans.iter().filter_map(waited).collect()),
        ("fetch", named("fetch")),
        ("decode", named("decode")),
        ("vad", named("vad")),
        ("inference", spans.iter().filter(inferring).map(whole).collect()),
        ("store", [named("upload_result"), named("complete")].concat()),
    ];
    let mut stages: Vec<Stage> = Vec::new();
    let mut all: Vec<Interval> = Vec::new();
    for (name, intervals) in seen {
        if !intervals.is_empty() {
            stages.push(Stage { name, ms: millis(covered(&intervals)) });
            all.extend(intervals);
        }
    }
    if let Some(total) = total(&tree, spans, ended_us) {
        let inside: Vec<Interval> =
            all.iter().map(|(a, b)| (*a.max(&total.0), *b.min(&total.1))).filter(|(a, b)| a < b).collect();
        stages.push(Stage { name: "other", ms: millis(total.1 - total.0 - covered(&inside)) });
        stages.push(Stage { name: "total", ms: millis(total.1 - total.0) });
    }
    stages
}

/// From the begin of the request that submitted the task to the last act for it. A client may read the task under the
/// same trace: those requests are not part of the work.
fn total(tree: &Tree<'_>, spans: &[SpanRecord], ended_us: Option<i64>) -> Option<Interval> {
    let upload = spans.iter().find(|s| s.name == "upload");
    let submit =
        upload.map(|u| u.parent_id.as_deref().and_then(|p| tree.0.get(p)).map_or(u.start_us, |s| s.start_us));
    let begin = submit.or_else(|| spans.iter().map(|s| s.start_us).min())?;
    let stored = spans.iter().filter(|s| s.name == "complete").map(|s| s.end_us).max();
    let end = stored.max(ended_us).or_else(|| spans.iter().map(|s| s.end_us).max())?;
    Some((begin, end.max(begin)))
}

fn whole(span: &SpanRecord) -> Interval {
    (span.start_us, span.end_us.max(span.start_us))
}

/// The wait before a lease, which the scheduler notes on its span.
fn waited(span: &SpanRecord) -> Option<Interval> {
    let queued = span.attributes.get("queued_ms").filter(|_| span.name == "lease")?;
    let queued: f64 = queued.parse().ok().filter(|ms| (0.0..1e12).contains(ms))?;
    #[allow(clippy::cast_possible_truncation)]
    let micros = (queued * 1e3) as i64;
    Some((span.start_us - micros, span.start_us))
}

/// Time covered by at least one of the intervals, in microseconds.
fn covered(intervals: &[Interval]) -> i64 {
    let mut sorted = intervals.to_vec();
    sorted.sort_unstable();
    let (mut sum, mut reached) = (0, i64::MIN);
    for (start, end) in sorted {
        sum += (end - start.max(reached)).max(0);
        reached = reached.max(end);
    }
    sum
}

#[allow(clippy::cast_precision_loss)]
fn millis(micros: i64) -> f64 {
    micros as f64 / 1e3
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn span(
        id: &str,
        parent: &str,
        service: Option<&str>,
        name: &str,
        from: i64,
        to: i64,
    ) -> SpanRecord {
        SpanRecord {
            trace_id: "t".into(),
            span_id: id.into(),
            parent_id: Some(parent.to_owned()).filter(|p| !p.is_empty()),
            name: name.into(),
            service: service.map(str::to_owned),
            start_us: from,
            end_us: to,
            error: false,
            attributes: [("queued_ms".to_owned(), "2.5".to_owned())].into(),
            events: Vec::new(),
        }
    }

    #[test]
    fn the_stages_of_a_task_are_read_from_its_spans() {
        // O1
        let spans = [
            span("1", "", Some("gateway"), "POST /api/v1/transcription", 0, 5_000),
            span("2", "1", None, "upload", 500, 3_500),
            span("3", "1", Some("scheduler"), "lease", 7_500, 8_000),
            span("4", "3", Some("inference"), "task", 8_000, 60_000),
            span("5", "4", None, "fetch", 8_000, 9_000),
            span("6", "4", None, "decode", 9_000, 12_000),
            span("7", "4", None, "vad", 12_000, 14_000),
            span("8", "7", Some("triton"), "vad_silero", 12_500, 13_500),
            // two windows at once count once
            span("9", "4", None, "window", 14_000, 40_000),
            span("a", "4", None, "window", 20_000, 50_000),
            span("b", "a", Some("triton"), "asr_whisper", 21_000, 49_000),
            span("c", "b", None, "compute", 22_000, 48_000),
            span("d", "4", None, "upload_result", 51_000, 53_000),
            span("e", "4", Some("scheduler"), "complete", 54_000, 56_000),
            // a later read under the same trace
            span("f", "", Some("gateway"), "GET /api/v1/tasks/{id}", 900_000, 901_000),
        ];
        let expected = [
            ("upload", 3.0),
            ("queued", 2.5),
            ("fetch", 1.0),
            ("decode", 3.0),
            ("vad", 2.0),
            ("inference", 36.0),
            ("store", 4.0),
            ("other", 4.5),
            ("total", 56.0),
        ];
        let got = stages(&spans, Some(55_000));
        assert_eq!(got.iter().map(|s| (s.name, s.ms)).collect::<Vec<_>>(), expected);
        let tree = Tree::new(&spans);
        assert_eq!(tree.service(&spans[11]), "triton");
        assert_eq!(tree.service(&spans[5]), "inference");
    }

    #[test]
    fn a_trace_of_nothing_has_no_stages() {
        assert_eq!(stages(&[], None), []);
        // a broken record with a circle ends
        let circle = [span("1", "2", None, "x", 0, 1), span("2", "1", None, "y", 0, 1)];
        assert_eq!(Tree::new(&circle).service(&circle[0]), "unknown");
    }
}
