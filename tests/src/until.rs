//! Waiting for a fact, never for a time.

use std::time::{Duration, Instant};

/// How long a fact may take: generous, since only a failure waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until `look` finds something, and returns it.
///
/// # Panics
/// When it does not come within 30 s, saying what was waited for.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "waited {DEADLINE:?} for {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
