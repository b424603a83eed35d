//! Consumes the notifications queue: tells phones what their owners have not acknowledged (invariant 8).
//!
//! 1. who still needs it (`recipients`): not acknowledged, not muted, not pushed already for this or a later message;
//! 2. what there is to tell (`news`): the chat as it is now, not as it was when the job was made;
//! 3. their badge, and a push to each of their devices (`person`), as its platform wants it (`payload`); a device that
//!    SNS calls gone is forgotten;
//! 4. what follows (`outcome`): a device that failed gets a job of its own, so that nobody else waits for it or is
//!    pushed to twice; the bus is told; the member's mark `pushedSeq` moves.
//!
//! Pushes about one chat replace each other on the phone, so the last one must be the newest. Jobs come in any order
//! and several at once; whoever finds at step 4 that a newer push went out meanwhile tells the newest again.

mod news;
mod outcome;
mod payload;
mod person;
mod recipients;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::bus::Bus;
use paloma::domain::ChatId;
use paloma::phones::Phones;
use paloma::queue::{Batch, Job, JobError, Notification, NotificationJob, Queue, Source};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Chats, Devices, Users};
use tokio::time::Instant;

use crate::news::News;
use crate::outcome::Tally;

/// How many people are pushed to at once.
const AT_ONCE: usize = 64;

/// How often somebody is told again because a newer push crossed with theirs.
const MOST_ROUNDS: usize = 3;

/// How long SNS is waited for in one invocation, which may take 60 s. Whom it has not reached by then, gets a job of
/// their own.
const PATIENCE: Duration = Duration::from_secs(25);

/// What push works with.
#[derive(Debug, Clone)]
pub struct Pusher {
    chats: Chats,
    users: Users,
    devices: Devices,
    phones: Phones,
    notifications: Queue<NotificationJob>,
    bus: Bus,
    source: Source,
    with_content: bool,
}

impl Pusher {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            chats: environment.chats()?,
            users: environment.users()?,
            devices: environment.devices()?,
            phones: environment.phones(),
            notifications: environment.notifications()?,
            bus: environment.bus()?,
            source: environment.source("NOTIFICATIONS")?,
            with_content: environment.flag("PUSH_CONTENT")?,
        })
    }

    /// Consumes a batch.
    ///
    /// # Errors
    /// Never by itself: what fails is told item by item.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let deadline = Instant::now() + PATIENCE;
        let mut batch = Batch::decode(event.payload);
        let done = join_all(by_chat(&batch.jobs).into_values().map(async |jobs| {
            let mut done = Vec::new();
            for job in jobs {
                done.push((job.id.clone(), self.consume(job, deadline).await));
            }
            done
        }))
        .await;
        for (id, result) in done.into_iter().flatten() {
            if let Err(error) = result {
                batch.fail(id, error);
            }
        }
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Does one job. Whoever SNS has not been asked about by the deadline is tried again later.
    ///
    /// # Errors
    /// When a table or a queue does not answer, or when the one device that the job is about cannot be reached.
    pub async fn consume(&self, job: &Job<NotificationJob>, deadline: Instant) -> Result<(), JobError> {
        match &job.work {
            NotificationJob::Notify(notification) => self.notify(notification, job.is_last_try(), deadline).await,
            NotificationJob::Announce(event) => Ok(self.bus.tell(std::slice::from_ref(event)).await?),
        }
    }

    async fn notify(&self, job: &Notification, last_try: bool, deadline: Instant) -> Result<(), JobError> {
        let (started, mut tally) = (Instant::now(), Tally::default());
        let notified = self.notify_all(job, last_try, deadline, &mut tally).await;
        tally.log(job, started);
        notified
    }

    async fn notify_all(
        &self,
        job: &Notification,
        last_try: bool,
        deadline: Instant,
        tally: &mut Tally,
    ) -> Result<(), JobError> {
        let mut waiting = recipients::waiting(&self.chats, job).await?;
        for _ in 0..MOST_ROUNDS {
            if waiting.is_empty() {
                break;
            }
            let news = News::of(job, &self.chats, &self.users, self.with_content).await?;
            let told: Vec<_> = stream::iter(waiting)
                .map(|person| self.tell(&news, person, deadline))
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            waiting = self.conclude(job, &news, told, last_try, tally).await?;
        }
        Ok(())
    }
}

/// The jobs by chat, the newest message first.
fn by_chat(jobs: &[Job<NotificationJob>]) -> BTreeMap<Option<ChatId>, Vec<&Job<NotificationJob>>> {
    let mut chats: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for job in jobs {
        let chat_id = match &job.work {
            NotificationJob::Notify(notification) => Some(notification.chat_id),
            NotificationJob::Announce(_) => None,
        };
        chats.entry(chat_id).or_default().push(job);
    }
    for jobs in chats.values_mut() {
        jobs.sort_by_key(|job| match &job.work {
            NotificationJob::Notify(notification) => std::cmp::Reverse(u64::from(notification.message.seq)),
            NotificationJob::Announce(_) => std::cmp::Reverse(0),
        });
    }
    chats
}
