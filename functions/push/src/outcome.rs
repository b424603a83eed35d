//! What follows when phones have been told, or not: jobs for those that failed, the bus, and the marks.

use std::time::Duration;

use futures::{StreamExt, stream};
use paloma::bus::MOST_EVENTS;
use paloma::domain::{Device, DeviceId, DomainEvent, Member, PushDetail, PushFailure, Timestamp, UserId, Watermark};
use paloma::metrics::{elapsed_ms, if_any};
use paloma::queue::{BADGE_WAIT, BadgeJob, GRACE, JobError, Notification, NotificationJob, PushTarget};
use tokio::time::{Instant, timeout};

use crate::news::News;
use crate::person::{Fate, Told};
use crate::{AT_ONCE, Pusher};

/// How long a device that failed is left alone.
pub(crate) const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// How long the bus may take for all events of a round.
const BUS_PATIENCE: Duration = Duration::from_secs(5);

/// How long the bus is left alone when it does not answer.
const ANNOUNCE_AFTER: Duration = Duration::from_secs(5);

/// How a round ended.
#[derive(Debug, Default)]
pub(crate) struct Concluded {
    /// Whom a newer push has crossed, so that this one may lie over it.
    pub crossed: Vec<UserId>,
    /// How new the newest of those pushes was.
    pub mark: Watermark,
    /// The first failure; what was done beside it is kept.
    pub failure: Option<JobError>,
}

impl Pusher {
    /// Concludes a round: devices that failed get jobs of their own, the bus is told, and then the marks move. Whoever
    /// dies before that pushes once more, which the phone shows once.
    pub(crate) async fn conclude(
        &self,
        job: &Notification,
        news: &News,
        told: Vec<Result<Told, JobError>>,
        tally: &mut Tally,
    ) -> Concluded {
        let mut concluded = Concluded::default();
        let (told, failed): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
        concluded.failure = failed.into_iter().find_map(Result::err);
        let told: Vec<Told> = told.into_iter().flatten().collect();
        told.iter().for_each(|told| tally.count(told));
        if let Err(error) = self.announce(told.iter().flat_map(|told| events(news, told, false)).collect()).await {
            concluded.failure = Some(error);
            return concluded;
        }
        let marked: Vec<_> = stream::iter(told.iter().filter(|told| !told.devices.is_empty()))
            .map(async |told| (&told.person, self.hand_over_and_mark(job, news, told).await))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (person, before) in marked {
            match before {
                // Another push came between the decision and the mark: which of the two lies on top, nobody knows. Not
                // so when it was about the same message.
                Ok(Member { pushed_seq: before, .. })
                    if before != person.member.pushed_seq && before != news.message.seq.into() =>
                {
                    concluded.crossed.push(person.user_id());
                    concluded.mark = concluded.mark.max(before).max(news.message.seq.into());
                }
                Ok(_) => {}
                Err(error) => concluded.failure = concluded.failure.or(Some(error)),
            }
        }
        concluded
    }

    /// Gives each device that failed a job of its own, forgets those that are gone, and then moves the mark; answers where
    /// that stood.
    async fn hand_over_and_mark(&self, job: &Notification, news: &News, told: &Told) -> Result<Member, JobError> {
        for (device, fate) in &told.devices {
            let again = match fate {
                Fate::Taken => false,
                Fate::Gone(_) => !self.devices.forget(device, told.at).await?,
                Fate::Failed(reason) => {
                    tracing::warn!(stage = "push", outcome = "put off", deviceId = %device.device_id, cause = reason);
                    true
                }
            };
            if again {
                let target = PushTarget::Device { user_id: device.user_id, device_id: device.device_id };
                let again = Notification { target, message: news.message.clone(), ..job.clone() };
                let again = NotificationJob::Notify(again);
                self.notifications.enqueue_after(TRY_AGAIN_AFTER, job.chat_id, &again).await?;
            }
        }
        // The mark will say that the newest message needs no push any more. A phone that has acknowledged only the job's
        // message gets a job of its own for it, after the grace period.
        for device in &told.behind {
            let target = PushTarget::Device { user_id: device.user_id, device_id: device.device_id };
            let later = NotificationJob::Notify(Notification { target, message: news.message.clone(), ..job.clone() });
            self.notifications.enqueue_after(GRACE, job.chat_id, &later).await?;
        }
        let (chat_id, user_id) = (news.chat_id, told.person.user_id());
        let before = self.chats.mark_pushed(chat_id, user_id, news.message.seq).await?;
        // A read while this push went out saw no push that it had to correct.
        if before.marks.read > told.person.member.marks.read {
            let badge = BadgeJob { chat_id, user_id, read_seq: before.marks.read, device_id: None };
            self.notifications.enqueue_after(BADGE_WAIT, chat_id, &NotificationJob::Badge(badge)).await?;
        }
        Ok(before)
    }

    /// Concludes the job of one device. Its owner's mark has come to it already.
    pub(crate) async fn conclude_device(
        &self,
        news: &News,
        told: &Told,
        last_try: bool,
        tally: &mut Tally,
    ) -> Result<(), JobError> {
        tally.count(told);
        self.announce(events(news, told, last_try)).await?;
        for (device, fate) in &told.devices {
            let reason = match fate {
                Fate::Taken => continue,
                Fate::Gone(_) if self.devices.forget(device, told.at).await? => continue,
                Fate::Gone(reason) | Fate::Failed(reason) => reason,
            };
            return Err(JobError::new(format!("device {} of {}: {reason}", device.device_id, device.user_id)));
        }
        Ok(())
    }

    /// Tells the bus; when it does not answer, later, in jobs of their own: nobody is pushed to again for its sake.
    pub(crate) async fn announce(&self, events: Vec<DomainEvent>) -> Result<(), JobError> {
        if events.is_empty() {
            return Ok(());
        }
        let cause = match timeout(BUS_PATIENCE, self.bus.tell(&events)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(stage = "push", outcome = "not announced yet", cause);
        for events in events.chunks(MOST_EVENTS) {
            let job = NotificationJob::Publish { events: events.to_vec() };
            self.notifications.enqueue_after(ANNOUNCE_AFTER, "announcements", &job).await?;
        }
        Ok(())
    }
}

/// What the bus is told of somebody's devices; that one has failed, only when nobody will try again.
fn events(news: &News, told: &Told, last_try: bool) -> Vec<DomainEvent> {
    let event = |(device, fate): &(Device, Fate)| match fate {
        Fate::Taken => Some(sent(news, told, device.device_id)),
        Fate::Gone(reason) => Some(failed(news, told, device.device_id, reason, true)),
        Fate::Failed(reason) => last_try.then(|| failed(news, told, device.device_id, reason, false)),
    };
    told.devices.iter().filter_map(event).collect()
}

fn sent(news: &News, told: &Told, device_id: DeviceId) -> DomainEvent {
    let what = PushDetail {
        chat_id: news.chat_id,
        message_id: news.message.message_id,
        seq: news.message.seq,
        user_id: told.person.user_id(),
        device_id,
        badge: told.badge,
    };
    DomainEvent::push_sent(what, Timestamp::now())
}

fn failed(news: &News, told: &Told, device_id: DeviceId, reason: &str, forgotten: bool) -> DomainEvent {
    let (message_id, user_id) = (news.message.message_id, told.person.user_id());
    let reason = reason.to_owned();
    let what = PushFailure { message_id: Some(message_id), user_id, device_id, reason, forgotten };
    DomainEvent::push_failed(message_id, what, Timestamp::now())
}

/// How a job fared.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sent: u64,
    gone: u64,
    failed: u64,
    /// People who have no device.
    pub without_device: u64,
    /// People who needed none when their turn came.
    pub suppressed: u64,
}

impl Tally {
    fn count(&mut self, told: &Told) {
        for (_, fate) in &told.devices {
            match fate {
                Fate::Taken => self.sent += 1,
                Fate::Gone(_) => self.gone += 1,
                Fate::Failed(_) => self.failed += 1,
            }
        }
    }

    /// The line that a job writes, however it ends.
    pub fn log(&self, job: &Notification, started: Instant) {
        let outcome = match self {
            Self { failed: 1.., .. } => "some not pushed",
            Self { sent: 1.., .. } => "pushed",
            Self { gone: 1.., .. } => "devices gone",
            Self { without_device: 1.., .. } => "no device",
            _ => "nobody needs it",
        };
        let since_accepted = job.accepted_at.millis_until(Timestamp::now());
        tracing::info!(
            stage = "push",
            outcome,
            chatId = %job.chat_id,
            messageId = %job.message.message_id,
            seq = u64::from(job.message.seq),
            sent = self.sent,
            gone = self.gone,
            failed = self.failed,
            withoutDevice = self.without_device,
            sinceAcceptedMs = since_accepted,
            AcceptanceToPush = if_any(self.sent).map(|_| since_accepted),
            PushesSent = if_any(self.sent),
            PushesSuppressed = if_any(self.suppressed),
            PushesFailed = if_any(self.failed),
            durationMs = elapsed_ms(started),
        );
    }
}
