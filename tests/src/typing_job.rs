//! A valid job that tests enqueue themselves.

use paloma::domain::{ChatId, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};

/// The JSON of a delivery that tells `recipient` that `typist` is typing.
pub fn typing_job(chat_id: ChatId, typist: UserId, recipient: UserId) -> String {
    let job = DeliveryJob::of_typing(chat_id, typist, Audience::Only(vec![recipient]), Timestamp::now());
    let job = DeliveryJob { expires_at: None, ..job };
    serde_json::to_string(&job).unwrap()
}
