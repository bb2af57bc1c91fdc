//! How fast a run is sent.

use std::time::Duration;

/// Times of the sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From one request with lines to the next.
    pub interval: Duration,
    /// The server hears from the run at least this often.
    pub heartbeat: Duration,
    /// Before a failed call is made again the first time; twice as long each further time.
    pub retry: Duration,
    /// At most so long before a failed call is made again.
    pub retry_most: Duration,
    /// A request that takes longer has failed.
    pub timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            heartbeat: Duration::from_secs(30),
            retry: Duration::from_secs(2),
            retry_most: Duration::from_secs(60),
            timeout: Duration::from_secs(60),
        }
    }
}
