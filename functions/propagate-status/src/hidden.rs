//! Read receipts that their readers do not share.

use paloma::domain::{StatusEvent, Timestamp, UserId};
use paloma::queue::DeliveryJob;

use crate::receipts::ChatReceipts;

/// The status events of hidden receipts, for the readers' own other sockets.
pub(crate) fn hidden_events(receipts: &ChatReceipts<'_>, readers: &[UserId], now: Timestamp) -> Vec<DeliveryJob> {
    let newest = readers.iter().flat_map(|reader| receipts.newest_of(*reader));
    let hidden = newest.filter(|receipt| receipt.hidden_after.is_some());
    hidden
        .map(|receipt| {
            let event = StatusEvent {
                chat_id: receipts.chat_id,
                seq: receipt.seq,
                from: None,
                status: receipt.status.into(),
                user_id: receipt.user_id,
                everyone: false,
                timestamp: now,
            };
            DeliveryJob::of_status(event, vec![receipt.user_id], receipt.origin.clone())
        })
        .collect()
}
