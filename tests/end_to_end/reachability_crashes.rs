//! A crash between the row of a socket and its user's account leaves no open socket that fan-out does not find, and no
//! closed one for long.

use std::time::Duration;

use fan_out::FanOut;
use paloma::domain::{ConnectionId, Session, Timestamp, UserId};
use paloma::store::{Connections, ListedSocket};
use paloma_tests::{Calls, FakeGateway, World};

use crate::durable::at_every_call;
use crate::presence::{ago, sockets};
use crate::reachability::listed;
use crate::slow_sockets::send;

/// Longer than a socket may take to open.
const LONG_AGO: Duration = Duration::from_secs(60);

/// A socket that the gateway reports as gone.
fn gone(user_id: UserId, connected_at: Timestamp) -> ListedSocket {
    ListedSocket { connection_id: ConnectionId::new(format!("gone-{user_id}")), connected_at }
}

async fn crashing(calls: &Calls) -> Connections {
    World::get().await.environment(calls).connections().unwrap()
}

/// Whether the socket has a row. A row is always listed.
async fn has_row(user_id: UserId, socket: &ListedSocket) -> bool {
    let row = sockets().await.connection(&socket.connection_id).await.unwrap();
    assert!(row.is_none() || listed(user_id).await.contains(socket), "a row without a listing: {row:?}");
    row.is_some()
}

/// Delivers a message, with a gateway that knows none of the sockets.
async fn deliver(user_id: UserId) {
    let world = World::get().await;
    let ([ana], gateway) = (world.people().await, FakeGateway::open().await);
    let chat = ana.group_with(&[user_id.to_string().as_str()]).await;
    let job = send(&ana, &chat).await;
    let environment = world.environment_posting_to(&Calls::default(), &gateway.endpoint);
    FanOut::new(&environment).unwrap().deliver(&job).await.unwrap();
}

#[tokio::test]
async fn durable_an_opening_that_crashes_anywhere_leaves_no_socket_unlisted_and_the_next_message_tidies_up() {
    at_every_call(async |calls| {
        let user_id = World::get().await.silent_people(1).await[0];
        let socket = gone(user_id, ago(LONG_AGO));
        let (session, id) = (Session::beginning_now(user_id), socket.connection_id.clone());
        let opened = crashing(&calls).await.open(id, session, socket.connected_at).await;
        assert_eq!(opened.is_err(), calls.crashed());
        has_row(user_id, &socket).await;
        // The gateway rejects the socket of a failed `$connect`, so a post finds it gone.
        deliver(user_id).await;
        assert!(!has_row(user_id, &socket).await);
        assert_eq!(listed(user_id).await, []);
    })
    .await;
}

#[tokio::test]
async fn durable_a_closing_that_crashes_anywhere_leaves_no_socket_unlisted_and_the_next_message_tidies_up() {
    at_every_call(async |calls| {
        let user_id = World::get().await.silent_people(1).await[0];
        let socket = gone(user_id, ago(LONG_AGO));
        let session = Session::beginning_now(user_id);
        sockets().await.open(socket.connection_id.clone(), session, socket.connected_at).await.unwrap();
        let closed = crashing(&calls).await.close(&socket.connection_id).await;
        assert_eq!(closed.is_err(), calls.crashed());
        has_row(user_id, &socket).await;
        deliver(user_id).await;
        assert!(!has_row(user_id, &socket).await);
        assert_eq!(listed(user_id).await, []);
    })
    .await;
}

/// The gateway reports a socket as gone until `$connect` has ended.
#[tokio::test]
async fn a_socket_that_is_opening_stays_listed_although_a_post_finds_it_gone() {
    let user_id = World::get().await.silent_people(1).await[0];
    let socket = gone(user_id, Timestamp::now());
    let reachability = World::get().await.environment(&Calls::default()).reachability().unwrap();
    assert!(reachability.add_socket(user_id, &socket).await.unwrap());
    deliver(user_id).await;
    assert_eq!(listed(user_id).await, [socket]);
}
