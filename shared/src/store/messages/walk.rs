//! Walks through all messages of a chat, of any age.

use serde::{Deserialize, Serialize};

use super::Messages;
use super::gaps::{MAX_TRIES, PAUSE, is_past, retain_gapless};
use super::rows::TABLE;
use crate::domain::{ChatId, Head, Message, PageLimit, Timestamp, Watermark};
use crate::store::{StoreError, number};

/// The last message that a walk through a chat's history has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPosition {
    /// The seq of the message.
    pub seq: Watermark,
    /// The time of the message, in epoch milliseconds.
    pub time: Timestamp,
}

impl HistoryPosition {
    /// Before the first message.
    pub const START: Self = Self { seq: Watermark::START, time: Timestamp::from_millis(0) };
}

impl From<&Message> for HistoryPosition {
    fn from(message: &Message) -> Self {
        Self { seq: message.seq.into(), time: message.timestamp }
    }
}

impl Messages {
    /// The next messages of a walk through a chat, of all senders, in the order of seq; empty after the last message.
    ///
    /// As in [`Messages::between`], the call waits for an index that is behind, and returns messages of any age.
    ///
    /// # Errors
    /// Also [`StoreError::IndexBehind`], when the index is still behind after 4.5 s.
    pub async fn walk(&self, chat_id: ChatId, head: &Head, from: HistoryPosition) -> Result<Vec<Message>, StoreError> {
        let mut after = from.seq;
        for tries in 0..MAX_TRIES {
            tokio::time::sleep(PAUSE * tries).await;
            if after >= head.last_seq {
                return Ok(Vec::new());
            }
            let query = self.query(chat_id, "#timestamp > :time");
            let query = query.expression_attribute_values(":time", number(from.time.as_millis()));
            let mut messages = self.rows(query, PageLimit::MAX.get()).await?;
            messages.retain(|message| head.last_seq.covers(message.seq));
            retain_gapless(&mut messages, after.next());
            if !messages.is_empty() || is_past(head.last_timestamp) {
                return Ok(messages);
            }
            after = after.max(self.expired(chat_id).await?);
        }
        Err(StoreError::IndexBehind { table: TABLE })
    }
}
