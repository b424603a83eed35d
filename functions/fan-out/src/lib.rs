//! Consumes the deliveries queue. The only writer to sockets:
//!
//! 1. whom to tell (`recipients`): large audiences are cut into shards that run apart;
//! 2. on which sockets they are;
//! 3. the frame, posted to each; a connection that is gone is forgotten, and that one alone.
//!
//! A dead socket never fails the job: whoever missed a frame sees the hole in `seq` and fetches it.

mod recipients;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{ConnectionId, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob, JobError, Queue, Source, consume_each};
use paloma::runtime::{Environment, MissingVariable};
use paloma::socket::{Posted, Sockets};
use paloma::store::{Chats, Connections};

use crate::recipients::Recipients;

/// How many people are looked up, or sockets posted to, at once.
const AT_ONCE: usize = 32;

/// What fan-out works with.
#[derive(Debug, Clone)]
pub struct FanOut {
    chats: Chats,
    connections: Connections,
    sockets: Sockets,
    deliveries: Queue<DeliveryJob>,
    source: Source,
}

/// What became of the frames of one job.
#[derive(Debug, Default)]
struct Tally {
    posted: AtomicU64,
    stale: AtomicU64,
    refused: AtomicU64,
}

impl FanOut {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            chats: environment.chats()?,
            connections: environment.connections()?,
            sockets: environment.sockets()?,
            deliveries: environment.deliveries()?,
            source: environment.source("DELIVERIES")?,
        })
    }

    /// Consumes a batch.
    ///
    /// # Errors
    /// Never by itself: what fails is told item by item.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let batch = consume_each(event.payload, async |job| self.deliver(job).await).await;
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Delivers one job.
    ///
    /// # Errors
    /// When a table or a queue does not answer: the job is tried again, and a client that hears twice knows a
    /// message by its id.
    pub async fn deliver(&self, job: &DeliveryJob) -> Result<(), JobError> {
        let started = Instant::now();
        let tally = Tally::default();
        let outcome = if job.expires_at.is_some_and(|end| end < Timestamp::now()) {
            "expired"
        } else {
            match recipients::of(&self.chats, job).await? {
                Recipients::Nobody => "nobody to tell",
                Recipients::Few(people) => {
                    self.tell(job, &people, &tally).await?;
                    "delivered"
                }
                Recipients::Many(shards) => {
                    self.cut(job, shards).await?;
                    "cut into shards"
                }
            }
        };
        log(job, outcome, &tally, started);
        Ok(())
    }

    /// Enqueues a job for each shard of a large audience.
    async fn cut(&self, job: &DeliveryJob, shards: Vec<Vec<UserId>>) -> Result<(), JobError> {
        for shard in shards {
            let part = DeliveryJob { audience: Audience::Only(shard), ..job.clone() };
            self.deliveries.enqueue(job.chat_id, &part).await?;
        }
        Ok(())
    }

    /// Posts the event to every socket of these people, but the one that it came from.
    async fn tell(&self, job: &DeliveryJob, people: &[UserId], tally: &Tally) -> Result<(), JobError> {
        let frame = serde_json::to_vec(&job.event).map_err(JobError::new)?;
        let now = Timestamp::now();
        let connections: Vec<Vec<ConnectionId>> = stream::iter(people)
            .map(|person| self.connections.of_user(*person, now))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        stream::iter(connections.iter().flatten())
            .filter(|connection| std::future::ready(job.origin.as_ref() != Some(*connection)))
            .map(|connection| self.post(connection, &frame, tally))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }

    async fn post(&self, connection: &ConnectionId, frame: &[u8], tally: &Tally) -> Result<(), JobError> {
        match self.sockets.post(connection, frame).await {
            Posted::Taken => tally.posted.fetch_add(1, Relaxed),
            Posted::Refused => tally.refused.fetch_add(1, Relaxed),
            Posted::Gone => {
                self.connections.forget(connection, Timestamp::now()).await?;
                tally.stale.fetch_add(1, Relaxed)
            }
        };
        Ok(())
    }
}

fn log(job: &DeliveryJob, outcome: &str, tally: &Tally, started: Instant) {
    let message = job.message();
    tracing::info!(
        stage = "fan-out",
        outcome,
        event = recipients::name_of(&job.event),
        chatId = %job.chat_id,
        messageId = message.map(|(id, _)| tracing::field::display(id)),
        seq = message.map(|(_, seq)| u64::from(seq)),
        posted = tally.posted.load(Relaxed),
        stale = tally.stale.load(Relaxed),
        refused = tally.refused.load(Relaxed),
        sinceAcceptedMs = job.accepted_at.millis_until(Timestamp::now()),
        durationMs = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
}
