//! Reads the streams of the tables, behind the hot path:
//!
//! 1. what a record tells (`facts`);
//! 2. the event that other systems are told on the bus;
//! 3. for a message, at the same time: whether its chat was summarised up to it (`safety_net`).
//!
//! All of it may be done twice: an event keeps its id, and a check that has nothing to find does nothing.

mod facts;
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

use crate::facts::{Fact, Tables};

const STAGE: &str = "relay";

/// How many calls to the bus are made, or chats looked at, at once.
const AT_ONCE: usize = 16;

/// What relay works with.
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
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
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

    /// Consumes a batch, whatever becomes of single records.
    ///
    /// # Errors
    /// Never by itself: the records that failed are named, and the stream brings them again.
    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let started = Instant::now();
        let mut records = Records::read(event.payload, |record| self.tables.fact(record));
        // Side by side: the messages that need the net do not wait for a bus that does not answer.
        let (mut failures, untold) = tokio::join!(self.watch(&records), self.tell(&records));
        failures.extend(untold);
        for (place, error) in &failures {
            records.fail(STAGE, *place, error);
        }
        tracing::info!(
            stage = STAGE,
            outcome = if failures.is_empty() { "relayed" } else { "some failed" },
            records = records.read.len(),
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        Ok(records.finish(STAGE, &self.dead_letters, &event.context.request_id).await)
    }

    /// Tells the bus of every record; the places of those that failed.
    async fn tell(&self, records: &Records<Fact>) -> Vec<(usize, JobError)> {
        let events =
            records.read.iter().filter_map(|record| Some((record.index, record.change.event(self.with_content)?)));
        let (places, events): (Vec<usize>, Vec<DomainEvent>) = events.unzip();
        let calls = places.chunks(MAX_EVENTS_PER_CALL).zip(events.chunks(MAX_EVENTS_PER_CALL));
        let failed: Vec<Vec<_>> = stream::iter(calls)
            .map(async |(places, events)| match self.bus.publish(events).await {
                Ok(()) => Vec::new(),
                Err(error) => failures(places, &error.into()),
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        failed.into_iter().flatten().collect()
    }

    /// Spreads the safety net under every message; the places of those that failed.
    async fn watch(&self, records: &Records<Fact>) -> Vec<(usize, JobError)> {
        let messages = records.read.iter().filter_map(|record| match &record.change {
            Fact::MessageStored(message) => Some((message, record.index)),
            _ => None,
        });
        let failed: Vec<Vec<_>> = stream::iter(safety_net::by_chat(messages))
            .map(async |seen| match safety_net::watch(&self.chats, &self.summaries, &seen).await {
                Ok(()) => Vec::new(),
                Err(error) => failures(&seen.places, &error),
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        failed.into_iter().flatten().collect()
    }
}

fn failures(places: &[usize], error: &JobError) -> Vec<(usize, JobError)> {
    places.iter().map(|place| (*place, error.clone())).collect()
}
