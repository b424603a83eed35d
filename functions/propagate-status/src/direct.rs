//! Receipts in a direct chat. Each changes the status of the other member's messages, and nothing has to be settled.

use std::collections::BTreeMap;

use paloma::domain::{Head, MessageId, Seq, StatusEvent, Timestamp, UserId, Watermark};
use paloma::queue::{DeliveryJob, JobError};
use paloma::store::ReceiptRecord;

use crate::PropagateStatus;
use crate::receipts::ChatReceipts;

impl PropagateStatus {
    /// Raises the messages that the receipts cover, and at the same time enqueues one status event for each reader and
    /// status: for the other member, and for the reader's other sockets.
    pub(crate) async fn propagate_direct(
        &self,
        receipts: &ChatReceipts<'_>,
        head: &Head,
        readers: &[UserId],
        now: Timestamp,
    ) -> Result<(), JobError> {
        let newest: Vec<_> = readers.iter().flat_map(|reader| receipts.newest_of(*reader)).collect();
        let jobs: Vec<_> = newest.iter().map(|receipt| tick(receipt, head, now)).collect();
        let enqueue = async { Ok(self.settlement.deliveries.enqueue_all(receipts.chat_id, &jobs).await?) };
        let raise = async {
            for receipt in newest {
                self.raise(receipts, receipt, head).await?;
            }
            Ok::<_, JobError>(())
        };
        tokio::try_join!(enqueue, raise)?;
        Ok(())
    }

    /// Raises the messages that a reader's receipts of this status cover. Without a query if their ids are known, as
    /// when each message has a receipt.
    async fn raise(&self, receipts: &ChatReceipts<'_>, newest: &ReceiptRecord, head: &Head) -> Result<(), JobError> {
        let (reader, status) = (newest.user_id, newest.status.into());
        let (after, upto) = receipts.range_of(newest);
        if let Some(known) = known_messages(receipts.of(reader), head.sent.get(&reader), (after, upto)) {
            return Ok(self.settlement.raise_all(known, status).await?);
        }
        let (reached, _) = self.settlement.raise_for((receipts.chat_id, head), reader, (after, upto), status).await?;
        if reached < upto {
            self.statuses.narrow(newest, reached).await?;
        }
        Ok(())
    }
}

/// The status event of a reader's furthest receipt.
fn tick(receipt: &ReceiptRecord, head: &Head, now: Timestamp) -> DeliveryJob {
    let ReceiptRecord { chat_id, user_id, seq, status, .. } = *receipt;
    let event = StatusEvent { chat_id, seq, status: status.into(), user_id, everyone: true, timestamp: now };
    let members = head.roster.direct_members().unwrap_or_default();
    DeliveryJob::of_direct_tick(event, members, receipt.origin.clone())
}

/// The other member's messages in a range, if each message there has a receipt or is the reader's last own message.
fn known_messages(
    receipts: &[&ReceiptRecord],
    own: Option<&Watermark>,
    (after, upto): (Watermark, Watermark),
) -> Option<Vec<MessageId>> {
    let within = |seq: Seq| seq >= after.next() && upto.covers(seq);
    let known: BTreeMap<Seq, MessageId> = receipts
        .iter()
        .filter(|receipt| within(receipt.seq))
        .map(|receipt| (receipt.seq, receipt.message_id))
        .collect();
    let own = own.and_then(|own| Seq::try_from(own.as_u64()).ok()).filter(|own| within(*own));
    let count = known.len() as u64 + own.map_or(0, |_| 1);
    (count == after.missing_to(upto)).then(|| known.into_values().collect())
}

#[cfg(test)]
mod tests {
    use paloma::domain::{ChatId, Receipt};

    use super::*;

    #[test]
    fn messages_are_known_if_each_has_a_receipt_or_is_the_last_one_of_the_reader() {
        let (chat, reader) = (ChatId::random(), UserId::random());
        let records = [(1, 2), (2, 4)].map(|range| crate::receipts::receipt(chat, reader, Receipt::Read, range));
        let receipts: Vec<_> = records.iter().collect();
        let known = |own: Option<u64>, after, upto| {
            let own = own.map(Watermark::at);
            known_messages(&receipts, own.as_ref(), (Watermark::at(after), Watermark::at(upto))).map(|ids| ids.len())
        };
        assert_eq!(known(None, 1, 2), Some(1));
        assert_eq!(known(None, 3, 4), Some(1));
        assert_eq!(known(None, 1, 4), None, "message 3 is unknown");
        assert_eq!(known(Some(3), 1, 4), Some(2));
        assert_eq!(known(Some(9), 1, 4), None);
    }
}
