//! Invariant 3 for presence: jobs that crash before and after each of their calls.

use std::time::Duration;

use paloma::domain::{ConnectionId, LIVENESS_TIMEOUT, Presence, Session, Timestamp, UserId};
use paloma::queue::{ConnectionCheck, ConnectionClosed, PresenceJob};
use paloma::store::Connection;
use paloma_tests::{Calls, Socket, World};
use serde_json::Value;

use crate::durable::at_every_call;
use crate::presence::{ago, chat_that_shows, sockets, store_presence, stored_presence, watch};
use crate::presence_jobs::track;

/// A user with a made-up socket, and a real socket that watches the user.
struct Watched {
    user_id: UserId,
    connection_id: ConnectionId,
    watcher: Socket,
}

impl Watched {
    async fn start() -> Self {
        let world = World::get().await;
        let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
        let chat = chat_that_shows(&ana, user_id).await;
        let mut watcher = ana.connects().await;
        watch(&mut watcher, &chat, user_id).await;
        Self { user_id, connection_id: ConnectionId::new(format!("of-{user_id}")), watcher }
    }

    /// Stores the row of the socket.
    async fn opens(&self, at: Timestamp) {
        sockets().await.open(self.connection_id.clone(), Session::beginning_now(self.user_id), at).await.unwrap();
    }

    fn check(&self, due: Timestamp) -> PresenceJob {
        let (user_id, connection_id) = (self.user_id, self.connection_id.clone());
        PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id, due })
    }

    async fn row(&self) -> Option<Connection> {
        sockets().await.connection(&self.connection_id).await.unwrap()
    }

    /// Waits until the watcher receives the stored presence.
    async fn is_posted(&mut self, online: bool) {
        let last_seen = stored_presence(self.user_id).await.last_seen.unwrap().as_millis();
        let matches = |frame: &Value| frame["online"] == online && frame["lastSeen"] == last_seen;
        self.watcher.receives("the presence frame", matches).await;
    }
}

#[tokio::test]
async fn durable_a_connection_check_that_crashes_anywhere_is_finished_by_its_retry() {
    let mut user = Watched::start().await;
    at_every_call(async |calls| {
        // Opened 10 s ago, so that the index shows it.
        let opened = ago(Duration::from_secs(10));
        user.opens(opened).await;

        assert_eq!(track(&calls, user.check(opened), 1).await, !calls.crashed());
        assert!(track(&Calls::default(), user.check(opened), 2).await);

        assert!(stored_presence(user.user_id).await.online);
        user.is_posted(true).await;
        assert_eq!(user.row().await.expect("the socket").next_check_at, opened.plus(LIVENESS_TIMEOUT));
        disconnect(user.user_id, &user.connection_id, opened, &Calls::default()).await;
        user.is_posted(false).await;
    })
    .await;
}

/// The retry also finds the time of the last ping.
#[tokio::test]
async fn durable_a_check_of_a_silent_socket_that_crashes_anywhere_is_finished_by_its_retry() {
    let mut user = Watched::start().await;
    at_every_call(async |calls| {
        let last_ping = ago(LIVENESS_TIMEOUT + Duration::from_secs(30));
        store_presence(user.user_id, true, ago(LIVENESS_TIMEOUT * 2)).await;
        user.opens(last_ping).await;

        assert_eq!(track(&calls, user.check(last_ping), 1).await, !calls.crashed());
        assert!(track(&Calls::default(), user.check(last_ping), 2).await);

        let offline = Presence { online: false, last_seen: Some(last_ping) };
        assert_eq!(stored_presence(user.user_id).await, offline);
        assert_eq!(user.row().await, None);
        user.is_posted(false).await;
    })
    .await;
}

#[tokio::test]
async fn durable_a_disconnect_that_crashes_anywhere_is_finished_by_its_retry() {
    let mut user = Watched::start().await;
    at_every_call(async |calls| {
        let opened = ago(Duration::from_secs(10));
        user.opens(opened).await;
        assert!(track(&Calls::default(), user.check(opened), 1).await);

        disconnect(user.user_id, &user.connection_id, opened, &calls).await;

        assert!(!stored_presence(user.user_id).await.online);
        user.is_posted(false).await;
    })
    .await;
}

/// Closes a socket, and runs the job of its disconnect, which `calls` may crash, twice.
async fn disconnect(user_id: UserId, connection_id: &ConnectionId, at: Timestamp, calls: &Calls) {
    sockets().await.close(connection_id).await.unwrap();
    let closed_job = PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at });
    assert_eq!(track(calls, closed_job.clone(), 1).await, !calls.crashed());
    assert!(track(&Calls::default(), closed_job, 2).await);
}
