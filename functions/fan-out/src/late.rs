//! Deliveries that run late, such as replayed dead letters: days later they must not bring back content that has been
//! erased or deleted meanwhile.

use std::borrow::Cow;

use paloma::domain::{Event, Timestamp};
use paloma::queue::{DeliveryJob, JobError, is_late};
use paloma::store::Messages;

/// The job, with its message as stored now if the job is late. `None` if the message does not exist any more.
pub(crate) async fn with_current_message<'a>(
    messages: &Messages,
    job: &'a DeliveryJob,
    now: Timestamp,
) -> Result<Option<Cow<'a, DeliveryJob>>, JobError> {
    let (Event::Message { message } | Event::Change { message, .. }) = &job.event else {
        return Ok(Some(Cow::Borrowed(job)));
    };
    if !is_late(job.accepted_at, now) {
        return Ok(Some(Cow::Borrowed(job)));
    }
    let stored = messages.message(message.message_id).await?;
    Ok(stored.map(|message| Cow::Owned(job.with_message(message))))
}
