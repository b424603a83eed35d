//! The safety net, its first half: messages that the summary has not come to when their record arrives here.
//!
//! Mostly it has, and that costs a read. Otherwise a check is enqueued that comes due in a minute, behind the very
//! summary that it asks for: one for each chat of a batch, about its newest message. The second half is in
//! update-summaries.

use std::collections::BTreeMap;
use std::time::Duration;

use paloma::domain::{ChatId, Message, Seq};
use paloma::queue::{JobError, Queue, SummaryCheck, SummaryJob};
use paloma::store::Chats;

/// How long a message may take to be enqueued and summarised before it is taken for lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The newest message of each chat, and the places in the batch of all that it speaks for.
pub(crate) fn by_chat<'a>(messages: impl Iterator<Item = (&'a Message, usize)>) -> BTreeMap<ChatId, (Seq, Vec<usize>)> {
    let mut chats: BTreeMap<_, (Seq, Vec<usize>)> = BTreeMap::new();
    for (message, place) in messages {
        let (newest, places) = chats.entry(message.chat_id).or_insert_with(|| (message.seq, Vec::new()));
        *newest = message.seq.max(*newest);
        places.push(place);
    }
    chats
}

/// Looks whether a chat has been summarised up to here; if not, somebody will look again.
pub(crate) async fn watch(
    chats: &Chats,
    summaries: &Queue<SummaryJob>,
    chat_id: ChatId,
    seq: Seq,
) -> Result<(), JobError> {
    let Some(head) = chats.head(chat_id).await? else {
        return Err(JobError::new(format!("chat {chat_id} has no head")));
    };
    if head.last_message.is_some_and(|last| last.seq >= seq) {
        return Ok(());
    }
    tracing::info!(stage = "relay", outcome = "to be checked", chatId = %chat_id, seq = u64::from(seq));
    let check = SummaryJob::Check(SummaryCheck { chat_id, seq });
    Ok(summaries.enqueue_after(PATIENCE, chat_id, &check).await?)
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
        };
        let mut head = Head::new(2, Timestamp::from_millis(1));
        head.last_seq = Watermark::at(seq - 1);
        draft.following(&head, Timestamp::from_millis(1))
    }

    #[test]
    fn a_busy_chat_is_looked_at_once_for_all_its_messages_of_a_batch() {
        let (busy, calm) = (ChatId::random(), ChatId::random());
        let messages: Vec<_> =
            [(busy, 7), (busy, 9), (calm, 1), (busy, 8)].map(|(chat, seq)| message(chat, seq)).into_iter().collect();
        let chats = by_chat(messages.iter().zip(0..));
        assert_eq!(chats[&busy], (Seq::try_from(9).unwrap(), vec![0, 1, 3]));
        assert_eq!(chats[&calm], (Seq::try_from(1).unwrap(), vec![2]));
    }
}
