//! The outcome of a push to one device, and what it leaves to do.

use std::time::Duration;

use paloma::domain::{Device, Timestamp};
use paloma::queue::JobError;

use crate::pusher::Pusher;

/// Wait before the retry of a device.
pub(crate) const DEVICE_RETRY_WAIT: Duration = Duration::from_secs(2);

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum DeliveryOutcome {
    /// SNS accepted the push.
    Accepted,
    /// SNS says, for this reason, that the endpoint is disabled or deleted.
    Gone(String),
    /// SNS did not accept the push, for this reason. A retry may succeed.
    Failed(String),
}

impl Pusher {
    /// Why this device needs a retry, if it does. A device that is gone is deleted, and needs none unless it has
    /// registered again since `looked_up_at`.
    pub(crate) async fn retry_reason<'o>(
        &self,
        device: &Device,
        outcome: &'o DeliveryOutcome,
        looked_up_at: Timestamp,
    ) -> Result<Option<&'o str>, JobError> {
        match outcome {
            DeliveryOutcome::Accepted => Ok(None),
            DeliveryOutcome::Gone(_) if self.devices.delete_if_unchanged(device, looked_up_at).await? => Ok(None),
            DeliveryOutcome::Gone(reason) | DeliveryOutcome::Failed(reason) => Ok(Some(reason)),
        }
    }
}

pub(crate) fn not_reached(device: &Device, reason: &str) -> JobError {
    JobError::new(format!("device {} of {}: {reason}", device.device_id, device.user_id))
}

pub(crate) fn log_retry(device: &Device, reason: &str) {
    tracing::warn!(stage = "push", outcome = "device re-enqueued", deviceId = %device.device_id, cause = reason);
}
