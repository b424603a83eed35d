//! Dead letters: reading them, and bringing them back to where they should go.
//!
//! | file | what it is |
//! | --- | --- |
//! | `letter` | a dead letter, what it is about, and how it died |
//! | `filter` | which letters are meant |
//! | `pass` | going through a queue once, without losing or changing anything |
//! | `sending` | letters on their way to a queue |
//! | `destination` | where letters go: into their queue, or to a function that reads a stream |
//! | `replay` | bringing them there, at a rate, to be killed at any point |
//!
//! The operators' command line stands on this library. As a function it does one round of the workflow
//! `statemachines/replay-dead-letters.asl.json`:
//!
//! 1. it replays for about a minute, or until nothing is left;
//! 2. it answers how that went, and what has come back meanwhile.

mod dead_letter_queue;
mod destination;
mod error;
mod filter;
mod letter;
mod pass;
mod queue_name;
mod replay;
mod sending;
mod stream_place;

pub use dead_letter_queue::{DeadLetterQueue, Depth};
pub use destination::{Arrival, Destination};
pub use error::ReplayError;
pub use filter::Filter;
pub use letter::{Death, Letter};
pub use pass::{HOLD, Pass};
pub use queue_name::{Home, QueueName, UnknownQueue};
pub use replay::{Order, Progress};
pub use sending::Taken;
pub use stream_place::{ReadAgain, StreamPlace};

use std::time::{Duration, Instant};

use lambda_runtime::LambdaEvent;
use paloma::metrics::elapsed_ms;
use paloma::runtime::Environment;

/// For how long a round goes on after it has replayed something.
const ROUND: Duration = Duration::from_secs(60);

/// For how long it looks for something to replay; the function has 15 minutes (Lambda's limit).
const SEARCH: Duration = Duration::from_secs(13 * 60);

/// What replay-dead-letters works with.
#[derive(Debug, Clone)]
pub struct ReplayDeadLetters {
    environment: Environment,
}

impl ReplayDeadLetters {
    /// Works in this environment.
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// Does one round.
    ///
    /// # Errors
    /// When AWS does not answer; the workflow tries again, which is safe.
    pub async fn handle(&self, event: LambdaEvent<Order>) -> Result<Progress, ReplayError> {
        let (order, started) = (event.payload, Instant::now());
        let goes_on = |progress: &Progress| started.elapsed() < if progress.replayed > 0 { ROUND } else { SEARCH };
        let progress = order.carry_out(&self.environment, goes_on, |_| {}).await?;
        tracing::info!(
            stage = "replay-dead-letters",
            outcome = if progress.complete { "complete" } else { "to be continued" },
            replayId = order.replay_id,
            queue = %order.queue,
            seen = progress.seen,
            replayed = progress.replayed,
            returned = progress.returned,
            refused = progress.refused,
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        Ok(progress)
    }
}
