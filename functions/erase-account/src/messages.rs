//! What they wrote, and what they said of what others wrote.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, ErasedEvent, Event, Head, Message, PageLimit, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};
use paloma::store::HistoryPosition;

use crate::{EraseAccount, Erasure, Failure, Next};

/// How long one invocation goes on; it has 60 s, of which the end of a chat may take 10.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many messages are redacted at once.
const AT_ONCE: usize = 16;

impl EraseAccount {
    /// Takes what they wrote out of their chats, one after the other, for some 20 s.
    pub(crate) async fn redact_messages(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        let (started, erased_at) = (Instant::now(), self.erased_at(&erasure).await?);
        let user_id = erasure.user_id;
        let mut going_on = match erasure.next.take() {
            Some(Next::Messages { chat_id, past }) => Some((chat_id, past)),
            _ => None,
        };
        loop {
            let (chat_id, past) = match going_on.take() {
                Some(place) => place,
                None => match self.chat_left(user_id).await? {
                    Some(chat_id) => (chat_id, HistoryPosition::START),
                    None => return Ok(erasure),
                },
            };
            let past = self.redact_chat(chat_id, past, erased_at, started, &mut erasure).await?;
            if started.elapsed() > PATIENCE {
                erasure.next = Some(past.map_or(Next::AnotherChat {}, |past| Next::Messages { chat_id, past }));
                return Ok(erasure);
            }
            going_on = past.map(|past| (chat_id, past));
        }
    }

    /// A chat that they still have a row in. The index may show rows that are gone.
    async fn chat_left(&self, user_id: UserId) -> Result<Option<ChatId>, Failure> {
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

    /// Goes through one chat; answers how far it has come, or nothing when it is done.
    async fn redact_chat(
        &self,
        chat_id: ChatId,
        mut past: HistoryPosition,
        erased_at: Timestamp,
        started: Instant,
        erasure: &mut Erasure,
    ) -> Result<Option<HistoryPosition>, Failure> {
        let user_id = erasure.user_id;
        // Once more, should the chat have been made meanwhile: nothing of theirs comes into it from here on.
        let Some(head) = self.chats.record_erasure(chat_id, user_id).await? else {
            // A chat that was never finished.
            self.chats.delete_member(chat_id, user_id).await?;
            return Ok(None);
        };
        loop {
            let page = self.messages.walk(chat_id, &head, past).await?;
            let Some(last) = page.last() else { break };
            past = HistoryPosition::from(last);
            self.redact_page(&page, erased_at, erasure).await?;
            if started.elapsed() > PATIENCE {
                return Ok(Some(past));
            }
        }
        // The marks of the others move past what waited for them alone.
        if !self.settlement.settle_some(chat_id, &[user_id], Vec::new(), Timestamp::now()).await? {
            return Ok(Some(past));
        }
        // As it is now: a summary may have been written meanwhile, the last that could be with content of theirs.
        let head = self.chats.head(chat_id).await?.unwrap_or(head);
        self.chats.redact_summary(chat_id, &head, erased_at).await?;
        self.tell(chat_id, &head, user_id, erased_at).await?;
        self.chats.delete_member(chat_id, user_id).await?;
        erasure.removed.chats += 1;
        Ok(None)
    }

    /// Redacts what they wrote on a page, and forgets what they said of the rest of it.
    async fn redact_page(&self, page: &[Message], erased_at: Timestamp, erasure: &mut Erasure) -> Result<(), Failure> {
        let user_id = erasure.user_id;
        let (theirs, others): (Vec<_>, Vec<_>) = page.iter().partition(|message| message.sender_id == user_id);
        let redacted: Vec<bool> = stream::iter(theirs.iter().filter(|message| message.body.content().is_some()))
            .map(|message| self.messages.redact(message.message_id, user_id, erased_at))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let others: Vec<_> = others.iter().map(|message| message.message_id).collect();
        let receipts = self.statuses.of_user(user_id, &others).await?;
        self.statuses.delete(&receipts).await?;
        erasure.removed.messages += redacted.into_iter().map(u64::from).sum::<u64>();
        erasure.removed.receipts += receipts.len() as u64;
        Ok(())
    }

    /// Tells the others, of whom some have the chat before them.
    async fn tell(&self, chat_id: ChatId, head: &Head, user_id: UserId, erased_at: Timestamp) -> Result<(), Failure> {
        let job = DeliveryJob {
            chat_id: Some(chat_id),
            audience: Audience::everyone_in(head),
            event: Event::Erased(ErasedEvent { chat_id, user_id, erased_at }),
            origin: None,
            accepted_at: Timestamp::now(),
            expires_at: None,
        };
        Ok(self.deliveries.enqueue(chat_id, &job).await?)
    }
}
