//! One round of the workflow `statemachines/replay-dead-letters.asl.json`:
//!
//! 1. it replays dead letters for about a minute, or until none is left;
//! 2. it returns the counts, including the dead letters that have failed again meanwhile.

use std::time::{Duration, Instant};

use lambda_runtime::LambdaEvent;
use paloma::dead_letters::{ReplayError, ReplayProgress, ReplayRequest};
use paloma::metrics::elapsed_ms;
use paloma::runtime::Environment;

/// Duration of a round that has replayed something.
const ROUND: Duration = Duration::from_secs(60);

/// Duration of a round that finds nothing to replay. The function's timeout is 15 minutes (Lambda's limit).
const SEARCH: Duration = Duration::from_secs(13 * 60);

#[derive(Debug, Clone)]
pub struct ReplayDeadLetters {
    environment: Environment,
}

impl ReplayDeadLetters {
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// Runs one round. The workflow retries a round that failed, which is safe.
    pub async fn handle(&self, event: LambdaEvent<ReplayRequest>) -> Result<ReplayProgress, ReplayError> {
        let (request, started) = (event.payload, Instant::now());
        let may_continue =
            |progress: &ReplayProgress| started.elapsed() < if progress.replayed > 0 { ROUND } else { SEARCH };
        let progress = request.run(&self.environment, may_continue, |_| {}).await?;
        tracing::info!(
            stage = "replay-dead-letters",
            outcome = if progress.complete { "complete" } else { "to be continued" },
            replayId = request.replay_id,
            queue = %request.queue,
            seen = progress.seen,
            replayed = progress.replayed,
            returned = progress.returned,
            rejected = progress.rejected,
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        Ok(progress)
    }
}
