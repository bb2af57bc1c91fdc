//! How a process lives: configuration, clock, telemetry, listeners, serving, draining, exit codes. Knows nothing of tasks.

pub mod clock;
pub mod config;
pub mod exit;
pub mod grpc;
pub mod health;
pub mod http;
pub mod id;
pub mod net;
pub mod telemetry;

/// Fires when the process should stop: listeners close, work in flight is finished or cut at the drain deadline.
pub use tokio_util::sync::CancellationToken as Stop;
