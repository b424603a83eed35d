//! The safety net, its first half: messages that the summary has not come to when their record arrives here.
//!
//! Mostly it has, and that costs a read. Otherwise a check is enqueued that comes due in a minute, behind the very
//! summary that it asks for: one for each chat of a batch, about its newest message. The second half is in
//! update-summaries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use paloma::domain::{ChatId, Message, Seq};
use paloma::queue::{JobError, MissingChat, Queue, SummaryCheck, SummaryJob};
use paloma::store::Chats;

/// How long a message may take to be enqueued and summarised before it is taken for lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The messages of one chat in a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The chat.
    pub chat_id: ChatId,
    /// Which.
    pub seqs: BTreeSet<Seq>,
    /// The places of all of them in the batch.
    pub places: Vec<usize>,
}

/// The messages of a batch by chat, each with its place.
pub(crate) fn by_chat<'a>(messages: impl Iterator<Item = (&'a Message, usize)>) -> Vec<Seen> {
    let mut chats: BTreeMap<ChatId, Seen> = BTreeMap::new();
    for (message, place) in messages {
        let Message { chat_id, seq, .. } = *message;
        let seen = chats.entry(chat_id).or_insert(Seen { chat_id, seqs: BTreeSet::new(), places: Vec::new() });
        seen.seqs.insert(seq);
        seen.places.push(place);
    }
    chats.into_values().collect()
}

/// Looks whether a chat has been summarised up to the messages seen; if not, somebody will look again.
pub(crate) async fn watch(chats: &Chats, summaries: &Queue<SummaryJob>, seen: &Seen) -> Result<(), JobError> {
    let (chat_id, Some(newest)) = (seen.chat_id, seen.seqs.last()) else { return Ok(()) };
    let head = chats.head(chat_id).await?.ok_or(MissingChat::Head(chat_id))?;
    if head.last_message.is_some_and(|last| last.seq >= *newest) {
        return Ok(());
    }
    tracing::info!(stage = "relay", outcome = "to be checked", chatId = %chat_id, seq = u64::from(*newest));
    let check = SummaryJob::Check(SummaryCheck { chat_id, seqs: seen.seqs.clone() });
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
        let seen = by_chat(messages.iter().zip(0..));
        let of = |chat_id, seqs: &[u64], places| Seen {
            chat_id,
            seqs: seqs.iter().map(|seq| (*seq).try_into().unwrap()).collect(),
            places,
        };
        assert_eq!(seen.len(), 2);
        assert!(
            seen.contains(&of(busy, &[7, 8, 9], vec![0, 1, 3])) && seen.contains(&of(calm, &[1], vec![2])),
            "{seen:?}"
        );
    }
}
