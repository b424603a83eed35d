//! Step 6: the end of a round. Failed devices get jobs, gone devices are deleted, and the members' marks move.
//!
//! A crash before a mark moves repeats the member's pushes, and the phone shows each once.

use futures::{StreamExt, stream};
use paloma::domain::Watermark;
use paloma::queue::{BADGE_WAIT, GRACE, JobError, MissingChat, NotificationJob};

use crate::content::PushContent;
use crate::delivery::{DEVICE_RETRY_WAIT, log_retry, not_reached};
use crate::phones::PushedMember;
use crate::pusher::{AT_ONCE, Pusher};
use crate::report::PushReport;
use crate::round::{Crossing, Round, RoundEnd, Scope};

impl Pusher {
    pub(crate) async fn settle(
        &self,
        round: &Round<'_>,
        content: &PushContent,
        pushed: &[PushedMember],
        report: &mut PushReport,
    ) -> RoundEnd {
        let settled: Vec<_> = stream::iter(pushed)
            .map(async |pushed| (pushed.member.user_id, self.settle_member(round, content, pushed).await))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut crossing = Crossing::default();
        for (user_id, result) in settled {
            match result {
                Ok(Some(by)) => {
                    crossing.users.push(user_id);
                    crossing.by = crossing.by.max(by);
                }
                Ok(None) => {}
                Err(error) => report.fail(error),
            }
        }
        if crossing.users.is_empty() { RoundEnd::Done } else { RoundEnd::Crossed(crossing) }
    }

    /// Returns the mark of the push that crossed this one, if any.
    async fn settle_member(
        &self,
        round: &Round<'_>,
        content: &PushContent,
        pushed: &PushedMember,
    ) -> Result<Option<Watermark>, JobError> {
        match round.scope {
            Scope::Members(_) => {
                self.hand_over_devices(round, content, pushed).await?;
                self.move_mark(content, pushed).await
            }
            Scope::Device { .. } => {
                self.require_delivery(pushed).await?;
                self.newer_mark(content, pushed).await
            }
        }
    }

    /// Enqueues a job for each device that is still to be served, so that the member's mark may move.
    async fn hand_over_devices(
        &self,
        round: &Round<'_>,
        content: &PushContent,
        pushed: &PushedMember,
    ) -> Result<(), JobError> {
        let (chat_id, message) = (content.chat_id, &content.message);
        for (device, outcome) in &pushed.outcomes {
            let Some(cause) = self.retry_cause(device, outcome, pushed.looked_up_at).await? else { continue };
            log_retry(device, cause);
            let retry = NotificationJob::Notify(round.job.on_device(device, message.clone(), content.version));
            self.notifications.enqueue_after(DEVICE_RETRY_WAIT, chat_id, &retry).await?;
        }
        // The mark will cover the newest message. A phone that has acknowledged only the job's message has the grace
        // period to acknowledge the newest.
        for device in &pushed.behind {
            let later = NotificationJob::Notify(round.job.on_device(device, message.clone(), content.version));
            self.notifications.enqueue_after(GRACE, chat_id, &later).await?;
        }
        Ok(())
    }

    /// Moves the member's `pushedSeq`. If another push has moved it during this round, the order of the two on the
    /// phone is unknown: then returns the newer of the two marks. A push of the same version of the same message is no
    /// crossing.
    async fn move_mark(&self, content: &PushContent, pushed: &PushedMember) -> Result<Option<Watermark>, JobError> {
        let (chat_id, member) = (content.chat_id, &pushed.member);
        let (seq, version) = (content.message.seq, content.version);
        let before = self.chats.mark_pushed(chat_id, member.user_id, (seq, version)).await?;
        // A receipt during this push found no push before it, and has enqueued no correction of the badge.
        if before.marks.read > member.marks.read {
            let badge = NotificationJob::correct_badge(chat_id, member.user_id, before.marks.read);
            self.notifications.enqueue_after(BADGE_WAIT, chat_id, &badge).await?;
        }
        let is_crossed = before.pushed() != member.pushed() && before.pushed() != (seq.into(), version);
        Ok(is_crossed.then(|| before.pushed_seq.max(seq.into())))
    }

    /// Fails the job of a single device if the device was not reached.
    async fn require_delivery(&self, pushed: &PushedMember) -> Result<(), JobError> {
        for (device, outcome) in &pushed.outcomes {
            if let Some(cause) = self.retry_cause(device, outcome, pushed.looked_up_at).await? {
                return Err(not_reached(device, cause));
            }
        }
        Ok(())
    }

    /// The member's mark, if a push of a later message has moved it during this round.
    async fn newer_mark(&self, content: &PushContent, pushed: &PushedMember) -> Result<Option<Watermark>, JobError> {
        let (chat_id, user_id) = (content.chat_id, pushed.member.user_id);
        let found = self.chats.head_and_members(chat_id, &[user_id]).await?;
        let (_, members) = found.ok_or(MissingChat::Head(chat_id))?;
        let (seq, version) = (content.message.seq, content.version);
        let newer = members.first().filter(|member| member.pushed() > (seq.into(), version));
        Ok(newer.map(|member| member.pushed_seq))
    }
}
