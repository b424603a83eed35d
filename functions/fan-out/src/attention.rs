//! Handing people over to push, which asks once more whether they need it: a socket that took a frame is no device
//! that has it (invariant 8).

use std::time::Duration;

use paloma::domain::{Event, Message, UserId};
use paloma::queue::{DeliveryJob, GRACE, JobError, Notification, NotificationJob, Queue};

use crate::posts::{Heard, Recipient};

/// Asks for the attention of everybody but the sender, if this is a message that says something: at once of those with no
/// socket that lives, and after the grace period of the rest, whose devices may acknowledge it by then. It need not wait
/// for the posts.
pub(crate) async fn ask(
    notifications: &Queue<NotificationJob>,
    job: &DeliveryJob,
    recipients: &[Recipient],
) -> Result<(), JobError> {
    let Some(message) = wanting_attention(job) else { return Ok(()) };
    let (present, absent): (Vec<_>, Vec<_>) = recipients.iter().partition(|recipient| recipient.lives());
    for (wait, recipients) in [(Duration::ZERO, absent), (GRACE, present)] {
        let people = recipients.into_iter().filter_map(|recipient| recipient.person).collect();
        enqueue(notifications, wait, message, people).await?;
    }
    Ok(())
}

/// Asks at once for the attention of those whose sockets have all turned out to be dead. Their job after the grace period
/// then finds that they have been pushed to.
pub(crate) async fn ask_at_once(
    notifications: &Queue<NotificationJob>,
    job: &DeliveryJob,
    heard: &[Heard],
) -> Result<(), JobError> {
    let Some(message) = wanting_attention(job) else { return Ok(()) };
    let people = heard.iter().filter(|heard| heard.dead).filter_map(|heard| heard.person).collect();
    enqueue(notifications, Duration::ZERO, message, people).await
}

fn wanting_attention(job: &DeliveryJob) -> Option<&Message> {
    match &job.event {
        Event::Message { message } => message.body.content().map(|_| message),
        _ => None,
    }
}

async fn enqueue(
    notifications: &Queue<NotificationJob>,
    wait: Duration,
    message: &Message,
    mut people: Vec<UserId>,
) -> Result<(), JobError> {
    people.retain(|person| *person != message.sender_id);
    if people.is_empty() {
        return Ok(());
    }
    let job = NotificationJob::Notify(Notification::of(message, people));
    Ok(notifications.enqueue_after(wait, message.chat_id, &job).await?)
}
