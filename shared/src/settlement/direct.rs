//! Direct chats, where each receipt changes the status of the other member's messages at once.

use std::time::Instant;

use super::{STEP_MESSAGES, Settlement, TIME_LIMIT, unfinished};
use crate::domain::{
    ChatId, Head, LowestMark, LowestMarks, Member, Receipt, Seq, Status, StatusEvent, Timestamp, UserId, Watermark,
};
use crate::queue::{DeliveryJob, JobError, MissingChat};
use crate::store::{HolderCheck, SettleOutcome, Sharing};

impl Settlement {
    /// Raises the status of the other member's messages in this range, which `reader` has received or read. Those of a
    /// block, outside of the reader's windows, keep theirs. Returns the mark reached within 10 s, and the last message
    /// that it raised.
    ///
    /// # Errors
    /// Those of the table and its index. A retry raises the rest.
    pub async fn raise_for(
        &self,
        (chat_id, head): (ChatId, &Head),
        reader: &Member,
        (after, upto): (Watermark, Watermark),
        status: Status,
    ) -> Result<(Watermark, Option<Seq>), JobError> {
        let (started, mut reached, mut last) = (Instant::now(), after, None);
        while reached < upto && started.elapsed() < TIME_LIMIT {
            let step = reached.plus(STEP_MESSAGES).min(upto);
            let mut passed = self.messages.between(chat_id, head, reached, step).await?;
            passed.retain(|message| message.sender_id != reader.user_id && reader.windows.shows(message.seq));
            self.raise_all(passed.iter().map(|message| message.message_id), status).await?;
            last = passed.last().map(|message| message.seq).or(last);
            reached = step;
        }
        Ok((reached, last))
    }

    /// Sending is reading: moves the marks of a sender past message `seq`, raises the messages of the other member
    /// before it, and delivers their tick. A sender who shares no read receipts has only received them. The marks move
    /// last, so a retry continues after them.
    ///
    /// # Errors
    /// Also when it takes more than 10 s. Then a retry continues.
    pub async fn read_by_sending(
        &self,
        chat_id: ChatId,
        head: &Head,
        (sender, seq): (&Member, Seq),
        sharing: Sharing,
    ) -> Result<(), JobError> {
        let (after, status) = match sharing {
            Sharing::Hidden => (sender.marks.delivered, Status::Delivered),
            Sharing::Shared => (sender.shared_read(), Status::Read),
        };
        let range = (after, Watermark::from(seq));
        let (reached, last) = self.raise_for((chat_id, head), sender, range, status).await?;
        if let Some((last, other)) = last.zip(head.roster.correspondent(sender.user_id)) {
            let (user_id, timestamp) = (sender.user_id, Timestamp::now());
            let jobs: Vec<_> = sender
                .windows
                .segments((range.0, last.into()))
                .map(|(from, seq)| {
                    let event = StatusEvent { chat_id, seq, from, status, user_id, everyone: true, timestamp };
                    DeliveryJob::of_status(event, vec![other], None)
                })
                .collect();
            self.ticks.deliver(chat_id, &jobs).await?;
        }
        if let Ok(reached) = Seq::try_from(reached.as_u64()) {
            self.chats.advance(chat_id, sender.user_id, sender, Receipt::Read, (reached, None), sharing).await?;
        }
        if reached < range.1 {
            return Err(unfinished(chat_id));
        }
        Ok(())
    }

    /// Settles a chat after the erasure of a member, before the member's row is deleted. In a group, messages may no
    /// longer wait for this member. In a direct chat the head keeps the member's marks and windows, so that no tick
    /// changes.
    /// Returns `false` if more remains to do.
    ///
    /// # Errors
    /// Those of the tables and of the queue. A retry continues.
    pub async fn settle_erased(&self, chat_id: ChatId, user: UserId) -> Result<bool, JobError> {
        let head = self.chats.head(chat_id).await?.ok_or(MissingChat::Head(chat_id))?;
        if !head.roster.is_direct() {
            return self.settle_some(chat_id, &[user], Vec::new(), Timestamp::now()).await;
        }
        if let Some(member) = self.chats.member(chat_id, user).await? {
            if !member.windows.is_unlimited() {
                self.chats.keep_windows(chat_id, &member.windows).await?;
            }
            let kept = |mark| LowestMark { mark, holder: None };
            let marks = head.shared_marks(&member).max(head.lowest.marks());
            let marks = LowestMarks { delivered: kept(marks.delivered), read: kept(marks.read) };
            let outcome = self.chats.settle(chat_id, &marks, (HolderCheck::Unchecked, head.roster.version())).await?;
            return Ok(outcome == SettleOutcome::Written);
        }
        Ok(true)
    }
}
