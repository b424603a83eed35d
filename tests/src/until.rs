//! Waiting for a condition. Tests never sleep for a fixed time.

use std::time::{Duration, Instant};

/// Time limit for most conditions: generous, since only a failing test waits that long.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// Time limit for conditions that need several retries with back-off, or minutes of waiting by design: a safety net
/// that finds a backlog checks again a minute later.
pub const LONG: Duration = Duration::from_secs(300);

/// Calls `look` until it returns a value, for at most [`DEADLINE`], and returns the value. `what` names it in the
/// failure.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(DEADLINE, what, look).await
}

/// Calls `look` until it returns a value, for at most `deadline`, and returns the value. `what` names it in the
/// failure.
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
