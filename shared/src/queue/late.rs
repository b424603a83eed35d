//! Jobs that run late, such as replayed dead letters.

use std::time::Duration;

use crate::domain::Timestamp;

/// Age from which a consumer reads the message again. An erasure waits longer than this between the user's last message
/// and the redaction of the messages.
const LATE: Duration = Duration::from_secs(60);

/// Whether a job is late for a message that was accepted at this time: the message may have lost its content since, and
/// members may have left its chat. For a younger job, its own copy of the message is enough.
pub fn is_late(accepted_at: Timestamp, now: Timestamp) -> bool {
    accepted_at.plus(LATE) <= now
}
