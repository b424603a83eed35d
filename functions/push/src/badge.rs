//! Correcting badges: a user has read on one device what the others count on their icon.
//!
//! A job that comes due looks at the user's chats as they are then, so the first of several corrects for all: for all
//! receipts until then, in all chats. It notes in the members' rows (`badgeSeq`) up to where, by which the others, and
//! replays, find that nothing is left to do. A receipt that comes later has a job that waits [`BADGE_WAIT`] anew, so a
//! user's phones get at most one correction in that time.
//!
//! [`BADGE_WAIT`]: paloma::queue::BADGE_WAIT

use std::time::Instant as Started;

use futures::future::try_join_all;
use paloma::domain::{ChatId, Device, DomainEvent, Member, PushFailure, Timestamp};
use paloma::metrics::{elapsed_ms, if_any};
use paloma::queue::{BadgeJob, JobError, NotificationJob};
use tokio::time::Instant;

use crate::Pusher;
use crate::outcome::TRY_AGAIN_AFTER;
use crate::payload;
use crate::person::Fate;

impl Pusher {
    /// Corrects the badges of a user's phones, but of those that have read themselves.
    pub(crate) async fn correct_badge(
        &self,
        job: &BadgeJob,
        last_try: bool,
        deadline: Instant,
    ) -> Result<(), JobError> {
        let (started, at) = (Started::now(), Timestamp::now());
        let Some(member) = self.owed(job).await? else {
            log(job, "nobody needs it", &[], started);
            return Ok(());
        };
        let has_read = |device: &Device| member.device_marks.of(device.device_id).read >= member.marks.read;
        let owes = |device: &Device| match job.device_id {
            Some(only) => device.device_id == only && !has_read(device),
            None => member.needs_badge_correction(device.device_id),
        };
        let devices = self.devices_of(job.user_id).await?;
        if !devices.iter().any(owes) {
            log(job, "nobody needs it", &[], started);
            return Ok(());
        }
        let unread = self.unread_of(job.user_id, job.chat_id).await?;
        let owing = |device: &Device| {
            unread.corrected.iter().any(|(_, member)| member.needs_badge_correction(device.device_id))
        };
        let to_tell: Vec<_> = match job.device_id {
            Some(_) => devices.into_iter().filter(owes).collect(),
            None => devices.into_iter().filter(owing).collect(),
        };
        let push = |device: &Device| payload::badge(device.platform, job.chat_id, member.marks.read, unread.count);
        let told = self.push_to(to_tell, push, deadline).await;
        self.conclude_badge(job, &told, at, last_try).await?;
        if job.device_id.is_none() {
            self.mark_corrected(job, &unread.corrected).await?;
        }
        log(job, "badge corrected", &told, started);
        Ok(())
    }

    /// The member, if a correction has not come this far already.
    async fn owed(&self, job: &BadgeJob) -> Result<Option<Member>, JobError> {
        let Some((_, members)) = self.chats.head_and_members(job.chat_id, &[job.user_id]).await? else {
            return Err(JobError::new(format!("chat {} has no head", job.chat_id)));
        };
        let owed = |member: &Member| job.device_id.is_some() || member.badge_seq < job.read_seq;
        Ok(members.into_iter().next().filter(owed))
    }

    /// Gives each device that failed a job of its own, and forgets those that are gone. The job of one device fails with
    /// it.
    async fn conclude_badge(
        &self,
        job: &BadgeJob,
        told: &[(Device, Fate)],
        at: Timestamp,
        last_try: bool,
    ) -> Result<(), JobError> {
        let gone = told.iter().filter_map(|(device, fate)| match fate {
            Fate::Gone(reason) => Some(failed(job, device, reason, true, at)),
            Fate::Failed(reason) => last_try.then(|| failed(job, device, reason, false, at)),
            Fate::Taken => None,
        });
        self.announce(gone.collect()).await?;
        for (device, fate) in told {
            let reason = match fate {
                Fate::Taken => continue,
                Fate::Gone(_) if self.devices.forget(device, at).await? => continue,
                Fate::Gone(reason) | Fate::Failed(reason) => reason,
            };
            if job.device_id.is_some() {
                return Err(JobError::new(format!("device {} of {}: {reason}", device.device_id, device.user_id)));
            }
            tracing::warn!(stage = "push", outcome = "put off", deviceId = %device.device_id, cause = reason);
            let again = BadgeJob { device_id: Some(device.device_id), ..job.clone() };
            let again = NotificationJob::Badge(again);
            self.notifications.enqueue_after(TRY_AGAIN_AFTER, job.chat_id, &again).await?;
        }
        Ok(())
    }

    /// Notes how far the user had read in each chat when the badge was computed. The job's own chat is the last: its mark
    /// says that the others are there.
    async fn mark_corrected(&self, job: &BadgeJob, corrected: &[(ChatId, Member)]) -> Result<(), JobError> {
        let mark =
            |(chat_id, member): &(ChatId, Member)| self.chats.mark_badge(*chat_id, member.user_id, member.marks.read);
        let (own, others): (Vec<_>, Vec<_>) = corrected.iter().partition(|(chat_id, _)| *chat_id == job.chat_id);
        try_join_all(others.into_iter().map(mark)).await?;
        try_join_all(own.into_iter().map(mark)).await?;
        Ok(())
    }
}

fn failed(job: &BadgeJob, device: &Device, reason: &str, forgotten: bool, at: Timestamp) -> DomainEvent {
    let (user_id, device_id) = (device.user_id, device.device_id);
    let what = PushFailure { message_id: None, user_id, device_id, reason: reason.to_owned(), forgotten };
    DomainEvent::push_failed(format!("{}/{}/badge", job.chat_id, job.read_seq), what, at)
}

fn log(job: &BadgeJob, outcome: &str, told: &[(Device, Fate)], started: Started) {
    let count = |is: fn(&Fate) -> bool| told.iter().filter(|(_, fate)| is(fate)).count() as u64;
    tracing::info!(
        stage = "push",
        outcome,
        chatId = %job.chat_id,
        userId = %job.user_id,
        readSeq = job.read_seq.place(),
        badgesSent = count(|fate| *fate == Fate::Taken),
        gone = count(|fate| matches!(fate, Fate::Gone(_))),
        PushesFailed = if_any(count(|fate| matches!(fate, Fate::Failed(_)))),
        durationMs = elapsed_ms(started),
    );
}
