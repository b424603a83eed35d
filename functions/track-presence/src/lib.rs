//! Consumes the presence queue. A user is online while one of the user's sockets is alive:
//!
//! 1. a socket is checked when it opens, and whenever it would have been silent too long (`checks`);
//! 2. after a socket has closed or gone silent, the user's other sockets are checked; without a live one, the user is
//!    offline (`offline`);
//! 3. a change is stored, and then the watchers are notified (`watchers`);
//! 4. a new watcher is notified of changes that happened before the index of watchers was current (`watchers`).
//!
//! A change of the privacy setting of presence is a change, too (`privacy`).
//!
//! It also closes sockets (`closings`): those of ended sessions, and the oldest ones of a user who has too many.
//!
//! Each write is conditional on the presence that was read. If two jobs write at once, one of them starts again with
//! what the other has stored. So jobs may run twice, late or in any order (invariant 4). A job may die after it has
//! stored a change and before it has notified the watchers: its retry notifies them even if nothing is left to store.

mod checks;
mod closings;
mod offline;
mod privacy;
mod watchers;

use std::time::Instant;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent};
use paloma::metrics::elapsed_ms;
use paloma::phones::Registrations;
use paloma::queue::{Batch, ConsumedQueue, DeliveryJob, Job, JobError, PresenceJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::socket::Sockets;
use paloma::store::{Accounts, Chats, Connections, Users};

#[derive(Debug, Clone)]
pub struct TrackPresence {
    users: Users,
    chats: Chats,
    connections: Connections,
    sockets: Sockets,
    accounts: Accounts,
    registrations: Registrations,
    presence: Queue<PresenceJob>,
    deliveries: Queue<DeliveryJob>,
    source: ConsumedQueue,
}

impl TrackPresence {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            users: environment.users()?,
            chats: environment.chats()?,
            connections: environment.connections()?,
            sockets: environment.sockets()?,
            accounts: environment.accounts()?,
            registrations: environment.registrations()?,
            presence: environment.presence_jobs()?,
            deliveries: environment.deliveries()?,
            source: environment.source("PRESENCE")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let mut batch = Batch::<PresenceJob>::decode(event.payload, &self.source);
        let tracked = join_all(batch.jobs.iter().map(async |job| (job.id.clone(), self.track(job).await))).await;
        for (id, result) in tracked {
            if let Err(error) = result {
                batch.fail(id, error);
            }
        }
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    pub async fn track(&self, job: &Job<PresenceJob>) -> Result<(), JobError> {
        let started = Instant::now();
        let is_retry = job.tries > 1;
        let outcome = match &job.work {
            PresenceJob::ConnectionCheck(check) => self.check_connection(check, is_retry).await?,
            PresenceJob::ConnectionClosed(closed) => {
                self.check_offline(closed.user_id, Some(closed.at), is_retry).await?
            }
            PresenceJob::WatchStarted(watch) => self.notify_new_watcher(watch).await?,
            PresenceJob::SessionsEnded(ended) => self.end_sessions(ended).await?,
            PresenceJob::PrivacyChanged(changed) => self.show_anew(changed.user_id).await?,
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
