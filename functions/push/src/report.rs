//! The figures of one job, for its log line.

use std::time::Instant;

use paloma::domain::{Device, Timestamp};
use paloma::metrics::{elapsed_ms, if_any};
use paloma::queue::{JobError, Notification};

use crate::delivery::DeliveryOutcome;

#[derive(Debug)]
pub(crate) struct PushReport {
    started: Instant,
    sent: u64,
    gone: u64,
    failed: u64,
    /// Members who have no device.
    pub without_device: u64,
    /// Members who need no push any more.
    pub suppressed: u64,
    failure: Option<JobError>,
}

impl PushReport {
    pub fn starting_now() -> Self {
        let started = Instant::now();
        Self { started, sent: 0, gone: 0, failed: 0, without_device: 0, suppressed: 0, failure: None }
    }

    pub fn count(&mut self, outcomes: &[(Device, DeliveryOutcome)]) {
        for (_, outcome) in outcomes {
            match outcome {
                DeliveryOutcome::Accepted => self.sent += 1,
                DeliveryOutcome::Gone(_) => self.gone += 1,
                DeliveryOutcome::Failed(_) => self.failed += 1,
            }
        }
    }

    /// Keeps the first failure.
    pub fn fail(&mut self, error: JobError) {
        self.failure.get_or_insert(error);
    }

    pub fn result(self) -> Result<(), JobError> {
        self.failure.map_or(Ok(()), Err)
    }

    pub fn log(&self, job: &Notification) {
        let outcome = match self {
            Self { failed: 1.., .. } => "some pushes failed",
            Self { sent: 1.., .. } => "pushed",
            Self { gone: 1.., .. } => "devices gone",
            Self { without_device: 1.., .. } => "no device",
            _ => "not needed",
        };
        let since_accepted = job.accepted_at.millis_until(Timestamp::now());
        tracing::info!(
            stage = "push",
            outcome,
            chatId = %job.chat_id,
            messageId = %job.message.message_id,
            seq = u64::from(job.message.seq),
            sent = self.sent,
            gone = self.gone,
            failed = self.failed,
            withoutDevice = self.without_device,
            sinceAcceptedMs = since_accepted,
            AcceptanceToPush = if_any(self.sent).map(|_| since_accepted),
            PushesSent = if_any(self.sent),
            PushesSuppressed = if_any(self.suppressed),
            PushesFailed = if_any(self.failed),
            durationMs = elapsed_ms(self.started),
        );
    }
}
