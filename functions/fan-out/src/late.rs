//! Deliveries that come late, as dead letters do when they are replayed: days after, they must not bring back what has
//! been erased meanwhile.

use std::borrow::Cow;
use std::time::Duration;

use paloma::domain::{Event, Timestamp};
use paloma::queue::{DeliveryJob, JobError};
use paloma::store::Messages;

/// From this age on a message is told as it is by then; a read that those who are on time do not need. An erasure
/// waits longer than this between the sender's last message and taking out what they wrote.
const LATE: Duration = Duration::from_secs(60);

/// The job, with its message as it is now if the job comes late; nothing when there is no such message any more.
pub(crate) async fn as_it_is_now<'a>(
    messages: &Messages,
    job: &'a DeliveryJob,
    now: Timestamp,
) -> Result<Option<Cow<'a, DeliveryJob>>, JobError> {
    let Event::Message { message } = &job.event else { return Ok(Some(Cow::Borrowed(job))) };
    if job.accepted_at.plus(LATE) > now {
        return Ok(Some(Cow::Borrowed(job)));
    }
    let stored = messages.message(message.message_id).await?;
    Ok(stored.map(|message| Cow::Owned(DeliveryJob { event: Event::Message { message }, ..job.clone() })))
}
