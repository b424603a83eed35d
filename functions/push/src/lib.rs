//! Consumes the notifications queue: tells phones what their owners have not acknowledged (invariant 8).
//!
//! 1. of several messages in one chat the newest speaks for all (`batch`);
//! 2. who still needs it (`recipients`): not read, not muted, not pushed already for this or a later message;
//! 3. which of their phones (`person`): not those that have themselves acknowledged;
//! 4. what there is to tell (`news`): the chat as it is now, not as it was when the job was made;
//! 5. their badge, and a push to each of these phones (`person`), as its platform wants it (`payload`); a device that
//!    SNS calls gone is forgotten;
//! 6. what follows (`outcome`): a device that failed gets a job of its own; the bus is told; the member's mark
//!    `pushedSeq` moves.
//!
//! The mark means: every device of theirs has acknowledged the message at that place itself, or has had a push about it,
//! or has a job of its own for it. So nobody is pushed to again because of somebody else, or of another device.
//!
//! Pushes about one chat replace each other on the phone, so the last one must be the newest. Jobs come in any order
//! and several at once; whoever finds at step 6 that a newer push went out meanwhile tells the newest again.
//!
//! The queue also brings the badges that a user has made wrong by reading on another device (`badge`).

mod badge;
mod batch;
mod news;
mod outcome;
mod payload;
#[cfg(test)]
mod payload_snapshots;
mod person;
mod recipients;

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::bus::Bus;
use paloma::domain::{DeviceId, LastMessage, Seq, UserId, Watermark};
use paloma::phones::Phones;
use paloma::queue::{Batch, JobError, Notification, NotificationJob, PushTarget, Queue, Source};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Chats, Devices, Users};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::batch::{Task, rows};
use crate::news::News;
use crate::outcome::Tally;
use crate::person::Reachable;
use crate::recipients::{Due, Waiting};

/// How many people are pushed to at once, in all jobs of a batch: each takes a connection or two.
const AT_ONCE: usize = 64;

/// How often somebody is told again because a newer push crossed with theirs.
const MOST_ROUNDS: usize = 3;

/// How long the summary of a message that has just been pushed may take.
const SUMMARY: Duration = Duration::from_millis(250);

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
    slots: Arc<Semaphore>,
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
            slots: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Consumes a batch.
    ///
    /// # Errors
    /// Never by itself: what fails is told item by item.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let deadline = Instant::now() + PATIENCE;
        let mut batch = Batch::decode(event.payload);
        let done = join_all(rows(&batch.jobs).into_iter().map(async |row| {
            let mut done = Vec::new();
            for task in row {
                done.push((task.job.id.clone(), self.consume(task, deadline).await));
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

    /// Does one job. Whoever SNS has not been asked about by the deadline is tried again later. It fails when a table or
    /// a queue does not answer, or when the one device that it is about cannot be reached.
    async fn consume(&self, task: Task<'_>, deadline: Instant) -> Result<(), JobError> {
        let job = match &task.job.work {
            NotificationJob::Publish { events } => return Ok(self.bus.tell(events).await?),
            NotificationJob::Badge(job) => return self.correct_badge(job, task.job.is_last_try(), deadline).await,
            NotificationJob::Notify(job) => job,
        };
        let (started, mut tally) = (Instant::now(), Tally::default());
        let done = match job.target {
            // A newer job of the batch speaks for all of them.
            PushTarget::Members(_) if task.people.is_empty() => Ok(()),
            PushTarget::Members(_) => self.notify_people(job, task.people, deadline, &mut tally).await,
            PushTarget::Device { user_id, device_id } => {
                self.notify_device(job, (user_id, device_id), task.job.is_last_try(), deadline, &mut tally).await
            }
        };
        tally.log(job, started);
        done
    }

    /// Tells people of their chat as it is now, and again those whom a newer push has crossed.
    async fn notify_people(
        &self,
        job: &Notification,
        mut people: Vec<UserId>,
        deadline: Instant,
        tally: &mut Tally,
    ) -> Result<(), JobError> {
        let (mut crossed_by, mut failure) = (None::<Watermark>, None);
        for _ in 0..MOST_ROUNDS {
            let due = recipients::due(&self.chats, job, &people, crossed_by.is_some()).await?;
            if crossed_by.is_none() {
                tally.suppressed = people.len().saturating_sub(due.waiting.len()) as u64;
            }
            // While the chat's summary has not come as far as what crossed, what stands on the screen stays: the next
            // message replaces it.
            if due.waiting.is_empty() || crossed_by.is_some_and(|mark| mark > due.newest.seq.into()) {
                break;
            }
            let Due { newest, waiting } = due;
            let phones = self.phones_of(waiting, newest.seq, tally, &mut failure).await;
            if phones.is_empty() {
                break;
            }
            let news = self.news(job, &newest).await?;
            let told = stream::iter(phones).map(|phones| self.tell(&news, phones, deadline));
            let told = told.buffer_unordered(AT_ONCE).collect().await;
            let concluded = self.conclude(job, &news, told, tally).await;
            failure = failure.or(concluded.failure);
            if concluded.crossed.is_empty() {
                break;
            }
            (people, crossed_by) = (concluded.crossed, Some(concluded.mark));
            tokio::time::sleep(SUMMARY).await;
        }
        failure.map_or(Ok(()), Err)
    }

    /// Those of the people who have phones that have not acknowledged themselves. Mostly that is the end of a job, and
    /// nothing of what there is to tell need be read.
    async fn phones_of(
        &self,
        waiting: Vec<Waiting>,
        told: Seq,
        tally: &mut Tally,
        failure: &mut Option<JobError>,
    ) -> Vec<Reachable> {
        let looked_up = stream::iter(waiting).map(|person| self.reach(person, told)).buffer_unordered(AT_ONCE);
        let looked_up: Vec<_> = looked_up.collect().await;
        let mut phones = Vec::new();
        for reached in looked_up {
            match reached {
                Ok(reached) if reached.without_device => tally.without_device += 1,
                Ok(reached) if reached.devices.is_empty() => tally.suppressed += 1,
                Ok(reached) => phones.push(reached),
                Err(error) => *failure = failure.take().or(Some(error)),
            }
        }
        phones
    }

    async fn news(&self, job: &Notification, message: &LastMessage) -> Result<News, JobError> {
        News::of(job.chat_id, message, &self.chats, &self.users, self.with_content).await
    }

    /// Tells the one device that could not be told before: of just this message, unless a later push has come to all its
    /// owner's devices, or to jobs of their own. Should one come meanwhile, the device is told the newest again.
    async fn notify_device(
        &self,
        job: &Notification,
        (user_id, device_id): (UserId, DeviceId),
        last_try: bool,
        deadline: Instant,
        tally: &mut Tally,
    ) -> Result<(), JobError> {
        let mut message = job.message.clone();
        let still_waiting = async || recipients::still_to_notice(&self.chats, job, user_id, device_id).await;
        let waiting = still_waiting().await?.filter(|waiting| waiting.member.pushed_seq <= message.seq.into());
        let Some(mut waiting) = waiting else {
            tally.suppressed = 1;
            return Ok(());
        };
        for _ in 0..MOST_ROUNDS {
            let mut failure = None;
            let phone = self.phones_of(vec![waiting], message.seq, tally, &mut failure).await.pop();
            if let Some(error) = failure {
                return Err(error);
            }
            let Some(phone) = phone else { break };
            let news = self.news(job, &message).await?;
            let told = self.tell(&news, phone, deadline).await?;
            self.conclude_device(&news, &told, last_try, tally).await?;
            let Some(now_waiting) = still_waiting().await? else { break };
            let crossed_by = now_waiting.member.pushed_seq;
            if crossed_by <= message.seq.into() {
                break;
            }
            tokio::time::sleep(SUMMARY).await;
            message = recipients::due(&self.chats, job, &[], true).await?.newest;
            if crossed_by > message.seq.into() {
                break;
            }
            waiting = Waiting { unless_acknowledged: message.seq, ..now_waiting };
        }
        Ok(())
    }
}
