//! Deliveries that run late, such as replayed dead letters: days later they must not bring back content that has been
//! erased meanwhile.

use std::borrow::Cow;
use std::time::Duration;

use paloma::domain::{Event, Timestamp};
use paloma::queue::{DeliveryJob, JobError};
use paloma::store::Messages;

/// Age from which fan-out reads the message again; younger jobs save that read. An erasure waits longer than this
/// between the sender's last message and the redaction of the messages.
const LATE: Duration = Duration::from_secs(60);

/// The job, with its message as stored now if the job is late. `None` if the message does not exist any more.
pub(crate) async fn with_current_message<'a>(
    messages: &Messages,
    job: &'a DeliveryJob,
    now: Timestamp,
) -> Result<Option<Cow<'a, DeliveryJob>>, JobError> {
    let Event::Message { message } = &job.event else { return Ok(Some(Cow::Borrowed(job))) };
    if job.accepted_at.plus(LATE) > now {
        return Ok(Some(Cow::Borrowed(job)));
    }
    let stored = messages.message(message.message_id).await?;
    Ok(stored.map(|message| Cow::Owned(job.with_message(message))))
}
