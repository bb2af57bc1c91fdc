//! What the service says of itself: each event once, as a log line and a counter together.

use std::sync::LazyLock;

use domain::ErrorKind;
use opentelemetry::{KeyValue, global, metrics::Counter};
use process::telemetry::Causes;

use crate::StoreError;
use crate::config::{Database, Kind};
use crate::sql::Synchronous;

static FAILURES: LazyLock<Counter<u64>> =
    LazyLock::new(|| global::meter("storage-svc").u64_counter("violet_storage_failures").build());
static EXPIRED: LazyLock<Counter<u64>> =
    LazyLock::new(|| global::meter("storage-svc").u64_counter("violet_storage_expired").build());

/// An operation failed for a reason that is not its caller's.
pub(crate) struct Failed<'a> {
    pub(crate) operation: &'static str,
    pub(crate) error: &'a StoreError,
}

impl Failed<'_> {
    /// Says nothing of refusals: those are answers.
    pub(crate) fn emit(&self) {
        let kind = self.error.kind;
        if !matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::StorageFull) {
            return;
        }
        let operation = self.operation;
        tracing::error!(operation, kind = kind.name(), error = %Causes(self.error), "storage operation failed");
        let labels = [KeyValue::new("operation", operation), KeyValue::new("kind", kind.name())];
        FAILURES.add(1, &labels);
    }
}

/// The service runs.
pub(crate) struct Started<'a> {
    pub(crate) data_dir: &'a std::path::Path,
    pub(crate) database: &'a Database,
}

impl Started<'_> {
    pub(crate) fn emit(&self) {
        let durability = match (self.database.kind, self.database.synchronous) {
            (Kind::Memory, _) => "nothing survives the process",
            (Kind::Sqlite, Synchronous::Full) => "an acknowledged write survives a power cut",
            (Kind::Sqlite, Synchronous::Normal) => {
                "an acknowledged write survives a crash of the process, not a power cut"
            }
        };
        tracing::info!(data_dir = %self.data_dir.display(), durability, "storage ready");
    }
}

/// What had its time was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Rows of files.
    pub files: u32,
    /// Blobs that no file has any more, and half-written ones.
    pub blobs: u32,
    /// Tasks with their leases and answers.
    pub tasks: u32,
    /// Idempotency keys.
    pub keys: u32,
    /// Nonces of signed requests.
    pub nonces: u32,
    /// Records of miners.
    pub records: u32,
}

impl Expired {
    pub(crate) fn emit(self) {
        if self == Self::default() {
            return;
        }
        let Self { files, blobs, tasks, keys, nonces, records } = self;
        tracing::info!(files, blobs, tasks, keys, nonces, records, "expired records deleted");
        let counts = [
            ("file", files),
            ("blob", blobs),
            ("task", tasks),
            ("key", keys),
            ("nonce", nonces),
            ("record", records),
        ];
        for (what, n) in counts {
            EXPIRED.add(n.into(), &[KeyValue::new("what", what)]);
        }
    }
}
