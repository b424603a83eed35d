//! What follows when somebody's watermark has moved: the chat's lowest marks, the status of the messages that these
//! have passed, and news to their senders.
//!
//! Everything here is derived from the members' rows and only moves forward, so it may be done twice, late, or by
//! two at once. The head is written last: whoever dies before it leaves the mover the holder of the lowest mark, so
//! that the retry does it all again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};

use crate::domain::{
    ChatId, Event, Head, LowestMark, LowestMarks, Message, Seq, Status, StatusEvent, Timestamp, UserId, Watermark,
};
use crate::queue::{Audience, DeliveryJob, JobError, Queue};
use crate::store::{Chats, Holders, Messages, Settled};

/// How many messages are settled before the head is written: a long absence is worked off in steps, each kept.
const STEP: u64 = 200;

/// How long a chat is worked on in one go. A consumer has 30 s, and other chats to see to.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many messages are written at once.
const AT_ONCE: usize = 16;

/// Where marks are settled.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The members' marks and the heads.
    pub chats: Chats,
    /// The messages that the lowest marks pass.
    pub messages: Messages,
    /// Where senders are told.
    pub deliveries: Queue<DeliveryJob>,
}

impl Settlement {
    /// Settles a chat after `mover` has moved. The mover's own mark must have been written before.
    ///
    /// # Errors
    /// When a table or a queue does not answer, or there is more to do than 10 s allow; what was done stays done.
    pub async fn settle(&self, chat_id: ChatId, mover: UserId, now: Timestamp) -> Result<(), JobError> {
        if self.settle_some(chat_id, mover, now).await? {
            return Ok(());
        }
        Err(JobError::new(format!("chat {chat_id} was not settled within {PATIENCE:?}: what was done is kept")))
    }

    /// Settles a chat after `mover` has moved, or has been erased, as far as one comes in 10 s; answers whether that
    /// was all.
    ///
    /// # Errors
    /// When a table or a queue does not answer; what was done stays done.
    pub async fn settle_some(&self, chat_id: ChatId, mover: UserId, now: Timestamp) -> Result<bool, JobError> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            // Read after the mover's mark was written: whoever made somebody else the holder did so in a
            // transaction that saw the holder's row unmoved, so if that is the mover, it shows here.
            let Some(head) = self.chats.head(chat_id).await? else {
                return Err(JobError::new(format!("chat {chat_id} has no head")));
            };
            if !head.lowest.depend_on(mover) {
                return Ok(true);
            }
            let Some(target) = self.lowest_now(chat_id, &head).await? else { return Ok(true) };
            let reached = self.step(chat_id, &head, target, mover, now).await?;
            let holders = if reached == target { Holders::Checked } else { Holders::Unchecked };
            match self.chats.settle(chat_id, &reached, holders).await? {
                Settled::Written if reached == target => return Ok(true),
                Settled::Written => {}
                Settled::Overtaken => tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=50))).await,
            }
        }
        Ok(false)
    }

    /// The lowest marks of those who still have an account; nothing when there is but one of them. Nobody is left then to
    /// receive or to read, and what was not read stays what it was.
    async fn lowest_now(&self, chat_id: ChatId, head: &Head) -> Result<Option<LowestMarks>, JobError> {
        let Some(chat) = self.chats.chat(chat_id).await? else {
            return Err(JobError::new(format!("chat {chat_id} does not exist")));
        };
        let members = self.chats.members(chat_id, &head.still_in(&chat.participants)).await?;
        let marks: Vec<_> = members.iter().map(|member| (member.user_id, member.marks)).collect();
        Ok((marks.len() > 1).then(|| LowestMarks::among(&marks)))
    }

    /// Does what it means that the lowest marks move towards `target`, for at most [`STEP`] messages each; returns
    /// the marks that this reaches. Short of the target, the mover stays the holder, so that a retry goes on.
    async fn step(
        &self,
        chat_id: ChatId,
        head: &Head,
        target: LowestMarks,
        mover: UserId,
        now: Timestamp,
    ) -> Result<LowestMarks, JobError> {
        let before = head.lowest.marks();
        // Members were read after the head, so they may be past it: that is for the next round, with the next head.
        let limit = |from: Watermark| from.plus(STEP).min(head.last_seq);
        let read = target.read.mark.min(limit(before.read)).max(before.read);
        // What is read is delivered, so only what lies beyond it is raised to delivered.
        let already = before.delivered.max(read);
        let delivered = target.delivered.mark.min(limit(already)).max(already);

        self.raise(chat_id, head, (before.read, read), Status::Read, mover, now).await?;
        self.raise(chat_id, head, (already, delivered), Status::Delivered, mover, now).await?;

        let reached = |mark: Watermark, target: LowestMark| {
            // Who has been erased holds nothing: then anybody's move goes on with it.
            let mover = Some(mover).filter(|mover| !head.erased.contains(mover));
            if mark == target.mark { target } else { LowestMark { mark, holder: mover } }
        };
        Ok(LowestMarks { delivered: reached(delivered, target.delivered), read: reached(read, target.read) })
    }

    /// Raises the messages of a range to `status` and tells their senders.
    async fn raise(
        &self,
        chat_id: ChatId,
        head: &Head,
        (after, upto): (Watermark, Watermark),
        status: Status,
        mover: UserId,
        now: Timestamp,
    ) -> Result<(), JobError> {
        let Ok(seq) = Seq::try_from(upto.place()) else { return Ok(()) };
        let passed = self.messages.between(chat_id, head, after, upto).await?;
        if passed.is_empty() {
            return Ok(());
        }
        stream::iter(&passed)
            .map(|message| self.messages.raise_status(message.message_id, status))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        let event = StatusEvent { chat_id, seq, status, user_id: mover, everyone: true, timestamp: now };
        self.tell(senders_of(&passed), event).await
    }

    /// Tells senders that a tick moved.
    ///
    /// # Errors
    /// When the queue does not take it.
    pub async fn tell(&self, senders: BTreeSet<UserId>, event: StatusEvent) -> Result<(), JobError> {
        if senders.is_empty() {
            return Ok(());
        }
        let job = DeliveryJob {
            chat_id: event.chat_id,
            audience: Audience::Only(senders.into_iter().collect()),
            accepted_at: event.timestamp,
            event: Event::Status(event),
            origin: None,
            expires_at: None,
        };
        Ok(self.deliveries.enqueue(job.chat_id, &job).await?)
    }
}

/// Who wrote these messages.
pub fn senders_of(messages: &[Message]) -> BTreeSet<UserId> {
    messages.iter().map(|message| message.sender_id).collect()
}
