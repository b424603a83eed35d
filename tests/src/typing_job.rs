//! Jobs that tests lay into queues themselves.

use paloma::domain::{ChatId, Event, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};

/// A good delivery, as it lies in its queue: this one hears that that one writes.
///
/// # Panics
/// Never: a job is JSON.
pub fn typing(chat_id: ChatId, typist: UserId, recipient: UserId) -> String {
    let job = DeliveryJob {
        chat_id: Some(chat_id),
        audience: Audience::Only(vec![recipient]),
        event: Event::Typing { chat_id, user_id: typist },
        origin: None,
        accepted_at: Timestamp::now(),
        expires_at: None,
    };
    serde_json::to_string(&job).unwrap()
}
