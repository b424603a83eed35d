//! Sorting a batch by chat: of many messages in one, the newest speaks for all.

use std::collections::BTreeMap;
use std::time::Duration;

use paloma::domain::{ChatId, LastMessage, Seq, Timestamp, UserId};
use paloma::queue::{Job, SummaryJob};

/// Age from which a message costs its sender no tokens any more: jobs come twice and late, and a limit lets a call
/// through in doubt.
const YOUNG: Duration = Duration::from_secs(60);

/// What a batch tells of one chat.
#[derive(Debug, Clone)]
pub struct ChatNews {
    /// The chat.
    pub chat_id: ChatId,
    /// Its newest message in this batch.
    pub newest: LastMessage,
    /// How many messages of each sender this batch brings while they count against a limit: young ones.
    pub young_of_sender: BTreeMap<UserId, u32>,
    /// The newest message of each sender in this batch.
    pub newest_of_sender: BTreeMap<UserId, Seq>,
    /// All its messages, with the times at which they were accepted.
    pub messages: Vec<(LastMessage, Timestamp)>,
    /// The jobs that told it.
    pub ids: Vec<String>,
}

/// Sorts the summaries among the jobs by chat.
pub fn by_chat(jobs: &[Job<SummaryJob>], now: Timestamp) -> Vec<ChatNews> {
    let mut chats: BTreeMap<ChatId, ChatNews> = BTreeMap::new();
    for Job { work, id, .. } in jobs {
        let SummaryJob::Summarise(work) = work else { continue };
        let message = &work.last_message;
        let news = chats.entry(work.chat_id).or_insert_with(|| ChatNews {
            chat_id: work.chat_id,
            newest: message.clone(),
            young_of_sender: BTreeMap::new(),
            newest_of_sender: BTreeMap::new(),
            messages: Vec::new(),
            ids: Vec::new(),
        });
        if message.seq > news.newest.seq {
            news.newest = message.clone();
        }
        let of_sender = news.newest_of_sender.entry(message.sender_id).or_insert(message.seq);
        *of_sender = message.seq.max(*of_sender);
        if work.is_charged && work.accepted_at.plus(YOUNG) > now {
            *news.young_of_sender.entry(message.sender_id).or_default() += 1;
        }
        news.messages.push((message.clone(), work.accepted_at));
        news.ids.push(id.clone());
    }
    chats.into_values().collect()
}
