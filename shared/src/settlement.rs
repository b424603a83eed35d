//! What follows when somebody's watermark has moved: the chat's lowest marks, the status of the messages that these
//! have passed, and news to their senders.
//!
//! Everything here is derived from the members' rows and only moves forward, so it may be done twice, late, or by
//! two at once. The head is written last: whoever dies before it leaves the mover the holder of the lowest mark, so
//! that the retry does it all again. Within one call nothing is raised or told twice, however often it looks again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};

use crate::domain::{
    ChatId, Head, LowestMark, LowestMarks, Marks, Message, Seq, Status, StatusEvent, Timestamp, UserId, Watermark,
};
use crate::queue::{DeliveryJob, JobError, Queue};
use crate::store::{Chats, HolderCheck, Messages, SettleOutcome};

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

/// A call's way through one chat.
struct Round<'a> {
    chat_id: ChatId,
    head: &'a Head,
    /// The member on whose move the lowest marks depend.
    mover: UserId,
    now: Timestamp,
}

impl Settlement {
    /// Settles a chat after `movers` have moved, and enqueues `news` with the news that this makes, mostly in one call.
    /// The movers' own marks must have been written before.
    ///
    /// # Errors
    /// When a table or a queue does not answer, or there is more to do than 10 s allow; what was done stays done.
    pub async fn settle(
        &self,
        chat_id: ChatId,
        movers: &[UserId],
        news: Vec<DeliveryJob>,
        now: Timestamp,
    ) -> Result<(), JobError> {
        if self.settle_some(chat_id, movers, news, now).await? {
            return Ok(());
        }
        Err(JobError::new(format!("chat {chat_id} was not settled within {PATIENCE:?}: what was done is kept")))
    }

    /// Settles a chat after `movers` have moved, or have been erased, as far as one comes in 10 s; answers whether that
    /// was all. Enqueues `news` as well.
    ///
    /// # Errors
    /// When a table or a queue does not answer; what was done stays done.
    pub async fn settle_some(
        &self,
        chat_id: ChatId,
        movers: &[UserId],
        mut news: Vec<DeliveryJob>,
        now: Timestamp,
    ) -> Result<bool, JobError> {
        let (started, mut raised) = (Instant::now(), Marks::default());
        let settled = loop {
            if started.elapsed() >= PATIENCE {
                break false;
            }
            // Read after the movers' marks were written: whoever made somebody else the holder did so in a
            // transaction that saw the holder's row unmoved, so if that is a mover, it shows here.
            let Some(head) = self.chats.head(chat_id).await? else {
                return Err(JobError::new(format!("chat {chat_id} has no head")));
            };
            let Some(mover) = movers.iter().copied().find(|mover| head.lowest.depend_on(*mover)) else { break true };
            let Some(target) = self.lowest_now(chat_id, &head).await? else { break true };
            let round = Round { chat_id, head: &head, mover, now };
            let reached = self.step(&round, target, &mut raised, &mut news).await?;
            self.deliveries.enqueue_all(chat_id, &std::mem::take(&mut news)).await?;
            let holders = if reached == target { HolderCheck::Checked } else { HolderCheck::Unchecked };
            match self.chats.settle(chat_id, &reached, holders).await? {
                SettleOutcome::Written if reached == target => break true,
                SettleOutcome::Written => {}
                SettleOutcome::Overtaken => tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=50))).await,
            }
        };
        self.deliveries.enqueue_all(chat_id, &news).await?;
        Ok(settled)
    }

    /// The lowest marks of those who still have an account; nothing when there is but one of them. Nobody is left then to
    /// receive or to read, and what was not read stays what it was.
    async fn lowest_now(&self, chat_id: ChatId, head: &Head) -> Result<Option<LowestMarks>, JobError> {
        let Some(chat) = self.chats.chat(chat_id).await? else {
            return Err(JobError::new(format!("chat {chat_id} does not exist")));
        };
        let members = self.chats.members(chat_id, &head.roster.members(&chat)).await?;
        Ok(head.roster.lowest_marks(&members))
    }

    /// Does what it means that the lowest marks move towards `target`, for at most [`STEP`] messages each, and adds what
    /// senders are to be told to `news`; returns the marks that this reaches. Short of the target, the mover stays the
    /// holder, so that a retry goes on.
    async fn step(
        &self,
        round: &Round<'_>,
        target: LowestMarks,
        raised: &mut Marks,
        news: &mut Vec<DeliveryJob>,
    ) -> Result<LowestMarks, JobError> {
        let (head, mover) = (round.head, round.mover);
        let before = head.lowest.marks();
        // Members were read after the head, so they may be past it: that is for the next round, with the next head.
        let limit = |from: Watermark| from.plus(STEP).min(head.last_seq);
        let read = target.read.mark.min(limit(before.read)).max(before.read);
        // What is read is delivered, so only what lies beyond it is raised to delivered.
        let already = before.delivered.max(read);
        let delivered = target.delivered.mark.min(limit(already)).max(already);

        news.extend(self.raise(round, (before.read.max(raised.read), read), Status::Read).await?);
        raised.read = raised.read.max(read);
        news.extend(self.raise(round, (already.max(raised.delivered), delivered), Status::Delivered).await?);
        raised.delivered = raised.delivered.max(delivered);

        let reached = |mark: Watermark, target: LowestMark| {
            // Who has been erased holds nothing: then anybody's move goes on with it.
            let mover = Some(mover).filter(|mover| head.roster.counts_for_lowest_marks(*mover));
            if mark == target.mark { target } else { LowestMark { mark, holder: mover } }
        };
        Ok(LowestMarks { delivered: reached(delivered, target.delivered), read: reached(read, target.read) })
    }

    /// Raises the messages of a range to `status`; returns the job that tells their senders.
    async fn raise(
        &self,
        round: &Round<'_>,
        (after, upto): (Watermark, Watermark),
        status: Status,
    ) -> Result<Option<DeliveryJob>, JobError> {
        let Ok(seq) = Seq::try_from(upto.place()) else { return Ok(None) };
        if after >= upto {
            return Ok(None);
        }
        let Round { chat_id, head, mover: user_id, now: timestamp } = *round;
        let passed = self.messages.between(chat_id, head, after, upto).await?;
        if passed.is_empty() {
            return Ok(None);
        }
        stream::iter(&passed)
            .map(|message| self.messages.raise_status(message.message_id, status))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        let event = StatusEvent { chat_id, seq, status, user_id, everyone: true, timestamp };
        Ok(Some(DeliveryJob::of_status(event, senders_of(&passed).into_iter().collect(), None)))
    }
}

fn senders_of(messages: &[Message]) -> BTreeSet<UserId> {
    messages.iter().map(|message| message.sender_id).collect()
}
