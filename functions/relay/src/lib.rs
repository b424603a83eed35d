//! Consumes the streams of the tables, behind the hot path:
//!
//! 1. reads the change that each record reports (`changes`);
//! 2. publishes an event about it to EventBridge, for other systems;
//! 3. at the same time, checks for each message that its chat is summarised (`safety_net`).
//!
//! A record may be read twice: an event keeps its id, and a second check finds nothing to do.

mod changes;
mod safety_net;

use std::time::Instant;

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::bus::{Bus, MAX_EVENTS_PER_CALL};
use paloma::domain::DomainEvent;
use paloma::metrics::elapsed_ms;
use paloma::queue::{DeadLetterSender, JobError, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::Chats;
use paloma::stream::Records;

use crate::changes::{Change, Tables};

const STAGE: &str = "relay";

/// Calls to EventBridge made, or chats checked, at once.
const AT_ONCE: usize = 16;

#[derive(Debug, Clone)]
pub struct Relay {
    tables: Tables,
    chats: Chats,
    summaries: Queue<SummaryJob>,
    bus: Bus,
    dead_letters: DeadLetterSender,
    with_content: bool,
}

impl Relay {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            tables: Tables::new(environment)?,
            chats: environment.chats()?,
            summaries: environment.summaries()?,
            bus: environment.bus()?,
            dead_letters: environment.dead_letters("RELAY")?,
            with_content: environment.flag("EVENT_CONTENT")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let started = Instant::now();
        let mut records = Records::read(event.payload, |record| self.tables.change(record));
        // At the same time, so that the safety net does not wait while EventBridge does not answer.
        let (mut failures, unpublished) = tokio::join!(self.check_summaries(&records), self.publish(&records));
        failures.extend(unpublished);
        for (index, error) in &failures {
            records.fail(STAGE, *index, error);
        }
        tracing::info!(
            stage = STAGE,
            outcome = if failures.is_empty() { "relayed" } else { "some records failed" },
            records = records.read.len(),
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        Ok(records.finish(STAGE, &self.dead_letters, &event.context.request_id).await)
    }

    /// Publishes an event for each record. Returns the indexes of the failed records.
    async fn publish(&self, records: &Records<Change>) -> Vec<(usize, JobError)> {
        let events =
            records.read.iter().filter_map(|record| Some((record.index, record.change.event(self.with_content)?)));
        let (indexes, events): (Vec<usize>, Vec<DomainEvent>) = events.unzip();
        let calls = indexes.chunks(MAX_EVENTS_PER_CALL).zip(events.chunks(MAX_EVENTS_PER_CALL));
        let failed: Vec<Vec<_>> = stream::iter(calls)
            .map(async |(indexes, events)| match self.bus.publish(events).await {
                Ok(()) => Vec::new(),
                Err(error) => failures(indexes, &error.into()),
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        failed.into_iter().flatten().collect()
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
