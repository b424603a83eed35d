//! Consumes the presence queue. A person is online while any of their sockets lives:
//!
//! 1. a socket is looked at when it opens, and again whenever it would have been silent for too long (`arrivals`);
//! 2. when one has closed or fallen silent, the others are looked for; with none, its owner has gone (`departures`);
//! 3. what has changed is written down, and then told to those who watch (`watchers`);
//! 4. who has just begun to watch is told what the index of watchers was too late for.
//!
//! It also closes sockets (`closings`): those of sessions that have ended, and the oldest of a user who has too many.
//!
//! What is written is conditional on what it follows from: of two jobs that cross, one begins anew from what the other
//! wrote. So jobs may come twice, late, or in any order (invariant 4). A job that dies after it has written, and
//! before it has told, is tried again: a second try tells even when it finds nothing left to write.

mod arrivals;
mod closings;
mod departures;
mod watchers;

use std::time::Instant;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent};
use paloma::metrics::elapsed_ms;
use paloma::phones::Registrations;
use paloma::queue::{Batch, DeliveryJob, Job, JobError, PresenceJob, Queue, Source};
use paloma::runtime::{Environment, MissingVariable};
use paloma::socket::Sockets;
use paloma::store::{Accounts, Connections, Users};

/// What track-presence works with.
#[derive(Debug, Clone)]
pub struct TrackPresence {
    users: Users,
    connections: Connections,
    sockets: Sockets,
    accounts: Accounts,
    registrations: Registrations,
    presence: Queue<PresenceJob>,
    deliveries: Queue<DeliveryJob>,
    source: Source,
}

impl TrackPresence {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            users: environment.users()?,
            connections: environment.connections()?,
            sockets: environment.sockets()?,
            accounts: environment.accounts()?,
            registrations: environment.registrations()?,
            presence: environment.presence_jobs()?,
            deliveries: environment.deliveries()?,
            source: environment.source("PRESENCE")?,
        })
    }

    /// Consumes a batch.
    ///
    /// # Errors
    /// Never by itself: what fails is told item by item.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let mut batch = Batch::<PresenceJob>::decode(event.payload);
        let tracked = join_all(batch.jobs.iter().map(async |job| (job.id.clone(), self.track(job).await))).await;
        for (id, result) in tracked {
            if let Err(error) = result {
                batch.fail(id, error);
            }
        }
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Does one job.
    ///
    /// # Errors
    /// When a table or a queue does not answer: the job is tried again.
    pub async fn track(&self, job: &Job<PresenceJob>) -> Result<(), JobError> {
        let started = Instant::now();
        let again = job.tries > 1;
        let outcome = match &job.work {
            PresenceJob::ConnectionCheck(look) => self.look(look, again).await?,
            PresenceJob::ConnectionClosed(left) => self.leave(left.user_id, Some(left.at), again).await?,
            PresenceJob::WatchStarted(watched) => self.catch_up(watched).await?,
            PresenceJob::SessionsEnded(ended) => self.end_sessions(ended).await?,
        };
        tracing::info!(
            stage = "track-presence",
            outcome,
            userId = %job.work.user_id(),
            durationMs = elapsed_ms(started),
        );
        Ok(())
    }
}
