//! Consumes the deliveries queue. The only writer to sockets:
//!
//! 1. whom to tell (`recipients`): large audiences are cut into shards that run apart;
//! 2. on which sockets they are;
//! 3. of a message, everybody but its sender is handed over to push (`attention`), and meanwhile
//! 4. the frame is posted to each socket (`posts`); a connection that is gone is forgotten, and that one alone;
//! 5. push is told at once of those whose sockets all turned out to be dead.
//!
//! A job that comes late tells its message as it is by then (`late`). A dead socket never fails the job: whoever missed a frame sees the hole in `seq` and fetches it.

mod attention;
mod late;
mod posts;
mod recipients;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Timestamp, UserId};
use paloma::metrics::{elapsed_ms, if_any};
use paloma::queue::{Audience, DeliveryJob, JobError, NotificationJob, QUIET_ABOVE, Queue, Source, consume_each};
use paloma::runtime::{Environment, MissingVariable};
use paloma::socket::Sockets;
use paloma::store::{Chats, Connections, Messages};

use crate::posts::{Heard, Recipient};
use crate::recipients::Recipients;

/// How many people are looked up, or sockets posted to, at once.
const AT_ONCE: usize = 32;

/// What fan-out works with.
#[derive(Debug, Clone)]
pub struct FanOut {
    chats: Chats,
    messages: Messages,
    connections: Connections,
    sockets: Sockets,
    deliveries: Queue<DeliveryJob>,
    notifications: Queue<NotificationJob>,
    source: Source,
}

/// What became of the frames of one job.
#[derive(Debug, Default)]
struct Tally {
    posted: AtomicU64,
    stale: AtomicU64,
    refused: AtomicU64,
    /// Sockets that did not take it in the time that their owner's posts may take.
    slow: AtomicU64,
    /// Who heard it, in groups of up to [`QUIET_ABOVE`]: `paloma trace` tells it of a message.
    heard_by: OnceLock<String>,
}

impl Tally {
    /// Notes who heard a message. In larger groups so many ids would make the line longer than anybody reads.
    fn note(&self, job: &DeliveryJob, heard: &[Heard]) {
        if job.message().is_some() && heard.len() <= QUIET_ABOVE {
            let people = heard.iter().filter(|heard| heard.taken).filter_map(|heard| heard.person);
            let people: Vec<_> = people.map(|person| person.to_string()).collect();
            let _ = self.heard_by.set(people.join(","));
        }
    }
}

impl FanOut {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            chats: environment.chats()?,
            messages: environment.messages()?,
            connections: environment.connections()?,
            sockets: environment.sockets()?,
            deliveries: environment.deliveries()?,
            notifications: environment.notifications()?,
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
        let now = Timestamp::now();
        let outcome = if job.expires_at.is_some_and(|end| end < now) {
            "expired"
        } else {
            match late::as_it_is_now(&self.messages, job, now).await? {
                Some(job) => self.deliver_now(&job, &tally).await?,
                None => "no such message",
            }
        };
        log(job, outcome, &tally, started);
        Ok(())
    }

    async fn deliver_now(&self, job: &DeliveryJob, tally: &Tally) -> Result<&'static str, JobError> {
        Ok(match recipients::of(&self.chats, job).await? {
            Recipients::Nobody => "nobody to tell",
            Recipients::Few(people) => {
                let heard = self.tell(job, &people, tally).await?;
                tally.note(job, &heard);
                "delivered"
            }
            Recipients::Sockets(connections) => {
                let sockets: Vec<_> = connections.into_iter().map(Recipient::of_socket).collect();
                self.post_to_all(job, &sockets, tally).await?;
                "delivered"
            }
            Recipients::Many(shards) => {
                self.cut(job, shards).await?;
                "cut into shards"
            }
        })
    }

    /// Enqueues a job for each shard of a large audience.
    async fn cut(&self, job: &DeliveryJob, shards: Vec<Vec<UserId>>) -> Result<(), JobError> {
        for shard in shards {
            let part = DeliveryJob { audience: Audience::Only(shard), ..job.clone() };
            self.deliveries.enqueue(job.group(), &part).await?;
        }
        Ok(())
    }

    /// Tells people of an event, and push of those who may have to be reached by it. Answers who heard it.
    async fn tell(&self, job: &DeliveryJob, people: &[UserId], tally: &Tally) -> Result<Vec<Heard>, JobError> {
        let now = Timestamp::now();
        let recipients: Vec<Recipient> = stream::iter(people)
            .map(async |person| {
                let connections = self.connections.of_user(*person, now).await?;
                Ok::<_, JobError>(Recipient::of(*person, connections, now))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let ask = attention::ask(&self.notifications, job, &recipients);
        let (asked, posted) = futures::join!(ask, self.post_to_all(job, &recipients, tally));
        asked?;
        let heard = posted?;
        attention::ask_at_once(&self.notifications, job, &heard).await?;
        Ok(heard)
    }
}

fn log(job: &DeliveryJob, outcome: &str, tally: &Tally, started: Instant) {
    let message = job.message();
    let (posted, stale) = (tally.posted.load(Relaxed), tally.stale.load(Relaxed));
    let since_accepted = job.accepted_at.millis_until(Timestamp::now());
    tracing::info!(
        stage = "fan-out",
        outcome,
        event = recipients::name_of(&job.event),
        chatId = job.chat_id.map(tracing::field::display),
        heardBy = tally.heard_by.get(),
        messageId = message.map(|(id, _)| tracing::field::display(id)),
        seq = message.map(|(_, seq)| u64::from(seq)),
        posted,
        stale,
        refused = tally.refused.load(Relaxed),
        slow = tally.slow.load(Relaxed),
        sinceAcceptedMs = since_accepted,
        AcceptanceToSocket = message.filter(|_| posted > 0).map(|_| since_accepted),
        StaleConnections = if_any(stale),
        durationMs = elapsed_ms(started),
    );
}
