//! Step 5: the events of a push, for EventBridge.

use std::time::Duration;

use paloma::bus::MAX_EVENTS_PER_CALL;
use paloma::domain::{DeviceId, DomainEvent, PushDetail, PushFailure, Timestamp};
use paloma::queue::{JobError, NotificationJob};
use tokio::time::timeout;

use crate::content::PushContent;
use crate::delivery::DeliveryOutcome;
use crate::phones::PushedMember;
use crate::pusher::Pusher;

/// Time limit for all events of a round.
const BUS_TIME: Duration = Duration::from_secs(5);

/// Wait before events that EventBridge did not accept are published again.
const RETRY_WAIT: Duration = Duration::from_secs(5);

impl Pusher {
    /// Publishes events. If EventBridge does not accept them in time, they get jobs of their own, so that the push is
    /// not repeated for them.
    pub(crate) async fn publish(&self, events: Vec<DomainEvent>) -> Result<(), JobError> {
        if events.is_empty() {
            return Ok(());
        }
        let cause = match timeout(BUS_TIME, self.bus.publish(&events)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        tracing::warn!(stage = "push", outcome = "events re-enqueued", cause);
        for events in events.chunks(MAX_EVENTS_PER_CALL) {
            let job = NotificationJob::Publish { events: events.to_vec() };
            self.notifications.enqueue_after(RETRY_WAIT, "announcements", &job).await?;
        }
        Ok(())
    }
}

/// One event for each device that was pushed to or is gone. A failed device has one only at its last try.
pub(crate) fn events_of(content: &PushContent, pushed: &[PushedMember], is_last_try: bool) -> Vec<DomainEvent> {
    let mut events = Vec::new();
    for member in pushed {
        for (device, outcome) in &member.outcomes {
            events.extend(match outcome {
                DeliveryOutcome::Accepted => Some(sent(content, member, device.device_id)),
                DeliveryOutcome::Gone(reason) => Some(failed(content, member, device.device_id, reason, true)),
                DeliveryOutcome::Failed(reason) => {
                    is_last_try.then(|| failed(content, member, device.device_id, reason, false))
                }
            });
        }
    }
    events
}

fn sent(content: &PushContent, pushed: &PushedMember, device_id: DeviceId) -> DomainEvent {
    let detail = PushDetail {
        chat_id: content.chat_id,
        message_id: content.message.message_id,
        seq: content.message.seq,
        user_id: pushed.member.user_id,
        device_id,
        badge: pushed.badge,
    };
    DomainEvent::push_sent(detail, Timestamp::now())
}

fn failed(
    content: &PushContent,
    pushed: &PushedMember,
    device_id: DeviceId,
    reason: &str,
    forgotten: bool,
) -> DomainEvent {
    let (message_id, user_id) = (content.message.message_id, pushed.member.user_id);
    let reason = reason.to_owned();
    let failure = PushFailure { message_id: Some(message_id), user_id, device_id, reason, forgotten };
    DomainEvent::push_failed(message_id, failure, Timestamp::now())
}
