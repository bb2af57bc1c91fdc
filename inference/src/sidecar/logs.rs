//! The server's own log lines, as events of ours.

use tracing::Level;

/// Lines that say nothing on a machine without a GPU.
const NOISE: [&str; 4] = [
    "Unable to allocate pinned system memory",
    "CudaDriverHelper has not been initialized",
    "CUDA memory pool disabled",
    "Neither cache config nor model cache",
];

/// One line worth keeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// How bad it is, in our levels: the server's INFO is our debug.
    pub level: Level,
    /// The sentence, without time, process id and quotes.
    pub text: String,
    /// Whether it may explain why the server died: everything but its chatter.
    pub telling: bool,
}

impl Line {
    /// Reads one line of output; `None` for noise, tables and empty lines.
    /// A line without the server's prefix comes from the loader, a library or a traceback.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        let raw = raw.trim_end();
        if raw.is_empty() || raw.starts_with(['+', '|']) || NOISE.iter().any(|n| raw.contains(n)) {
            return None;
        }
        let found = prefixed(raw);
        let (level, text) = match found {
            Some(('I', text)) => (Level::DEBUG, text),
            Some(('W', text)) => (Level::WARN, text),
            Some((_, text)) => (Level::ERROR, text),
            None => (Level::DEBUG, raw),
        };
        let telling = !matches!(found, Some(('I', _)));
        Some(Self { level, text: text.trim_matches('"').to_owned(), telling })
    }

    /// Says it as an event.
    pub(super) fn emit(&self) {
        let said = self.text.as_str();
        match self.level {
            Level::ERROR => tracing::error!(target: "triton", said, "triton reports an error"),
            Level::WARN => tracing::warn!(target: "triton", said, "triton warns"),
            _ => tracing::debug!(target: "triton", said, "triton says"),
        }
    }
}

/// Splits `I1121 21:05:31.884097 15680 grpc_server.cc:2558] "text"` into its letter and its text.
fn prefixed(raw: &str) -> Option<(char, &str)> {
    let letter = raw.chars().next().filter(|c| "IWEF".contains(*c))?;
    let (head, text) = raw.split_once("] ")?;
    let dated = head.get(1..5)?.bytes().all(|b| b.is_ascii_digit());
    dated.then_some((letter, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_level_and_sentence() {
        let parsed = |raw: &str| Line::parse(raw).map(|l| (l.level, l.telling, l.text));
        let info = r#"I1121 21:05:31.884097 15680 grpc_server.cc:2558] "Started GRPCInferenceService at 127.0.0.1:18101""#;
        assert_eq!(
            parsed(info),
            Some((Level::DEBUG, false, "Started GRPCInferenceService at 127.0.0.1:18101".to_owned()))
        );
        let error = r#"E1121 21:05:58.985409 15680 model.py:41] "asr_whisper: boom""#;
        assert_eq!(parsed(error), Some((Level::ERROR, true, "asr_whisper: boom".to_owned())));
        let loader = "tritonserver: error while loading shared libraries: libz.so.1";
        assert_eq!(parsed(loader), Some((Level::DEBUG, true, loader.to_owned())));
    }

    #[test]
    fn noise_and_tables_are_dropped() {
        for raw in [
            "",
            "+------+",
            "| cache_enabled | 0 |",
            r#"W1121 21:05:29.1 15680 pinned_memory_manager.cc:273] "Unable to allocate pinned system memory""#,
        ] {
            assert_eq!(Line::parse(raw), None, "{raw}");
        }
    }
}
