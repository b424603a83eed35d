//! Merges the receipts of a batch. A receipt covers all earlier messages, so a reader's furthest receipt is enough.

use std::collections::{BTreeMap, BTreeSet};

use paloma::domain::{ChatId, Receipt, Seq, UserId, Watermark};
use paloma::store::ReceiptRecord;

/// The receipts of one chat.
#[derive(Debug)]
pub struct ChatReceipts<'a> {
    pub chat_id: ChatId,
    of_user: BTreeMap<UserId, Vec<&'a ReceiptRecord>>,
}

/// The receipts of a batch by chat.
pub fn by_chat<'a>(receipts: impl IntoIterator<Item = &'a ReceiptRecord>) -> Vec<ChatReceipts<'a>> {
    let mut chats: BTreeMap<ChatId, BTreeMap<UserId, Vec<&ReceiptRecord>>> = BTreeMap::new();
    for receipt in receipts {
        chats.entry(receipt.chat_id).or_default().entry(receipt.user_id).or_default().push(receipt);
    }
    chats.into_iter().map(|(chat_id, of_user)| ChatReceipts { chat_id, of_user }).collect()
}

impl<'a> ChatReceipts<'a> {
    /// Receipts that all are of this chat.
    pub fn of_chat(chat_id: ChatId, receipts: &'a [ReceiptRecord]) -> Self {
        by_chat(receipts).pop().unwrap_or(Self { chat_id, of_user: BTreeMap::new() })
    }

    /// The receipts as other users may see them.
    pub fn as_shared(&self) -> Vec<ReceiptRecord> {
        self.all().filter_map(ReceiptRecord::as_shared).collect()
    }

    pub fn readers(&self) -> BTreeSet<UserId> {
        self.of_user.keys().copied().collect()
    }

    pub fn all(&self) -> impl Iterator<Item = &'a ReceiptRecord> {
        self.of_user.values().flatten().copied()
    }

    pub fn of(&self, user: UserId) -> &[&'a ReceiptRecord] {
        self.of_user.get(&user).map_or(&[], Vec::as_slice)
    }

    /// The receipts that stand for all of a user's: the furthest `read`, and a `delivered` of a later message.
    pub fn newest_of(&self, user: UserId) -> Vec<&'a ReceiptRecord> {
        let furthest = |status: Receipt| {
            self.of(user).iter().copied().filter(|receipt| receipt.status == status).max_by_key(|receipt| receipt.seq)
        };
        let (read, delivered) = (furthest(Receipt::Read), furthest(Receipt::Delivered));
        let later = delivered.filter(|delivered| read.is_none_or(|read| delivered.seq > read.seq));
        read.into_iter().chain(later).collect()
    }

    /// The range of messages that the furthest receipt of a user raises: after the first mark, up to the seq. A
    /// `delivered` leaves out the messages that the batch reports as read.
    pub fn range_of(&self, newest: &ReceiptRecord) -> (Watermark, Watermark) {
        let same = self.of(newest.user_id).iter().filter(|receipt| receipt.status == newest.status);
        let first = same.map(|receipt| receipt.covers_after).min().unwrap_or(newest.covers_after);
        let read = self.read_by(newest.user_id).filter(|_| newest.status == Receipt::Delivered);
        (read.map_or(first, |(_, read)| first.max(read.into())), newest.seq.into())
    }

    /// The range of messages that these receipts report as read by a user: after the first mark, up to the seq.
    pub fn read_by(&self, user: UserId) -> Option<(Watermark, Seq)> {
        let read = self.of(user).iter().filter(|receipt| receipt.status == Receipt::Read);
        let before = read.clone().map(|receipt| receipt.covers_after).min()?;
        Some((before, read.map(|receipt| receipt.seq).max()?))
    }
}

#[cfg(test)]
pub(crate) fn receipt(chat_id: ChatId, user_id: UserId, status: Receipt, (after, seq): (u64, u64)) -> ReceiptRecord {
    use paloma::domain::{MessageId, Timestamp};

    let sender_id = UserId::random();
    ReceiptRecord {
        message_id: MessageId::derive(chat_id, sender_id, &format!("m{seq}").try_into().unwrap()),
        user_id,
        status,
        timestamp: Timestamp::from_millis(seq),
        delivered_at: Timestamp::from_millis(seq),
        read_at: None,
        chat_id,
        count: None,
        seq: Seq::try_from(seq).unwrap(),
        sender_id,
        covers_after: Watermark::at(after),
        hidden_after: None,
        origin: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_furthest_receipts_of_a_user_stand_for_all() {
        let (chat, bruno, carla) = (ChatId::random(), UserId::random(), UserId::random());
        let records = [
            receipt(chat, bruno, Receipt::Read, (2, 4)),
            receipt(chat, bruno, Receipt::Delivered, (6, 7)),
            receipt(chat, bruno, Receipt::Read, (1, 2)),
            receipt(chat, bruno, Receipt::Delivered, (0, 3)),
            receipt(chat, carla, Receipt::Delivered, (0, 3)),
            receipt(chat, carla, Receipt::Read, (0, 3)),
            receipt(ChatId::random(), bruno, Receipt::Read, (0, 9)),
        ];
        let chats = by_chat(&records);
        assert_eq!(chats.len(), 2);
        let of_chat = chats.iter().find(|receipts| receipts.chat_id == chat).unwrap();
        let newest = |user| of_chat.newest_of(user).iter().map(|of| (of.status, of.seq.into())).collect::<Vec<_>>();
        assert_eq!(newest(bruno), [(Receipt::Read, 4_u64), (Receipt::Delivered, 7)]);
        assert_eq!(newest(carla), [(Receipt::Read, 3)], "a message that was read was delivered");
        assert_eq!(of_chat.read_by(bruno), Some((Watermark::at(1), Seq::try_from(4).unwrap())));
        assert_eq!(of_chat.all().count(), 6);
        let shared = of_chat.as_shared();
        assert_eq!(ChatReceipts::of_chat(chat, &shared).all().count(), 6);
        let ranges = of_chat.newest_of(bruno).into_iter().map(|newest| of_chat.range_of(newest)).collect::<Vec<_>>();
        assert_eq!(ranges, [(1, 4), (4, 7)].map(|(after, upto)| (Watermark::at(after), Watermark::at(upto))));
    }

    #[test]
    fn a_hidden_receipt_shows_others_what_it_delivers() {
        let (chat, bruno) = (ChatId::random(), UserId::random());
        let hidden = |delivered, (after, seq)| ReceiptRecord {
            hidden_after: Some(Watermark::at(delivered)),
            ..receipt(chat, bruno, Receipt::Read, (after, seq))
        };
        let shared = |records: &[ReceiptRecord]| {
            let shared = ChatReceipts::of_chat(chat, records).as_shared();
            let shared = ChatReceipts::of_chat(chat, &shared);
            let newest = shared.newest_of(bruno);
            newest.iter().map(|of| (of.status, shared.range_of(of))).collect::<Vec<_>>()
        };
        let range = |after, upto| (Watermark::at(after), Watermark::at(upto));
        assert_eq!(shared(&[hidden(7, (2, 7))]), [], "delivered before");
        assert_eq!(shared(&[hidden(5, (2, 7))]), [(Receipt::Delivered, range(5, 7))]);
        let delivered = receipt(chat, bruno, Receipt::Delivered, (5, 7));
        assert_eq!(shared(&[delivered, hidden(7, (2, 7))]), [(Receipt::Delivered, range(5, 7))]);
    }
}
