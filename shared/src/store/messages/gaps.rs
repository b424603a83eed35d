//! Gaps in the rows of a chat: the index is behind its table, or DynamoDB has removed messages at their time.

use std::time::Duration;

use super::Messages;
use super::rows::TABLE;
use crate::domain::{ChatId, Expired, Head, Member, Message, Seq, Timestamp, Watermark};
use crate::store::StoreError;

/// Queries of an index that is behind its table, before the call fails.
pub(super) const MAX_TRIES: u32 = 10;

/// The first pause between two tries. Each further pause is longer by as much: 4.5 s in all.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// Time by which the index is never behind its table. A message that is missing before one of this age is removed.
/// Later ones may be left, since DynamoDB removes rows in any order.
const MAX_LAG: Duration = Duration::from_secs(10 * 60);

/// Whether a gap before a message of this time is one of removed messages.
pub(super) fn is_past(time: Timestamp) -> bool {
    time < Timestamp::now().minus(MAX_LAG)
}

/// Retains the messages from `next` up to the first gap, and returns the seq after them. The index may show a message
/// before it shows the previous one: a client that continues after the last message must miss none.
pub(super) fn retain_gapless(messages: &mut Vec<Message>, mut next: Seq) -> Seq {
    messages.retain(|message| {
        let follows = message.seq == next || (message.seq > next && is_past(message.timestamp));
        if follows {
            next = Watermark::from(message.seq).next();
        }
        follows
    });
    next
}

impl Messages {
    /// A member without the messages that are too old to be shown. One query of one row; none if messages are kept for
    /// ever, or if the chat's last message is too old.
    ///
    /// # Errors
    /// Also [`StoreError::IndexBehind`], when the index is still behind after 4.5 s.
    pub async fn without_expired(&self, chat_id: ChatId, head: &Head, member: Member) -> Result<Member, StoreError> {
        let Some(oldest) = self.retention().oldest_shown(Timestamp::now()) else { return Ok(member) };
        let known = head.expired(Some(oldest));
        if known.upto >= head.last_seq {
            return Ok(member.without_expired(known));
        }
        for tries in 0..MAX_TRIES {
            tokio::time::sleep(PAUSE * tries).await;
            if let Some(first) = self.first_message_from(chat_id, oldest).await? {
                return Ok(member.without_expired(Expired::before(&first)));
            }
        }
        Err(StoreError::IndexBehind { table: TABLE })
    }

    /// The last message that is too old to be shown: those up to it may be removed. One query of one row; none if
    /// messages are kept for ever.
    pub(super) async fn expired(&self, chat_id: ChatId) -> Result<Watermark, StoreError> {
        let Some(oldest) = self.retention().oldest_shown(Timestamp::now()) else { return Ok(Watermark::START) };
        let first = self.first_message_from(chat_id, oldest).await?;
        Ok(first.map(|first| Expired::before(&first).upto).unwrap_or_default())
    }
}
