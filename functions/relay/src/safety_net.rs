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
    let check = SummaryJob::Check(SummaryCheck { chat_id, seq });
    Ok(summaries.enqueue_after(PATIENCE, chat_id, &check).await?)
}
