//! Where log lines go.

use std::path::PathBuf;

use anyhow::Context as _;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{Layer, Registry, fmt};

/// Where log lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Log {
    /// Standard error, for people.
    Stderr,
    /// Files `violet.<date>.log` in this folder, one a day, the newest seven kept; JSON lines.
    Files(PathBuf),
    /// Nowhere.
    Off,
}

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

pub(super) fn layer(log: &Log) -> anyhow::Result<(Lines, Option<WorkerGuard>)> {
    match log {
        Log::Off => Ok((Box::new(tracing_subscriber::layer::Identity::new()), None)),
        Log::Stderr => Ok((Box::new(fmt::layer().with_writer(std::io::stderr)), None)),
        Log::Files(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
            let files = tracing_appender::rolling::Builder::new()
                .rotation(tracing_appender::rolling::Rotation::DAILY)
                .filename_prefix("violet")
                .filename_suffix("log")
                .max_log_files(7)
                .build(folder)
                .with_context(|| format!("open log files in {}", folder.display()))?;
            let (writer, guard) = tracing_appender::non_blocking(files);
            Ok((Box::new(fmt::layer().json().with_ansi(false).with_writer(writer)), Some(guard)))
        }
    }
}
