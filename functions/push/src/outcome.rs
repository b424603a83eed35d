//! What follows when phones have been told, or not: the bus, the marks, and jobs for those that failed.

use std::time::Duration;

use paloma::domain::{DomainEvent, PushFailure, PushTold, Timestamp};
use paloma::queue::{JobError, Notification, NotificationJob, Whose};
use tokio::time::Instant;

use crate::Pusher;
use crate::person::{Fate, Told};

/// How long a device that failed is left alone.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// How long the bus is left alone when it does not answer.
const ANNOUNCE_AFTER: Duration = Duration::from_secs(5);

/// How the devices of one job fared.
#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    gone: u64,
    failed: u64,
    without_device: u64,
}

impl Pusher {
    /// Concludes a job: what was done is kept, whatever failed beside it.
    pub(crate) async fn conclude(
        &self,
        notification: &Notification,
        told: Vec<Result<Told, JobError>>,
        last_try: bool,
        started: Instant,
    ) -> Result<(), JobError> {
        let mut tally = Tally::default();
        let mut failure = None;
        for told in told {
            let concluded = match told {
                Ok(told) => self.conclude_person(notification, &told, last_try, &mut tally).await,
                Err(error) => Err(error),
            };
            failure = failure.or(concluded.err());
        }
        log(notification, &tally, started);
        failure.map_or(Ok(()), Err)
    }

    async fn conclude_person(
        &self,
        notification: &Notification,
        told: &Told,
        last_try: bool,
        tally: &mut Tally,
    ) -> Result<(), JobError> {
        let now = Timestamp::now();
        let is_alone = matches!(notification.whose, Whose::Device { .. });
        let (message_id, user_id) = (notification.message.message_id, told.user_id);
        let (mut taken, mut events, mut failure) = (false, Vec::new(), None);
        tally.without_device += u64::from(told.devices.is_empty());
        for (device_id, fate) in &told.devices {
            let failed = |reason: &str, forgotten| {
                let (device_id, reason) = (*device_id, reason.to_owned());
                let what = PushFailure { message_id: Some(message_id), user_id, device_id, reason, forgotten };
                DomainEvent::push_failed(message_id, what, now)
            };
            match fate {
                Fate::Taken => {
                    tally.sent += 1;
                    taken = true;
                    let Notification { chat_id, message, .. } = notification;
                    let (chat_id, seq, device_id, badge) = (*chat_id, message.seq, *device_id, told.badge);
                    let what = PushTold { chat_id, message_id, seq, user_id, device_id, badge };
                    events.push(DomainEvent::push_sent(what, now));
                }
                Fate::Gone(reason) => {
                    tally.gone += 1;
                    events.push(failed(reason, true));
                }
                Fate::Failed(reason) => {
                    tally.failed += 1;
                    if !is_alone {
                        let whose = Whose::Device { user_id, device_id: *device_id };
                        let again = NotificationJob::Notify(Notification { whose, ..notification.clone() });
                        self.notifications.enqueue_after(TRY_AGAIN_AFTER, notification.chat_id, &again).await?;
                        continue;
                    }
                    if last_try {
                        events.push(failed(reason, false));
                    }
                    failure = Some(JobError::new(format!("device {device_id} of {user_id}: {reason}")));
                }
            }
        }
        self.announce(events).await?;
        if taken {
            // Last: who dies before it pushes once more, which the phone shows once.
            self.chats.mark_pushed(notification.chat_id, user_id, notification.message.seq).await?;
        }
        failure.map_or(Ok(()), Err)
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

fn log(notification: &Notification, tally: &Tally, started: Instant) {
    let outcome = match tally {
        Tally { failed: 1.., .. } => "some not pushed",
        Tally { sent: 1.., .. } => "pushed",
        Tally { gone: 1.., .. } => "devices gone",
        Tally { without_device: 1.., .. } => "no device",
        _ => "nobody needs it",
    };
    tracing::info!(
        stage = "push",
        outcome,
        chatId = %notification.chat_id,
        messageId = %notification.message.message_id,
        seq = u64::from(notification.message.seq),
        sent = tally.sent,
        gone = tally.gone,
        failed = tally.failed,
        withoutDevice = tally.without_device,
        sinceAcceptedMs = notification.accepted_at.millis_until(Timestamp::now()),
        durationMs = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
}
