//! Jobs that tests lay into queues themselves.

use paloma::domain::{ChatId, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};

/// A good delivery, as it lies in its queue: this one hears that that one writes.
///
/// # Panics
/// Never: a job is JSON.
pub fn typing(chat_id: ChatId, typist: UserId, recipient: UserId) -> String {
    let job = DeliveryJob::of_typing(chat_id, typist, Timestamp::now());
    let job = DeliveryJob { audience: Audience::Only(vec![recipient]), expires_at: None, ..job };
    serde_json::to_string(&job).unwrap()
}
