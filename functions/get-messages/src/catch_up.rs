//! The changes of a chat's messages since the caller's last one, and on top of pages.
//!
//! Only `changed` moves the cursor of a client. Pages come from an index that may be behind, so the changes of the last
//! minute are read again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use paloma::domain::{ChangeRecord, ChangeSeq, ChatId, Head, Member, Message, MessageId, Timestamp};
use paloma::edge::{Problem, fitting};
use paloma::store::{Changes, Messages, StoreError};

/// Time by which the index may be behind its table.
const INDEX_LAG: Duration = Duration::from_secs(60);

/// The changed messages that a caller lacks.
#[derive(Debug, Default)]
pub(crate) struct CatchUp {
    /// Each message once, as it is now.
    pub changed: Vec<Message>,
    /// The cursor after them.
    pub change_seq: ChangeSeq,
    pub has_more: bool,
    /// The cursor is older than the changes that are kept.
    pub reset: bool,
    /// The changes behind `changed`, in their order, for [`Self::beside`].
    records: Vec<ChangeRecord>,
    after: ChangeSeq,
}

/// The changed messages of all chats.
#[derive(Debug, Clone)]
pub(crate) struct ChangedMessages {
    pub changes: Changes,
    pub messages: Messages,
}

impl ChangedMessages {
    /// The changes after `after`. Those of a former member end with the leaving, and those of a blocker with the block.
    pub(crate) async fn catch_up(
        &self,
        chat_id: ChatId,
        (head, member): (&Head, &Member),
        after: Option<ChangeSeq>,
    ) -> Result<CatchUp, StoreError> {
        let end = member.sees_changes_upto().unwrap_or(head.change_seq);
        let newest = CatchUp { change_seq: end, ..CatchUp::default() };
        let Some(after) = after else { return Ok(newest) };
        // A blocker's own deletions may have moved the cursor beyond the block.
        if after == end || (after > end && !member.is_current()) {
            return Ok(CatchUp { change_seq: after, ..newest });
        }
        let mut records = gapless(self.changes.after(chat_id, after).await?, after);
        records.retain(|change| change.change_seq <= end);
        let Some(last) = records.last().map(|last| last.change_seq) else {
            return Ok(CatchUp { reset: true, ..newest });
        };
        let windows = member.visible();
        let changed = self.current(records.iter().filter(|change| windows.shows(change.seq))).await?;
        let changed = self.as_left(member, changed).await?;
        Ok(CatchUp { changed, change_seq: last, has_more: last < end, reset: false, records, after })
    }

    /// Replaces the messages of a page that have changed within the last minute.
    pub(crate) async fn with_last_changes(
        &self,
        chat_id: ChatId,
        head: &Head,
        mut page: Vec<Message>,
    ) -> Result<Vec<Message>, StoreError> {
        let since = Timestamp::now().minus(INDEX_LAG);
        if head.changed_at.is_none_or(|last| last < since) {
            return Ok(page);
        }
        let shown: HashSet<_> = page.iter().map(|message| message.message_id).collect();
        let records = self.changes.since(chat_id, since).await?;
        let current = self.current(records.iter().filter(|change| shown.contains(&change.message_id))).await?;
        replace(&mut page, current);
        Ok(page)
    }

    /// The page as a former member or a blocker saw it last: later edits stay hidden.
    pub(crate) async fn as_left(&self, member: &Member, mut page: Vec<Message>) -> Result<Vec<Message>, StoreError> {
        let Some(last) = member.sees_changes_upto() else { return Ok(page) };
        let later = |message: &&Message| message.version > last && message.body.content().is_some();
        let ids: Vec<_> = page.iter().filter(later).map(|message| message.message_id).collect();
        if !ids.is_empty() {
            replace(&mut page, self.messages.all_as_of(&ids, last, member.user_id).await?);
        }
        Ok(page)
    }

    /// The messages of these changes as they are now, in the order of their last change.
    async fn current(&self, changes: impl Iterator<Item = &ChangeRecord>) -> Result<Vec<Message>, StoreError> {
        let ids: HashSet<MessageId> = changes.map(|change| change.message_id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut messages = self.messages.all(&ids.into_iter().collect::<Vec<_>>()).await?;
        messages.sort_by_key(|message| message.version);
        Ok(messages)
    }
}

/// The changes up to the first gap. DynamoDB deletes expired rows in any order.
fn gapless(mut records: Vec<ChangeRecord>, after: ChangeSeq) -> Vec<ChangeRecord> {
    let mut next = after;
    records.retain(|record| {
        let follows = record.change_seq == next.next();
        if follows {
            next = record.change_seq;
        }
        follows
    });
    records
}

/// Replaces messages of a page by their other states.
fn replace(page: &mut [Message], states: Vec<Message>) {
    let mut states: HashMap<_, _> = states.into_iter().map(|message| (message.message_id, message)).collect();
    for message in page {
        if let Some(state) = states.remove(&message.message_id) {
            *message = state;
        }
    }
}

impl CatchUp {
    /// This catch-up within the size limit of an answer that has these messages, too. The cursor ends before the first
    /// change of the first message that does not fit.
    pub(crate) fn beside(mut self, page: &[Message]) -> Result<Self, Problem> {
        let mut first_changes: HashMap<MessageId, ChangeSeq> = HashMap::new();
        for record in &self.records {
            first_changes.entry(record.message_id).or_insert(record.change_seq);
        }
        let first = |message: &Message| first_changes.get(&message.message_id).copied().unwrap_or_default();
        self.changed.sort_by_key(first);
        let count = fitting(page.iter().chain(&self.changed))?.saturating_sub(page.len());
        if let Some(beyond) = self.changed.get(count).map(first) {
            self.has_more = true;
            self.change_seq = ChangeSeq::at(beyond.as_u64().saturating_sub(1)).max(self.after);
            self.changed.truncate(count);
        }
        self.changed.sort_by_key(|message| message.version);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use paloma::domain::{Body, ChangeKind, ClientMessageId, Content, Seq, Status, UserId};

    use super::*;

    fn message(chat_id: ChatId, seq: u64, version: u64) -> Message {
        let (sender_id, now) = (UserId::random(), Timestamp::from_millis(1));
        let client_message_id = ClientMessageId::random();
        Message {
            message_id: MessageId::derive(chat_id, sender_id, &client_message_id),
            chat_id,
            sender_id,
            client_message_id,
            body: Body::Content(Content::try_from("\"".repeat(16_384)).unwrap()),
            seq: Seq::try_from(seq).unwrap(),
            count: None,
            timestamp: now,
            status: Status::Sent,
            created_at: now,
            version: ChangeSeq::at(version),
            edited_at: None,
            reply_to: None,
            reactions: None,
        }
    }

    /// Each message has two changes: number n, and number n + 100.
    #[test]
    fn a_catch_up_that_does_not_fit_continues_with_the_first_change_that_is_missing() {
        let chat_id = ChatId::random();
        let changed: Vec<_> = (1..=100).map(|number| message(chat_id, number, 100 + number)).collect();
        let record = |(message, number): (&Message, u64)| ChangeRecord {
            chat_id,
            change_seq: ChangeSeq::at(number),
            message_id: message.message_id,
            seq: message.seq,
            sender_id: message.sender_id,
            kind: ChangeKind::Edited,
            actor_id: message.sender_id.into(),
            changed_at: message.timestamp,
        };
        let records: Vec<_> = changed.iter().chain(&changed).zip(1..).map(record).collect();
        let all = CatchUp { changed: changed.clone(), change_seq: ChangeSeq::at(200), records, ..CatchUp::default() };
        let page = vec![message(chat_id, 101, 0); 20];
        let part = all.beside(&page).unwrap();
        assert!(part.has_more && !part.changed.is_empty() && part.changed.len() < 100);
        assert_eq!(part.change_seq.as_u64(), part.changed.len() as u64, "the next page begins with the next message");
        assert_eq!(part.changed, changed[..part.changed.len()]);
    }
}
