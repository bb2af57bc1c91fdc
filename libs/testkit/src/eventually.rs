//! Waiting on a state instead of sleeping.

use std::time::Duration;

/// Polls `probe` until it gives a value, and returns it.
///
/// # Panics
/// After `limit`, naming what was waited for.
#[track_caller]
pub fn eventually<T, F>(what: &str, limit: Duration, mut probe: F) -> impl Future<Output = T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let caller = std::panic::Location::caller();
    async move {
        let end = tokio::time::Instant::now() + limit;
        loop {
            if let Some(value) = probe().await {
                return value;
            }
            assert!(tokio::time::Instant::now() < end, "{caller}: waited {limit:?} for {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
