//! Handing people over to push, which asks once more whether they need it: a socket that took a frame is no device
//! that has it (invariant 8).

use std::time::Duration;

use paloma::domain::{Event, UserId};
use paloma::queue::{DeliveryJob, GRACE, JobError, Notification, NotificationJob, Queue};

/// Whether an event has come to somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    /// To whom.
    pub person: UserId,
    /// Whether one of their sockets, and one that lives, took it.
    pub at_all: bool,
}

/// Asks for the attention of everybody but the sender, if this is a message that says something: at once of those with no socket, and after
/// the grace period of the rest, whose devices may acknowledge it by then.
pub(crate) async fn ask(
    notifications: &Queue<NotificationJob>,
    job: &DeliveryJob,
    heard: &[Heard],
) -> Result<(), JobError> {
    let Event::Message { message } = &job.event else { return Ok(()) };
    if message.body.content().is_none() {
        return Ok(());
    }
    let others = heard.iter().filter(|heard| heard.person != message.sender_id);
    let (present, absent): (Vec<&Heard>, Vec<&Heard>) = others.partition(|heard| heard.at_all);
    for (wait, people) in [(Duration::ZERO, absent), (GRACE, present)] {
        if people.is_empty() {
            continue;
        }
        let people = people.into_iter().map(|heard| heard.person).collect();
        let job = NotificationJob::Notify(Notification::of(message, people));
        notifications.enqueue_after(wait, message.chat_id, &job).await?;
    }
    Ok(())
}
