//! Settling a group after the marks of members have moved: its lowest marks rise, with them the status of messages, and
//! the senders get status events.
//!
//! Everything is computed from the members' rows and only moves forward, so it may run twice, late, or in two
//! invocations at once. The head is written last. A call that stops before that leaves the mover as the holder of the
//! lowest mark, so a retry continues. Within one call no message is raised twice and no event is delivered twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{STEP_MESSAGES, Settlement, TIME_LIMIT, unfinished};
use crate::domain::{
    ChatId, Head, LowestMark, LowestMarks, Marks, Message, Seq, Status, StatusEvent, Timestamp, UserId, Watermark,
};
use crate::queue::{DeliveryJob, JobError, MissingChat};
use crate::store::{HolderCheck, SettleOutcome};

/// The input of a step, as read before it.
struct StepInput<'a> {
    chat_id: ChatId,
    head: &'a Head,
    members: &'a BTreeSet<UserId>,
    /// A member with marks that have moved, or who has left, and who holds a lowest mark in the head.
    mover: UserId,
    now: Timestamp,
}

impl Settlement {
    /// Settles a group after the new marks of the members `movers` were written. Delivers `jobs` together with the
    /// status events, usually with one lookup.
    ///
    /// # Errors
    /// Also when it takes more than 10 s. The steps that are done stay done.
    pub async fn settle(
        &self,
        chat_id: ChatId,
        movers: &[UserId],
        jobs: Vec<DeliveryJob>,
        now: Timestamp,
    ) -> Result<(), JobError> {
        if self.settle_some(chat_id, movers, jobs, now).await? {
            return Ok(());
        }
        Err(unfinished(chat_id))
    }

    /// As [`Self::settle`], also after an erasure of `movers`. After 10 s it returns `false`, with the steps done so
    /// far.
    pub async fn settle_some(
        &self,
        chat_id: ChatId,
        movers: &[UserId],
        mut jobs: Vec<DeliveryJob>,
        now: Timestamp,
    ) -> Result<bool, JobError> {
        let (started, mut raised) = (Instant::now(), Marks::default());
        let settled = loop {
            if started.elapsed() >= TIME_LIMIT {
                break false;
            }
            // The head is read after the movers' marks were written. A transaction makes a member the holder only if
            // that member has not moved. So if a mover is a holder, this read shows it.
            let head = self.chats.head(chat_id).await?.ok_or(MissingChat::Head(chat_id))?;
            let Some(mover) = movers.iter().copied().find(|mover| head.lowest.depend_on(*mover)) else { break true };
            let (members, target) = self.lowest_now(chat_id, &head).await?;
            let Some(target) = target.filter(|target| *target != head.lowest) else { break true };
            let input = StepInput { chat_id, head: &head, members: &members, mover, now };
            let reached = self.step(&input, target, &mut raised, &mut jobs).await?;
            self.ticks.deliver(chat_id, &std::mem::take(&mut jobs)).await?;
            let holders = if reached == target { HolderCheck::Checked } else { HolderCheck::Unchecked };
            match self.chats.settle(chat_id, &reached, (holders, head.roster.version())).await? {
                SettleOutcome::Written if reached == target => break true,
                SettleOutcome::Written => {}
                SettleOutcome::Conflict => tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=50))).await,
            }
        };
        self.ticks.deliver(chat_id, &jobs).await?;
        Ok(settled)
    }

    /// The members now and their lowest marks; `None` for a chat with one member left, see
    /// [`Roster::lowest_marks`](crate::domain::Roster::lowest_marks). The members may be newer than the head. That
    /// harms nothing: a new member's marks are beyond the head's last message, and no message waits for a leaver.
    async fn lowest_now(
        &self,
        chat_id: ChatId,
        head: &Head,
    ) -> Result<(BTreeSet<UserId>, Option<LowestMarks>), JobError> {
        let chat = self.chats.chat(chat_id).await?.ok_or(MissingChat::Chat(chat_id))?;
        let users = head.roster.members(&chat);
        let members = self.chats.members(chat_id, &users).await?;
        Ok((users.into_iter().collect(), head.roster.lowest_marks(&members, &head.lowest)))
    }

    /// Raises the status of messages towards `target`, of at most [`STEP_MESSAGES`] for each mark, and adds the jobs
    /// for their senders to `jobs`. Returns the marks that this reaches. Below the target, the mover stays the holder,
    /// so that a retry continues.
    async fn step(
        &self,
        input: &StepInput<'_>,
        target: LowestMarks,
        raised: &mut Marks,
        jobs: &mut Vec<DeliveryJob>,
    ) -> Result<LowestMarks, JobError> {
        let (head, mover) = (input.head, input.mover);
        let before = head.lowest.marks();
        // The members were read after the head, so their marks may be higher than its `lastSeq`. The next call
        // continues with the next head.
        let limit = |from: Watermark| from.plus(STEP_MESSAGES).min(head.last_seq);
        let read = target.read.mark.min(limit(before.read)).max(before.read);
        // Messages that are read need no `delivered`.
        let already = before.delivered.max(read);
        let delivered = target.delivered.mark.min(limit(already)).max(already);

        jobs.extend(self.raise(input, (before.read.max(raised.read), read), Status::Read).await?);
        raised.read = raised.read.max(read);
        jobs.extend(self.raise(input, (already.max(raised.delivered), delivered), Status::Delivered).await?);
        raised.delivered = raised.delivered.max(delivered);

        let reached = |mark: Watermark, target: LowestMark| {
            // A user who has left cannot be a holder. Without a holder, the next move of any member continues.
            let mover = Some(mover).filter(|mover| input.members.contains(mover));
            if mark == target.mark { target } else { LowestMark { mark, holder: mover } }
        };
        Ok(LowestMarks { delivered: reached(delivered, target.delivered), read: reached(read, target.read) })
    }

    /// Raises the messages of a range to `status`; returns the job with the status event for their senders.
    async fn raise(
        &self,
        input: &StepInput<'_>,
        (after, upto): (Watermark, Watermark),
        status: Status,
    ) -> Result<Option<DeliveryJob>, JobError> {
        let Ok(seq) = Seq::try_from(upto.as_u64()) else { return Ok(None) };
        if after >= upto {
            return Ok(None);
        }
        let StepInput { chat_id, head, mover: user_id, now: timestamp, .. } = *input;
        let passed = self.messages.between(chat_id, head, after, upto).await?;
        if passed.is_empty() {
            return Ok(None);
        }
        self.raise_all(passed.iter().map(|message| message.message_id), status).await?;
        let event = StatusEvent { chat_id, seq, from: None, status, user_id, everyone: true, timestamp };
        let senders: Vec<_> = senders_of(&passed).intersection(input.members).copied().collect();
        Ok((!senders.is_empty()).then(|| DeliveryJob::of_status(event, senders, None)))
    }
}

/// The senders of these messages, except of system messages: those have no tick.
fn senders_of(messages: &[Message]) -> BTreeSet<UserId> {
    messages.iter().filter(|message| message.body.notice().is_none()).map(|message| message.sender_id).collect()
}
