//! What follows when phones have been told, or not: jobs for those that failed, the bus, and the marks.

use std::time::Duration;

use paloma::domain::{DeviceId, DomainEvent, PushFailure, PushTold, Timestamp};
use paloma::queue::{JobError, Notification, NotificationJob, Whose};
use tokio::time::Instant;

use crate::Pusher;
use crate::news::News;
use crate::person::{Fate, Told};
use crate::recipients::Waiting;

/// How long a device that failed is left alone.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// How long the bus is left alone when it does not answer.
const ANNOUNCE_AFTER: Duration = Duration::from_secs(5);

impl Pusher {
    /// Concludes a round: what was done is kept, whatever failed beside it. Answers whom a newer push has crossed.
    pub(crate) async fn conclude(
        &self,
        job: &Notification,
        news: &News,
        told: Vec<Result<Told, JobError>>,
        last_try: bool,
        tally: &mut Tally,
    ) -> Result<Vec<Waiting>, JobError> {
        let (mut crossed, mut failure) = (Vec::new(), None);
        for told in told {
            let concluded = match told {
                Ok(told) => self.conclude_person(job, news, &told, last_try, tally).await,
                Err(error) => Err(error),
            };
            match concluded {
                Ok(again) => crossed.extend(again),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(crossed), Err)
    }

    async fn conclude_person(
        &self,
        job: &Notification,
        news: &News,
        told: &Told,
        last_try: bool,
        tally: &mut Tally,
    ) -> Result<Option<Waiting>, JobError> {
        let user_id = told.person.user_id;
        let (mut taken, mut events, mut failure) = (false, Vec::new(), None);
        tally.without_device += u64::from(told.devices.is_empty());
        for (device_id, fate) in &told.devices {
            match fate {
                Fate::Taken => {
                    tally.sent += 1;
                    taken = true;
                    events.push(sent(news, told, *device_id));
                }
                Fate::Gone(reason) => {
                    tally.gone += 1;
                    events.push(failed(news, told, *device_id, reason, true));
                }
                Fate::Failed(reason) if told.person.device_id.is_none() => {
                    tally.failed += 1;
                    tracing::warn!(stage = "push", outcome = "put off", deviceId = %device_id, cause = reason);
                    let whose = Whose::Device { user_id, device_id: *device_id };
                    let again = NotificationJob::Notify(Notification { whose, ..job.clone() });
                    self.notifications.enqueue_after(TRY_AGAIN_AFTER, job.chat_id, &again).await?;
                }
                Fate::Failed(reason) => {
                    tally.failed += 1;
                    if last_try {
                        events.push(failed(news, told, *device_id, reason, false));
                    }
                    failure = Some(JobError::new(format!("device {device_id} of {user_id}: {reason}")));
                }
            }
        }
        self.announce(events).await?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        if !taken {
            return Ok(None);
        }
        // Last: who dies before it pushes once more, which the phone shows once.
        let mark = self.chats.mark_pushed(news.chat_id, user_id, news.message.seq).await?;
        Ok((mark > news.message.seq.into()).then_some(told.person))
    }

    /// Tells the bus; when it does not answer, later, in a job of its own: nobody is pushed to again for its sake.
    async fn announce(&self, events: Vec<DomainEvent>) -> Result<(), JobError> {
        if events.is_empty() {
            return Ok(());
        }
        let Err(error) = self.bus.tell(&events).await else { return Ok(()) };
        tracing::warn!(stage = "push", outcome = "not announced yet", cause = %error);
        for event in events {
            let job = NotificationJob::Announce(event);
            self.notifications.enqueue_after(ANNOUNCE_AFTER, "announcements", &job).await?;
        }
        Ok(())
    }
}

fn sent(news: &News, told: &Told, device_id: DeviceId) -> DomainEvent {
    let what = PushTold {
        chat_id: news.chat_id,
        message_id: news.message.message_id,
        seq: news.message.seq,
        user_id: told.person.user_id,
        device_id,
        badge: told.badge,
    };
    DomainEvent::push_sent(what, Timestamp::now())
}

fn failed(news: &News, told: &Told, device_id: DeviceId, reason: &str, forgotten: bool) -> DomainEvent {
    let (message_id, user_id) = (news.message.message_id, told.person.user_id);
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
    without_device: u64,
}

impl Tally {
    /// The line that a job writes, however it ends.
    pub fn log(&self, job: &Notification, started: Instant) {
        let outcome = match self {
            Self { failed: 1.., .. } => "some not pushed",
            Self { sent: 1.., .. } => "pushed",
            Self { gone: 1.., .. } => "devices gone",
            Self { without_device: 1.., .. } => "no device",
            _ => "nobody needs it",
        };
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
            sinceAcceptedMs = job.accepted_at.millis_until(Timestamp::now()),
            durationMs = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        );
    }
}
