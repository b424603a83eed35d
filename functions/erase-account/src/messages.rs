//! Removes the content of the user's messages, and the user's receipts.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, ErasedEvent, Head, Message, PageLimit, Timestamp, UserId};
use paloma::queue::DeliveryJob;
use paloma::store::HistoryPosition;

use crate::{EraseAccount, Erasure, ErasureCursor, Failure};

/// Time after which an invocation begins no new page. The function's timeout is 60 s; the end of a chat may take 10 s.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Maximum number of messages that are redacted in parallel.
const CONCURRENCY: usize = 16;

impl EraseAccount {
    /// Redacts the user's chats one after the other, for about [`TIME_LIMIT`].
    pub(crate) async fn redact_messages(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        let (started, erased_at) = (Instant::now(), self.erased_at(&erasure).await?);
        let user_id = erasure.user_id;
        let mut position = match erasure.next.take() {
            Some(ErasureCursor::Messages { chat_id, past }) => Some((chat_id, past)),
            _ => None,
        };
        loop {
            let (chat_id, past) = match position.take() {
                Some(position) => position,
                None => match self.remaining_chat(user_id).await? {
                    Some(chat_id) => (chat_id, HistoryPosition::START),
                    None => return Ok(erasure),
                },
            };
            let past = self.redact_chat(chat_id, past, erased_at, started, &mut erasure).await?;
            if started.elapsed() > TIME_LIMIT {
                let in_this_chat = past.map(|past| ErasureCursor::Messages { chat_id, past });
                erasure.next = Some(in_this_chat.unwrap_or(ErasureCursor::AnotherChat {}));
                return Ok(erasure);
            }
            position = past.map(|past| (chat_id, past));
        }
    }

    /// A chat that still has a member row of the user. Each row is read, since the index may list deleted rows.
    async fn remaining_chat(&self, user_id: UserId) -> Result<Option<ChatId>, Failure> {
        let mut from = None;
        loop {
            let (chats, next) = self.chats.of_user(user_id, PageLimit::MAX, from).await?;
            for chat_id in chats {
                if self.chats.member(chat_id, user_id).await?.is_some() {
                    return Ok(Some(chat_id));
                }
            }
            if next.is_none() {
                return Ok(None);
            }
            from = next;
        }
    }

    /// Redacts one chat. Returns the position at which to continue, or `None` when the chat is done.
    async fn redact_chat(
        &self,
        chat_id: ChatId,
        mut past: HistoryPosition,
        erased_at: Timestamp,
        started: Instant,
        erasure: &mut Erasure,
    ) -> Result<Option<HistoryPosition>, Failure> {
        let user_id = erasure.user_id;
        // The chat may have been created after the step `LeaveChats`. From here on no message of the user can be added.
        let Some(head) = self.cut_off(chat_id, user_id).await? else {
            // The creation of the chat never finished.
            self.chats.delete_member(chat_id, user_id).await?;
            return Ok(None);
        };
        loop {
            let page = self.messages.walk(chat_id, &head, past).await?;
            let Some(last) = page.last() else { break };
            past = HistoryPosition::from(last);
            self.redact_page(&page, erased_at, erasure).await?;
            if started.elapsed() > TIME_LIMIT {
                return Ok(Some(past));
            }
        }
        // Messages that waited only for this user's receipt become delivered and read.
        if !self.settlement.settle_erased(chat_id, user_id).await? {
            return Ok(Some(past));
        }
        // Reads the head again: a summary with the user's content may have been written since the first read.
        let head = self.chats.head(chat_id).await?.unwrap_or(head);
        self.chats.redact_summary(chat_id, &head, user_id, erased_at).await?;
        self.enqueue_erased_event(chat_id, &head, user_id, erased_at).await?;
        self.chats.delete_member(chat_id, user_id).await?;
        erasure.removed.chats += 1;
        Ok(None)
    }

    /// Redacts the user's messages of a page with the reactions to them, and deletes the user's receipts for the other
    /// messages and the user's reactions to all.
    async fn redact_page(&self, page: &[Message], erased_at: Timestamp, erasure: &mut Erasure) -> Result<(), Failure> {
        let user_id = erasure.user_id;
        let (sent, received): (Vec<_>, Vec<_>) = page.iter().partition(|message| message.sender_id == user_id);
        let redacted: Vec<bool> = stream::iter(sent.iter().filter(|message| message.body.content().is_some()))
            .map(|message| self.redact(message, user_id, erased_at))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        let received: Vec<_> = received.iter().map(|message| message.message_id).collect();
        let receipts = self.statuses.of_user(user_id, &received).await?;
        self.statuses.delete(&receipts).await?;
        // The stream of Reactions removes them from the summaries on messages of others.
        let all: Vec<_> = page.iter().map(|message| message.message_id).collect();
        let reactions = self.reactions.of_user(user_id, &all).await?;
        self.reactions.delete(&reactions).await?;
        erasure.removed.messages += redacted.into_iter().map(u64::from).sum::<u64>();
        erasure.removed.receipts += receipts.len() as u64;
        erasure.removed.reactions += reactions.len() as u64;
        Ok(())
    }

    /// Redacts a message; returns whether it had content. A reaction that comes later is deleted by
    /// summarise-reactions, since the message has no content then.
    async fn redact(&self, message: &Message, user_id: UserId, erased_at: Timestamp) -> Result<bool, Failure> {
        let redacted = self.messages.redact(message.message_id, user_id, erased_at).await?;
        if message.reactions.is_some() {
            self.reactions.delete(&self.reactions.of_message(message.message_id).await?).await?;
        }
        Ok(redacted)
    }

    /// Enqueues an event for the other members, so that open chats stop showing the content.
    async fn enqueue_erased_event(
        &self,
        chat_id: ChatId,
        head: &Head,
        user_id: UserId,
        erased_at: Timestamp,
    ) -> Result<(), Failure> {
        let erased = ErasedEvent { chat_id, user_id, erased_at };
        let job = DeliveryJob::of_erasure(erased, head, Timestamp::now());
        Ok(self.deliveries.enqueue(chat_id, &job).await?)
    }
}
