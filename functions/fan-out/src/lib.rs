//! Consumes the deliveries queue, and posts events to sockets:
//!
//! 1. `late` reads the message of a late job again;
//! 2. `recipients` finds the recipients; `blocks` leaves out users kept apart by a block;
//! 3. `batches` looks up their sockets and phones, a hundred users at a time, and gives a batch a job of its own if
//!    this job has many sockets to post to;
//! 4. `notify` hands the recipients of a message who may have a phone over to push, and meanwhile
//! 5. [`paloma::posts`] posts the frame to each socket, and deletes the row of a connection that is gone;
//! 6. `notify` enqueues an immediate push for recipients who seemed to have an open socket and have none.
//!
//! A dead socket never fails the job. Sockets that the gateway could not post to get a job of their own (`rest_of`).

mod batches;
mod blocks;
mod late;
mod notify;
mod recipients;

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use paloma::call_error::{CallError, FailureKind};
use paloma::domain::{ConnectionId, Timestamp};
use paloma::metrics::{elapsed_ms, if_any};
use paloma::posts::{PostCounts, Poster, Posting, Recipient, RecipientOutcome};
use paloma::queue::{
    Audience, ConsumedQueue, DeliveryJob, JobError, JobFailure, MAX_CHAT_FOR_ALL_EVENTS, NotificationJob, Queue,
    consume_each,
};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Chats, Messages, Reachability};

use crate::recipients::{Recipients, recipients_of};

/// Time limit for the posts to one recipient.
const RECIPIENT_TIME: Duration = Duration::from_secs(2);

/// Time limit for a post in a job that names its sockets. Most of these have not answered before, and no other
/// recipient waits, so a second post waits longer instead of making a third one.
const PATIENT_TIME: Duration = Duration::from_secs(10);

/// Wait of a job for sockets that the gateway could not post to, if the job for users fails too.
const REST_WAIT: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub struct FanOut {
    chats: Chats,
    messages: Messages,
    reachability: Reachability,
    poster: Poster,
    deliveries: Queue<DeliveryJob>,
    notifications: Queue<NotificationJob>,
    source: ConsumedQueue,
}

/// The figures of one job, for its log line.
#[derive(Debug, Default)]
struct DeliveryReport {
    counts: PostCounts,
    /// The users that accepted a message, in audiences of up to [`MAX_CHAT_FOR_ALL_EVENTS`]. `paloma trace` prints
    /// them. The ids of a larger audience would make the line too long.
    posted_to: Option<String>,
}

impl FanOut {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            chats: environment.chats()?,
            messages: environment.messages()?,
            poster: environment.poster(RECIPIENT_TIME)?,
            reachability: environment.reachability()?,
            deliveries: environment.deliveries()?,
            notifications: environment.notifications()?,
            source: environment.source("DELIVERIES")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let batch = consume_each(event.payload, &self.source, async |job| self.deliver(job).await).await;
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Delivers one job. A retry posts the event again; a client recognises a message by its id.
    ///
    /// # Errors
    /// If the gateway could not post to some sockets, these are the rest of the job.
    pub async fn deliver(&self, job: &DeliveryJob) -> Result<(), JobFailure> {
        let started = Instant::now();
        let mut report = DeliveryReport::default();
        let now = Timestamp::now();
        let outcome = if job.expires_at.is_some_and(|end| end < now) {
            "expired"
        } else {
            match late::with_current_message(&self.messages, job, now).await? {
                Some(job) => self.deliver_now(&job, &mut report, now).await?,
                None => "message does not exist",
            }
        };
        report.log(job, outcome, started);
        rest_of(job, report.counts.unavailable())
    }

    async fn deliver_now(
        &self,
        job: &DeliveryJob,
        report: &mut DeliveryReport,
        now: Timestamp,
    ) -> Result<&'static str, JobFailure> {
        Ok(match recipients_of(&self.chats, job, now).await? {
            Recipients::None => "no recipients",
            Recipients::Users(users) => {
                let delivered = self.deliver_to_users(job, &users, &report.counts).await?;
                report.note(job, &delivered.outcomes);
                if let Some(error) = delivered.failure {
                    // The sockets that the gateway could not post to need a job of their own beside the one for users.
                    self.enqueue_rest(job, report.counts.unavailable()).await?;
                    if delivered.left.len() == users.len() {
                        return Err(error.into());
                    }
                    return Err(JobFailure::with_rest(error, &job.for_users(delivered.left)));
                }
                "delivered"
            }
            Recipients::Connections(connections) => {
                let recipients: Vec<_> = connections.into_iter().map(Recipient::of_connection).collect();
                let patient = Poster { recipient_time: PATIENT_TIME, ..self.poster.clone() };
                patient.post(&Posting::of(job, &report.counts)?, &recipients).await?;
                "delivered"
            }
        })
    }

    /// Enqueues a job for these sockets.
    async fn enqueue_rest(&self, job: &DeliveryJob, sockets: Vec<ConnectionId>) -> Result<(), JobError> {
        if sockets.is_empty() {
            return Ok(());
        }
        Ok(self.deliveries.enqueue_after(REST_WAIT, job.group(), &job.for_sockets(sockets)).await?)
    }
}

/// Fails a job of which these sockets are left. A job that is for these sockets alone stays as it is.
fn rest_of(job: &DeliveryJob, sockets: Vec<ConnectionId>) -> Result<(), JobFailure> {
    if sockets.is_empty() {
        return Ok(());
    }
    let reason = format!("the gateway could not post to {} sockets", sockets.len());
    let error = CallError::because("PostToConnection", FailureKind::Unavailable, reason);
    Err(match &job.audience {
        Audience::Sockets(all) if all.len() == sockets.len() => JobError::from(error).into(),
        _ => JobFailure::with_rest(error, &job.for_sockets(sockets)),
    })
}

impl DeliveryReport {
    fn note(&mut self, job: &DeliveryJob, outcomes: &[RecipientOutcome]) {
        if job.message().is_some() && outcomes.len() <= MAX_CHAT_FOR_ALL_EVENTS {
            let users = outcomes.iter().filter(|outcome| outcome.accepted).filter_map(|outcome| outcome.user_id);
            self.posted_to = Some(users.map(|user| user.to_string()).collect::<Vec<_>>().join(","));
        }
    }

    fn log(&self, job: &DeliveryJob, outcome: &str, started: Instant) {
        let message = job.message();
        let (posted, stale) = (self.counts.posted.load(Relaxed), self.counts.stale.load(Relaxed));
        let since_accepted = job.accepted_at.millis_until(Timestamp::now());
        tracing::info!(
            stage = "fan-out",
            outcome,
            event = job.event.name(),
            chatId = job.chat_id.map(tracing::field::display),
            postedTo = self.posted_to,
            messageId = message.map(|(id, _)| tracing::field::display(id)),
            seq = message.map(|(_, seq)| u64::from(seq)),
            posted,
            rejected = if_any(self.counts.rejected.load(Relaxed)),
            slow = if_any(self.counts.slow.load(Relaxed)),
            sinceAcceptedMs = since_accepted,
            AcceptanceToSocket = message.filter(|_| posted > 0).map(|_| since_accepted),
            StaleConnections = if_any(stale),
            durationMs = elapsed_ms(started),
        );
    }
}
