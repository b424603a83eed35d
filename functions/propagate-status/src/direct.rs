//! Receipts in a direct chat. Each changes the status of the other member's messages, and nothing has to be settled.

use std::collections::BTreeMap;

use paloma::domain::{Head, Member, MessageId, Seq, StatusEvent, Timestamp, UserId, Watermark};
use paloma::queue::{DeliveryJob, JobError};
use paloma::store::ReceiptRecord;

use crate::PropagateStatus;
use crate::receipts::ChatReceipts;

impl PropagateStatus {
    /// Raises the messages that the receipts cover, and at the same time delivers the status events of each reader: to
    /// the other member, and to the reader's other sockets; and the events given.
    pub(crate) async fn propagate_direct(
        &self,
        receipts: &ChatReceipts<'_>,
        head: &Head,
        (readers, others): (&BTreeMap<UserId, &Member>, Vec<DeliveryJob>),
        now: Timestamp,
    ) -> Result<(), JobError> {
        let newest: Vec<_> = readers
            .values()
            .flat_map(|reader| receipts.newest_of(reader.user_id).into_iter().map(|receipt| (*reader, receipt)))
            .collect();
        let events = newest
            .iter()
            .flat_map(|(reader, receipt)| status_events((receipt, receipts.range_of(receipt)), reader, head, now));
        let events: Vec<_> = events.chain(others).collect();
        let deliver = self.settlement.ticks.deliver(receipts.chat_id, &events);
        let raise = async {
            for (reader, receipt) in newest {
                self.raise(receipts, receipt, (head, reader)).await?;
            }
            Ok::<_, JobError>(())
        };
        tokio::try_join!(deliver, raise)?;
        Ok(())
    }

    /// Raises the messages that a reader's receipts of this status cover. Without a query if their ids are known, as
    /// when each message has a receipt.
    async fn raise(
        &self,
        receipts: &ChatReceipts<'_>,
        newest: &ReceiptRecord,
        (head, reader): (&Head, &Member),
    ) -> Result<(), JobError> {
        let (user, status) = (newest.user_id, newest.status.into());
        let (after, upto) = receipts.range_of(newest);
        if let Some(known) = known_messages(receipts.of(user), head.sent.get(&user), (after, upto)) {
            return Ok(self.settlement.raise_all(known, status).await?);
        }
        let (reached, _) = self.settlement.raise_for((receipts.chat_id, head), reader, (after, upto), status).await?;
        if reached < upto {
            self.statuses.narrow(newest, reached).await?;
        }
        Ok(())
    }
}

/// The status events of a reader's furthest receipt: to the other member, unless a block keeps them apart, one for
/// each window that it covers. The reader's own sockets learn that this receipt exists; the ticks of the reader's
/// messages do not change.
fn status_events(
    (receipt, range): (&ReceiptRecord, (Watermark, Watermark)),
    reader: &Member,
    head: &Head,
    now: Timestamp,
) -> Vec<DeliveryJob> {
    let ReceiptRecord { chat_id, user_id, status, .. } = *receipt;
    let of = |user, (from, seq), everyone| {
        let event = StatusEvent { chat_id, seq, from, status: status.into(), user_id, everyone, timestamp: now };
        DeliveryJob::of_status(event, vec![user], receipt.origin.clone())
    };
    let other = head.roster.correspondent(user_id).into_iter();
    let mut events: Vec<_> = other
        .flat_map(|other| reader.windows.segments(range).map(move |segment| (other, segment)))
        .map(|(other, segment)| of(other, segment, true))
        .collect();
    if receipt.hidden_after.is_none() {
        events.push(of(user_id, (None, receipt.seq), false));
    }
    events
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
