//! Corrects badges: a user has read on one device, and the others still count those messages.
//!
//! A correction reads the user's chats as they are when it runs, so the first of several jobs corrects for all of them:
//! for all receipts until then, in all chats. It stores in the member rows (`badgeSeq`) up to which message it
//! corrected. The other jobs, and replays, then find nothing to do. A later receipt has a job that again waits
//! [`BADGE_WAIT`], so a phone gets at most one correction in that time.
//!
//! [`BADGE_WAIT`]: paloma::queue::BADGE_WAIT

use std::time::Instant as Started;

use futures::future::try_join_all;
use paloma::domain::{ChatId, Device, DomainEvent, Member, PushFailure, Timestamp};
use paloma::metrics::{elapsed_ms, if_any};
use paloma::queue::{BadgeJob, JobError, MissingChat, NotificationJob};
use paloma::store::Unread;
use tokio::time::Instant;

use crate::delivery::{DEVICE_RETRY_WAIT, DeliveryOutcome, log_retry, not_reached};
use crate::payload;
use crate::pusher::Pusher;

const NOT_NEEDED: &str = "not needed";

impl Pusher {
    /// Corrects the badge on a user's phones, except those that have read the messages themselves.
    pub(crate) async fn correct_badge(
        &self,
        job: &BadgeJob,
        is_last_try: bool,
        deadline: Instant,
    ) -> Result<(), JobError> {
        let (started, looked_up_at) = (Started::now(), Timestamp::now());
        let Some(member) = self.member_to_correct(job).await? else {
            log(job, NOT_NEEDED, &[], started);
            return Ok(());
        };
        let devices = self.devices_of(job.user_id).await?;
        if !devices.iter().any(|device| needs_correction(job, device, &member)) {
            log(job, NOT_NEEDED, &[], started);
            return Ok(());
        }
        let unread = self.unread_of(job.user_id, job.chat_id).await?;
        let devices = devices_to_correct(job, devices, &member, &unread);
        let push = |device: &Device| payload::badge(device.platform, job.chat_id, member.marks.read, unread.count);
        let outcomes = self.push_to_devices(devices, push, deadline).await;
        self.settle_badge(job, &outcomes, looked_up_at, is_last_try).await?;
        if job.device_id.is_none() {
            self.mark_corrected(job, &unread.badge_corrections).await?;
        }
        log(job, "badge corrected", &outcomes, started);
        Ok(())
    }

    /// The member, unless a correction already covers this job.
    async fn member_to_correct(&self, job: &BadgeJob) -> Result<Option<Member>, JobError> {
        let found = self.chats.head_and_members(job.chat_id, &[job.user_id]).await?;
        let (_, members) = found.ok_or(MissingChat::Head(job.chat_id))?;
        let is_due = |member: &Member| job.device_id.is_some() || member.badge_seq < job.read_seq;
        Ok(members.into_iter().next().filter(is_due))
    }

    /// Publishes the failures, deletes gone devices, and gives each failed device a job of its own. The job of a single
    /// device fails instead.
    async fn settle_badge(
        &self,
        job: &BadgeJob,
        outcomes: &[(Device, DeliveryOutcome)],
        looked_up_at: Timestamp,
        is_last_try: bool,
    ) -> Result<(), JobError> {
        let failures = outcomes.iter().filter_map(|(device, outcome)| match outcome {
            DeliveryOutcome::Gone(reason) => Some(failed(job, device, reason, true, looked_up_at)),
            DeliveryOutcome::Failed(reason) => is_last_try.then(|| failed(job, device, reason, false, looked_up_at)),
            DeliveryOutcome::Accepted => None,
        });
        self.publish(failures.collect()).await?;
        for (device, outcome) in outcomes {
            let Some(reason) = self.retry_reason(device, outcome, looked_up_at).await? else { continue };
            if job.device_id.is_some() {
                return Err(not_reached(device, reason));
            }
            log_retry(device, reason);
            let retry = NotificationJob::Badge(BadgeJob { device_id: Some(device.device_id), ..job.clone() });
            self.notifications.enqueue_after(DEVICE_RETRY_WAIT, job.chat_id, &retry).await?;
        }
        Ok(())
    }

    /// Stores for each chat how far the user had read when the badge was computed. The job's own chat comes last, so
    /// its mark proves that the others are stored.
    async fn mark_corrected(&self, job: &BadgeJob, corrected: &[(ChatId, Member)]) -> Result<(), JobError> {
        let mark = |(chat_id, member): &(ChatId, Member)| {
            self.chats.mark_badge_corrected(*chat_id, member.user_id, member.marks.read)
        };
        let (own, others): (Vec<_>, Vec<_>) = corrected.iter().partition(|(chat_id, _)| *chat_id == job.chat_id);
        try_join_all(others.into_iter().map(mark)).await?;
        try_join_all(own.into_iter().map(mark)).await?;
        Ok(())
    }
}

/// Whether this device counts messages of the job's chat that the user has read on another device.
fn needs_correction(job: &BadgeJob, device: &Device, member: &Member) -> bool {
    match job.device_id {
        Some(only) => device.device_id == only && member.device_marks.of(device.device_id).read < member.marks.read,
        None => member.needs_badge_correction(device.device_id),
    }
}

/// The devices that one correction serves: those that count read messages of any chat, since the badge is one number.
fn devices_to_correct(job: &BadgeJob, mut devices: Vec<Device>, member: &Member, unread: &Unread) -> Vec<Device> {
    devices.retain(|device| match job.device_id {
        Some(_) => needs_correction(job, device, member),
        None => unread.badge_corrections.iter().any(|(_, member)| member.needs_badge_correction(device.device_id)),
    });
    devices
}

fn failed(job: &BadgeJob, device: &Device, reason: &str, forgotten: bool, at: Timestamp) -> DomainEvent {
    let (user_id, device_id) = (device.user_id, device.device_id);
    let failure = PushFailure { message_id: None, user_id, device_id, reason: reason.to_owned(), forgotten };
    DomainEvent::push_failed(format!("{}/{}/badge", job.chat_id, job.read_seq), failure, at)
}

fn log(job: &BadgeJob, outcome: &str, outcomes: &[(Device, DeliveryOutcome)], started: Started) {
    let count = |is: fn(&DeliveryOutcome) -> bool| outcomes.iter().filter(|(_, outcome)| is(outcome)).count() as u64;
    tracing::info!(
        stage = "push",
        outcome,
        chatId = %job.chat_id,
        userId = %job.user_id,
        readSeq = job.read_seq.as_u64(),
        badgesSent = count(|outcome| *outcome == DeliveryOutcome::Accepted),
        gone = count(|outcome| matches!(outcome, DeliveryOutcome::Gone(_))),
        PushesFailed = if_any(count(|outcome| matches!(outcome, DeliveryOutcome::Failed(_)))),
        durationMs = elapsed_ms(started),
    );
}
