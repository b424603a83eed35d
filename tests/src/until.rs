//! Waiting for a fact, never for a time.

use std::time::{Duration, Instant};

/// How long a fact may take: generous, since only a failure waits for it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// How long a fact may take that comes after many tries, each later than the one before, or after a minute's patience.
pub const LONG: Duration = Duration::from_secs(120);

/// Waits until `look` finds something, and returns it.
///
/// # Panics
/// When it does not come within 60 s, saying what was waited for.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(DEADLINE, what, look).await
}

/// Waits so long until `look` finds something, and returns it.
///
/// # Panics
/// When it does not come, saying what was waited for.
pub async fn until_within<T>(deadline: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < deadline, "waited {deadline:?} for {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
