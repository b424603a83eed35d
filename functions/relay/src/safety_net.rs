//! The safety net, first half: finds messages that are not summarised when relay reads their record. The second half
//! is in update-summaries.
//!
//! Most messages are summarised by then, which costs one read. For the others a check is enqueued, one for each chat of
//! a batch. It is due in a minute, in the same queue as the summary that it looks for. The chat's mark records it, so
//! that a record that is read again makes no further check.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use paloma::domain::{ChatId, Message, Seq};
use paloma::queue::{JobError, MissingChat, Queue, SummaryCheck, SummaryJob};
use paloma::store::Chats;

/// Time that send-message and update-summaries have, before a message counts as lost.
const CHECK_WAIT: Duration = Duration::from_secs(60);

/// The stored messages of one chat in a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoredMessages {
    pub chat_id: ChatId,
    pub seqs: BTreeSet<Seq>,
    /// Their indexes in the batch.
    pub indexes: Vec<usize>,
}

/// Groups the messages of a batch, with their indexes, by chat.
pub(crate) fn by_chat<'a>(messages: impl Iterator<Item = (&'a Message, usize)>) -> Vec<StoredMessages> {
    let mut chats: BTreeMap<ChatId, StoredMessages> = BTreeMap::new();
    for (message, index) in messages {
        let Message { chat_id, seq, .. } = *message;
        let stored =
            chats.entry(chat_id).or_insert(StoredMessages { chat_id, seqs: BTreeSet::new(), indexes: Vec::new() });
        stored.seqs.insert(seq);
        stored.indexes.push(index);
    }
    chats.into_values().collect()
}

/// Enqueues a check for later, if the chat's summary has not reached these messages and no check was enqueued before.
pub(crate) async fn check_summary(
    chats: &Chats,
    summaries: &Queue<SummaryJob>,
    stored: &StoredMessages,
) -> Result<(), JobError> {
    let (chat_id, Some(newest)) = (stored.chat_id, stored.seqs.last()) else { return Ok(()) };
    let head = chats.head(chat_id).await?.ok_or(MissingChat::Head(chat_id))?;
    if head.last_message.is_some_and(|last| last.seq >= *newest) {
        return Ok(());
    }
    // A later message that was checked suffices for an earlier one: it shows every client the gap.
    if chats.checked_until(chat_id).await?.covers(*newest) {
        return Ok(());
    }
    tracing::info!(stage = "relay", outcome = "check enqueued", chatId = %chat_id, seq = u64::from(*newest));
    let check = SummaryJob::Check(SummaryCheck { chat_id, seqs: stored.seqs.clone() });
    summaries.enqueue_after(CHECK_WAIT, chat_id, &check).await?;
    // Last, since a crash before it makes one check too many instead of none.
    Ok(chats.mark_checked(chat_id, *newest).await?)
}

#[cfg(test)]
mod tests {
    use paloma::domain::{ClientMessageId, Content, Draft, Head, Timestamp, UserId, Watermark};

    use super::*;

    fn message(chat_id: ChatId, seq: u64) -> Message {
        let draft = Draft {
            chat_id,
            sender_id: UserId::random(),
            client_message_id: ClientMessageId::try_from(format!("m{seq}")).unwrap(),
            content: Content::try_from("hello".to_owned()).unwrap(),
            reply_to: None,
        };
        let mut head = Head::new(2, Timestamp::from_millis(1));
        head.last_seq = Watermark::at(seq - 1);
        draft.following(&head, Timestamp::from_millis(1))
    }

    #[test]
    fn a_busy_chat_is_checked_once_for_all_its_messages_of_a_batch() {
        let (busy, quiet) = (ChatId::random(), ChatId::random());
        let messages: Vec<_> =
            [(busy, 7), (busy, 9), (quiet, 1), (busy, 8)].map(|(chat, seq)| message(chat, seq)).into_iter().collect();
        let stored = by_chat(messages.iter().zip(0..));
        let of = |chat_id, seqs: &[u64], indexes| StoredMessages {
            chat_id,
            seqs: seqs.iter().map(|seq| (*seq).try_into().unwrap()).collect(),
            indexes,
        };
        assert_eq!(stored.len(), 2);
        assert!(
            stored.contains(&of(busy, &[7, 8, 9], vec![0, 1, 3])) && stored.contains(&of(quiet, &[1], vec![2])),
            "{stored:?}"
        );
    }
}
