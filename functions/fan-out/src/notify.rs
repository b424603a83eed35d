//! Hands members over to push, which checks again whether they need a push: a socket that accepted a frame does not
//! prove that a device has it (invariant 8).

use std::time::Duration;

use paloma::domain::{Event, Message, UserId};
use paloma::queue::{DeliveryJob, GRACE, JobError, Notification, NotificationJob, Queue};

use crate::posts::{Recipient, RecipientOutcome};

/// Enqueues pushes for all recipients of a message who may have a phone, except its sender: at once for those without
/// an open socket, after the grace period for the others, since their devices may acknowledge by then. Runs beside the
/// posts.
pub(crate) async fn enqueue_pushes(
    notifications: &Queue<NotificationJob>,
    job: &DeliveryJob,
    recipients: &[Recipient],
) -> Result<(), JobError> {
    let Some(message) = message_to_push(job) else { return Ok(()) };
    let reachable = recipients.iter().filter(|recipient| recipient.may_have_phone);
    let (present, absent): (Vec<_>, Vec<_>) = reachable.partition(|recipient| recipient.sockets() > 0);
    for (wait, recipients) in [(Duration::ZERO, absent), (GRACE, present)] {
        let members = recipients.into_iter().filter_map(|recipient| recipient.user_id).collect();
        enqueue(notifications, wait, message, members).await?;
    }
    Ok(())
}

/// Enqueues pushes at once for recipients that seemed to have an open socket, but turned out to have none. Their job
/// after the grace period then finds that they have a push.
pub(crate) async fn enqueue_missed_pushes(
    notifications: &Queue<NotificationJob>,
    job: &DeliveryJob,
    outcomes: &[RecipientOutcome],
) -> Result<(), JobError> {
    let Some(message) = message_to_push(job) else { return Ok(()) };
    let missed = outcomes.iter().filter(|outcome| outcome.needs_push_now);
    let members = missed.filter_map(|outcome| outcome.user_id).collect();
    enqueue(notifications, Duration::ZERO, message, members).await
}

/// The job's message, unless its content is erased.
fn message_to_push(job: &DeliveryJob) -> Option<&Message> {
    match &job.event {
        Event::Message { message } => message.body.content().map(|_| message),
        _ => None,
    }
}

async fn enqueue(
    notifications: &Queue<NotificationJob>,
    wait: Duration,
    message: &Message,
    mut members: Vec<UserId>,
) -> Result<(), JobError> {
    members.retain(|member| *member != message.sender_id);
    if members.is_empty() {
        return Ok(());
    }
    let job = NotificationJob::Notify(Notification::of(message, members));
    Ok(notifications.enqueue_after(wait, message.chat_id, &job).await?)
}
