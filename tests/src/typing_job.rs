//! A valid job that tests enqueue themselves.

use paloma::domain::{ChatId, Event, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};

/// The JSON of a delivery that tells `recipient` that `typist` is typing.
pub fn typing_job(chat_id: ChatId, typist: UserId, recipient: UserId) -> String {
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
