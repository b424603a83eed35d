//! The status events of a batch in a group: one for each reader and status, about the reader's furthest receipt.

use std::collections::BTreeSet;

use paloma::domain::{Head, Message, StatusEvent, Timestamp, UserId, Watermark};
use paloma::queue::{DeliveryJob, JobError, MAX_CHAT_FOR_ALL_EVENTS};
use paloma::store::ReceiptRecord;

use crate::PropagateStatus;
use crate::receipts::ChatReceipts;

/// Maximum number of messages read to find their senders.
const MAX_COVERED: u64 = 200;

/// The senders that get an event about a single reader.
enum SenderSource {
    /// None: the other member of two, and senders in large groups, get an event when the lowest mark moves.
    None,
    /// The senders of these messages and of the receipts' own messages.
    Messages(Vec<Message>),
    /// All members, since the receipts cover more than [`MAX_COVERED`] messages.
    Members(BTreeSet<UserId>),
}

impl PropagateStatus {
    /// Events for each reader's other sockets and, in groups of up to 32, for the senders of messages that the receipts
    /// newly cover.
    pub(crate) async fn status_events(
        &self,
        receipts: &ChatReceipts<'_>,
        head: &Head,
        readers: &[UserId],
        now: Timestamp,
    ) -> Result<Vec<DeliveryJob>, JobError> {
        let source = self.sender_source(receipts, head).await?;
        let members = self.members_of_changed_group(receipts, head).await?;
        let mut jobs = Vec::new();
        for reader in readers {
            for newest in receipts.newest_of(*reader) {
                let mut users = match &source {
                    SenderSource::None => BTreeSet::new(),
                    SenderSource::Messages(covered) => {
                        newly_covered_senders(*reader, receipts.of(*reader), newest, covered)
                    }
                    SenderSource::Members(members) => members.clone(),
                };
                users.retain(|user| members.as_ref().is_none_or(|members| members.contains(user)));
                if newest.hidden_after.is_none() {
                    users.insert(*reader);
                }
                if users.is_empty() {
                    continue;
                }
                let event = StatusEvent {
                    chat_id: receipts.chat_id,
                    seq: newest.seq,
                    from: None,
                    status: newest.status.into(),
                    user_id: *reader,
                    everyone: false,
                    timestamp: now,
                };
                jobs.push(DeliveryJob::of_status(event, users.into_iter().collect(), newest.origin.clone()));
            }
        }
        Ok(jobs)
    }

    /// The members of a small group that has changed, since a sender may have left; `None` for other groups.
    async fn members_of_changed_group(
        &self,
        receipts: &ChatReceipts<'_>,
        head: &Head,
    ) -> Result<Option<BTreeSet<UserId>>, JobError> {
        if head.roster.version() == 0 || head.roster.size() > MAX_CHAT_FOR_ALL_EVENTS {
            return Ok(None);
        }
        let chat = self.settlement.chats.chat(receipts.chat_id).await?;
        Ok(chat.map(|chat| head.roster.members(&chat).into_iter().collect()))
    }

    /// Reads the messages that the receipts cover besides their own: one query for ranges that overlap, and none if
    /// each receipt covers its own message alone. After a long absence they are not read: the members of a small group
    /// are fewer than those messages.
    async fn sender_source(&self, receipts: &ChatReceipts<'_>, head: &Head) -> Result<SenderSource, JobError> {
        if !(3..=MAX_CHAT_FOR_ALL_EVENTS).contains(&head.roster.size()) {
            return Ok(SenderSource::None);
        }
        let wide = receipts.all().filter(|receipt| covers_other_messages(receipt));
        let ranges = merged(wide.map(|receipt| (receipt.covers_after, receipt.seq.into())).collect());
        if ranges.iter().map(|(after, upto)| after.missing_to(*upto)).sum::<u64>() > MAX_COVERED {
            let chat = self.settlement.chats.chat(receipts.chat_id).await?;
            let members = chat.map(|chat| head.roster.members(&chat)).unwrap_or_default();
            return Ok(SenderSource::Members(members.into_iter().collect()));
        }
        let mut covered = Vec::new();
        for (after, upto) in ranges {
            covered.extend(self.settlement.messages.between(receipts.chat_id, head, after, upto).await?);
        }
        Ok(SenderSource::Messages(covered))
    }
}

/// Whether a receipt newly covers more messages than its own.
fn covers_other_messages(receipt: &ReceiptRecord) -> bool {
    receipt.covers_after.next() < receipt.seq
}

/// The fewest ranges that hold the same messages.
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

/// Senders of the messages that a reader's receipts newly cover, except the reader. A `read` event also stands for the
/// reader's `delivered` receipts.
fn newly_covered_senders(
    reader: UserId,
    receipts: &[&ReceiptRecord],
    newest: &ReceiptRecord,
    covered: &[Message],
) -> BTreeSet<UserId> {
    let included = receipts.iter().filter(|receipt| receipt.status <= newest.status && receipt.seq <= newest.seq);
    let mut senders = BTreeSet::new();
    for receipt in included {
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
