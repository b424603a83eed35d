//! Hands members over to push, which checks again whether they need a push: a socket that accepted a frame does not
//! prove that a device has it (invariant 8).

use std::time::Duration;

use paloma::domain::{Event, Message, UserId};
use paloma::posts::{Recipient, RecipientOutcome};
use paloma::queue::{DeliveryJob, GRACE, JobError, Notification, NotificationJob, PushTarget, Queue};

/// Wait of the second push of a changed message. A push of its earlier state may be on its way for that long, since an
/// invocation of push waits for SNS for up to 25 s. Without such a push, the second one finds that it is not needed.
const SECOND_WAIT: Duration = Duration::from_secs(60);

/// Enqueues pushes for all recipients of a message who may have a phone, except its sender: at once for those without
/// an open socket, after the grace period for the others, since their devices may acknowledge by then. The push of an
/// edited or deleted message replaces the one that was sent before; a reaction causes none. Runs beside the posts.
pub(crate) async fn enqueue_pushes(
    notifications: &Queue<NotificationJob>,
    job: &DeliveryJob,
    recipients: &[Recipient],
) -> Result<(), JobError> {
    let reachable = recipients.iter().filter(|recipient| recipient.may_have_phone);
    if let Event::Change { message, reacted_by: None, .. } = &job.event {
        let members = recipients_of(message, reachable.filter_map(|recipient| recipient.user_id));
        for wait in [GRACE, SECOND_WAIT] {
            enqueue(notifications, wait, Notification::replacing(message, members.clone())).await?;
        }
        return Ok(());
    }
    let Some(message) = message_to_push(job) else { return Ok(()) };
    let (present, absent): (Vec<_>, Vec<_>) = reachable.partition(|recipient| recipient.sockets() > 0);
    for (wait, recipients) in [(Duration::ZERO, absent), (GRACE, present)] {
        let members = recipients_of(message, recipients.into_iter().filter_map(|recipient| recipient.user_id));
        enqueue(notifications, wait, Notification::of(message, members)).await?;
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
    let members = recipients_of(message, missed.filter_map(|outcome| outcome.user_id));
    enqueue(notifications, Duration::ZERO, Notification::of(message, members)).await
}

/// The job's new message, unless its content is gone.
fn message_to_push(job: &DeliveryJob) -> Option<&Message> {
    match &job.event {
        Event::Message { message } => message.body.content().map(|_| message),
        _ => None,
    }
}

fn recipients_of(message: &Message, members: impl Iterator<Item = UserId>) -> Vec<UserId> {
    members.filter(|member| *member != message.sender_id).collect()
}

async fn enqueue(
    notifications: &Queue<NotificationJob>,
    wait: Duration,
    notification: Notification,
) -> Result<(), JobError> {
    match &notification.target {
        PushTarget::Members(members) if members.is_empty() => Ok(()),
        _ => {
            let chat_id = notification.chat_id;
            Ok(notifications.enqueue_after(wait, chat_id, &NotificationJob::Notify(notification)).await?)
        }
    }
}
