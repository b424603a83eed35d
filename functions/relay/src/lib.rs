//! Consumes the streams of the tables, behind the hot path:
//!
//! 1. reads the change that each record reports (`changes`);
//! 2. enqueues a frame for each edit and deletion of a message (`frames`), and checks for each new message that its
//!    chat is summarised (`safety_net`);
//! 3. publishes an event about each change to EventBridge, for other systems. Events that EventBridge does not accept
//!    get a job of their own, so that an outage of EventBridge repeats neither a record nor its check.
//!
//! A record may be read twice: an event keeps its id, and a second check finds nothing to do.

mod changes;
mod frames;
mod safety_net;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::bus::{Bus, MAX_EVENTS_PER_CALL};
use paloma::domain::DomainEvent;
use paloma::metrics::elapsed_ms;
use paloma::queue::{DeadLetterSender, DeliveryJob, JobError, NotificationJob, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Chats, Messages};
use paloma::stream::{Records, isolating_panics};

use crate::changes::{Change, Tables};

const STAGE: &str = "relay";

/// Calls to EventBridge made, or chats checked, at once.
const AT_ONCE: usize = 16;

/// Wait before events that EventBridge did not accept are published again.
const RETRY_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct Relay {
    tables: Tables,
    chats: Chats,
    messages: Messages,
    deliveries: Queue<DeliveryJob>,
    summaries: Queue<SummaryJob>,
    notifications: Queue<NotificationJob>,
    bus: Bus,
    dead_letters: DeadLetterSender,
    with_content: bool,
}

impl Relay {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            tables: Tables::new(environment)?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            deliveries: environment.deliveries()?,
            summaries: environment.summaries()?,
            notifications: environment.notifications()?,
            bus: environment.bus()?,
            dead_letters: environment.dead_letters("RELAY")?,
            with_content: environment.flag("EVENT_CONTENT")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        isolating_panics(event, STAGE, &self.dead_letters, async |event| self.relay(event).await).await
    }

    async fn relay(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let started = Instant::now();
        let mut records = Records::read(event.payload, |record| self.tables.change(record));
        // First what must not wait while EventBridge does not answer. A record that fails here is read again, and
        // publishes its event then.
        let mut failures = self.enqueue_frames(&records).await;
        failures.extend(self.check_summaries(&records).await);
        failures.extend(self.publish(&records, &failures).await);
        let failed = failures.len();
        for (index, error) in failures {
            records.fail(index, error);
        }
        tracing::info!(
            stage = STAGE,
            outcome = if failed == 0 { "relayed" } else { "some records failed" },
            records = records.read.len(),
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        Ok(records.finish(STAGE, &self.dead_letters, &event.context.request_id).await)
    }

    /// Publishes an event for each record that has not failed. Returns the indexes of the records that fail now.
    async fn publish(&self, records: &Records<Change>, failed: &[(usize, JobError)]) -> Vec<(usize, JobError)> {
        let failed: BTreeSet<usize> = failed.iter().map(|(index, _)| *index).collect();
        let records = records.read.iter().filter(|record| !failed.contains(&record.index));
        let events = records.filter_map(|record| Some((record.index, record.change.event(self.with_content)?)));
        let (indexes, events): (Vec<usize>, Vec<DomainEvent>) = events.unzip();
        let calls = indexes.chunks(MAX_EVENTS_PER_CALL).zip(events.chunks(MAX_EVENTS_PER_CALL));
        let failed: Vec<Vec<_>> = stream::iter(calls)
            .map(async |(indexes, events)| match self.publish_or_enqueue(events).await {
                Ok(()) => Vec::new(),
                Err(error) => failures(indexes, &error),
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        failed.into_iter().flatten().collect()
    }

    /// Publishes events. During an outage of EventBridge it enqueues them as a job of push, which publishes them later.
    async fn publish_or_enqueue(&self, events: &[DomainEvent]) -> Result<(), JobError> {
        let Err(error) = self.bus.publish(events).await else { return Ok(()) };
        let error = JobError::from(error);
        if !error.is_outage() {
            return Err(error);
        }
        tracing::warn!(stage = STAGE, outcome = "events re-enqueued", cause = %error, events = events.len());
        let job = NotificationJob::Publish { events: events.to_vec() };
        Ok(self.notifications.enqueue_after(RETRY_WAIT, "announcements", &job).await?)
    }

    /// Checks the summaries of all stored messages. Returns the indexes of the failed records.
    async fn check_summaries(&self, records: &Records<Change>) -> Vec<(usize, JobError)> {
        let messages = records.read.iter().filter_map(|record| match &record.change {
            Change::MessageStored(message) => Some((message, record.index)),
            _ => None,
        });
        let failed: Vec<Vec<_>> = stream::iter(safety_net::by_chat(messages))
            .map(async |stored| match safety_net::check_summary(&self.chats, &self.summaries, &stored).await {
                Ok(()) => Vec::new(),
                Err(error) => failures(&stored.indexes, &error),
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        failed.into_iter().flatten().collect()
    }
}

fn failures(indexes: &[usize], error: &JobError) -> Vec<(usize, JobError)> {
    indexes.iter().map(|index| (*index, error.clone())).collect()
}
