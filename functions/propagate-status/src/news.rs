//! The frames that receipts make: one for each reader and status, of the furthest receipt.

use std::collections::BTreeSet;

use paloma::domain::{Head, Message, StatusEvent, Timestamp, UserId, Watermark};
use paloma::queue::{DeliveryJob, JobError, QUIET_ABOVE};
use paloma::store::ReceiptRecord;

use crate::PropagateStatus;
use crate::receipts::ChatReceipts;

/// The most messages that are read to learn who wrote them.
const MOST_COVERED: u64 = 200;

impl PropagateStatus {
    /// The jobs that tell of each reader: the reader's other sockets, and in groups of up to 32 also the senders whose
    /// messages the receipts are news of. Larger groups and direct chats tell senders when the lowest mark moves.
    pub(crate) async fn news(
        &self,
        receipts: &ChatReceipts<'_>,
        head: &Head,
        readers: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<DeliveryJob>, JobError> {
        let in_small_group = (3..=QUIET_ABOVE).contains(&head.roster.size());
        let covered = if in_small_group { self.covered(receipts, head).await? } else { Covered::Messages(Vec::new()) };
        let mut jobs = Vec::new();
        for reader in readers {
            for newest in receipts.newest_of(*reader) {
                let mut people = match &covered {
                    Covered::Messages(_) if !in_small_group => BTreeSet::new(),
                    Covered::Messages(covered) => senders_concerned(*reader, receipts.of(*reader), newest, covered),
                    Covered::TooMany(everybody) => everybody.clone(),
                };
                people.insert(*reader);
                let event = StatusEvent {
                    chat_id: receipts.chat_id,
                    seq: newest.seq,
                    status: newest.status.into(),
                    user_id: *reader,
                    everyone: false,
                    timestamp: now,
                };
                jobs.push(DeliveryJob::of_status(event, people.into_iter().collect(), newest.origin.clone()));
            }
        }
        Ok(jobs)
    }

    /// The messages that receipts cover besides their own: one query for ranges that overlap, and none if each receipt
    /// covers its own message alone.
    ///
    /// After a long absence they are not read: the whole small group is told, which is as few people.
    async fn covered(&self, receipts: &ChatReceipts<'_>, head: &Head) -> Result<Covered, JobError> {
        let wide = receipts.all().filter(|receipt| is_wide(receipt));
        let ranges = merged(wide.map(|receipt| (receipt.covers_after, receipt.seq.into())).collect());
        if ranges.iter().map(|(after, upto)| after.missing_to(*upto)).sum::<u64>() > MOST_COVERED {
            let chat = self.settlement.chats.chat(receipts.chat_id).await?;
            let everybody = chat.map(|chat| head.roster.members(&chat)).unwrap_or_default();
            return Ok(Covered::TooMany(everybody.into_iter().collect()));
        }
        let mut covered = Vec::new();
        for (after, upto) in ranges {
            covered.extend(self.settlement.messages.between(receipts.chat_id, head, after, upto).await?);
        }
        Ok(Covered::Messages(covered))
    }
}

/// The messages that receipts are news of, besides their own.
enum Covered {
    Messages(Vec<Message>),
    /// More than are read for it: everybody in the group may be concerned.
    TooMany(BTreeSet<UserId>),
}

/// Whether a receipt is news of more messages than its own.
fn is_wide(receipt: &ReceiptRecord) -> bool {
    receipt.covers_after.next() < receipt.seq
}

/// The same places in as few ranges as hold them.
fn merged(mut ranges: Vec<(Watermark, Watermark)>) -> Vec<(Watermark, Watermark)> {
    ranges.sort();
    ranges.into_iter().fold(Vec::new(), |mut merged: Vec<(Watermark, Watermark)>, (after, upto)| {
        match merged.last_mut() {
            Some((_, end)) if after <= *end => *end = upto.max(*end),
            _ => merged.push((after, upto)),
        }
        merged
    })
}

/// The senders of what a reader's receipts are news of, but for the reader. A frame that says `read` stands for what was
/// `delivered`, too.
fn senders_concerned(
    reader: UserId,
    receipts: &[&ReceiptRecord],
    newest: &ReceiptRecord,
    covered: &[Message],
) -> BTreeSet<UserId> {
    let told = receipts.iter().filter(|receipt| receipt.status <= newest.status && receipt.seq <= newest.seq);
    let mut senders = BTreeSet::new();
    for receipt in told {
        let within = |message: &&Message| {
            message.seq >= receipt.covers_after.next() && Watermark::from(receipt.seq).covers(message.seq)
        };
        senders.insert(receipt.sender_id);
        senders.extend(covered.iter().filter(within).map(|message| message.sender_id));
    }
    senders.remove(&reader);
    senders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_overlap_or_touch_become_one() {
        let range = |(after, upto)| (Watermark::at(after), Watermark::at(upto));
        let ranges = [(7, 9), (0, 2), (1, 3), (3, 4), (20, 30), (21, 22)].map(range).to_vec();
        assert_eq!(merged(ranges), [(0, 4), (7, 9), (20, 30)].map(range));
        assert_eq!(merged(Vec::new()), []);
    }
}
