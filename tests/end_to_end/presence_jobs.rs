//! Presence, job by job: what comes twice, late, out of order, or dies on the way.

use std::time::Duration;

use paloma::domain::{ConnectionId, Presence, SILENCE, Timestamp, UserId};
use paloma::queue::{Job, Left, Look, PresenceJob};
use paloma_tests::{Calls, World, until};
use serde_json::json;
use track_presence::TrackPresence;

use crate::durable::at_every_call;
use crate::presence::{ago, connect, enqueue, hear, hears_no_presence, id, note, noted, sockets, the_socket_of, watch};

/// Does a job in this process.
async fn track(calls: &Calls, work: PresenceJob, tries: u64) -> bool {
    let track_presence = TrackPresence::new(&World::get().await.environment(calls)).unwrap();
    track_presence.track(&Job { work, id: "1".to_owned(), tries }).await.is_ok()
}

#[tokio::test]
async fn presence_of_who_was_heard_of_just_now_does_not_end_before_it_was_asked_again() {
    let user_id = World::get().await.silent_people(1).await[0];
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let opened = Timestamp::now();
    sockets().await.open(connection_id.clone(), user_id, opened).await.unwrap();
    let look = Look { user_id, connection_id: connection_id.clone(), due: opened };
    assert!(track(&Calls::default(), PresenceJob::Look(look), 1).await);
    sockets().await.close(&connection_id).await.unwrap();

    let left = Left { user_id, at: Timestamp::now() };
    assert!(track(&Calls::default(), PresenceJob::Left(left.clone()), 1).await);
    assert_eq!(noted(user_id).await, Presence { online: true, last_seen: Some(opened) });
    until("the second answer", async || (!noted(user_id).await.online).then_some(())).await;
    assert_eq!(noted(user_id).await.last_seen, Some(left.at.max(opened.plus(Duration::from_millis(1)))));
}

/// Fan-out forgets a socket that the gateway calls gone, and nobody says goodbye.
#[tokio::test]
async fn presence_ends_with_the_next_look_at_a_socket_that_is_no_longer_remembered() {
    let user_id = World::get().await.silent_people(1).await[0];
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let opened = ago(Duration::from_secs(10));
    sockets().await.open(connection_id.clone(), user_id, opened).await.unwrap();
    let look = |due| PresenceJob::Look(Look { user_id, connection_id: connection_id.clone(), due });
    assert!(track(&Calls::default(), look(opened), 1).await);
    assert_eq!(noted(user_id).await, Presence { online: true, last_seen: Some(opened) });

    sockets().await.close(&connection_id).await.unwrap();
    assert!(track(&Calls::default(), look(opened.plus(SILENCE)), 1).await);
    let a_moment_later = opened.plus(Duration::from_millis(1));
    let gone = Presence { online: false, last_seen: Some(a_moment_later) };
    assert_eq!(noted(user_id).await, gone, "no two changes have the same moment");
}

#[tokio::test]
async fn presence_converges_whatever_is_replayed_in_whatever_order() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let user_id = id(&bruno);
    let phone = connect(&bruno).await;
    let closed = the_socket_of(&bruno).await;
    let opened = closed.last_seen_at;
    phone.die();
    until("to have gone", async || (!noted(user_id).await.online).then_some(())).await;
    let gone = noted(user_id).await;

    // Every job of a socket that has closed changes nothing any more, nor is anything told.
    let chat = ana.chat_with(&bruno).await;
    let mut anas = ana.connect().await;
    watch(&mut anas, &chat, &bruno).await;
    let look = |due| PresenceJob::Look(Look { user_id, connection_id: closed.connection_id.clone(), due });
    let left = |at| PresenceJob::Left(Left { user_id, at });
    let of_closed = [look(opened), look(closed.next_look_at), left(opened), left(Timestamp::now())];
    let mut replayed = [of_closed.clone(), of_closed.clone()].concat();
    fastrand::shuffle(&mut replayed);
    for job in &replayed {
        assert!(track(&Calls::default(), job.clone(), 1).await);
        assert_eq!(noted(user_id).await, gone, "{job:?}");
    }

    // Nor do they while another socket lives, all at once and with its own among them.
    let _laptop = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    let own = PresenceJob::Look(Look { user_id, connection_id: socket.connection_id, due: socket.last_seen_at });
    replayed.extend([own.clone(), own]);
    fastrand::shuffle(&mut replayed);
    futures::future::join_all(replayed.into_iter().map(enqueue)).await;
    let last = Timestamp::now();
    enqueue(left(last)).await;
    until("the last job", async || (noted(user_id).await.last_seen >= Some(last)).then_some(())).await;
    hear(&mut anas, true).await;
    hears_no_presence(&mut anas, &ana, &carla).await;
    assert!(noted(user_id).await.online);
}

#[tokio::test]
async fn presence_of_devices_that_come_and_go_all_at_once_ends_as_it_is() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut anas = ana.connect().await;
    watch(&mut anas, &chat, &bruno).await;
    let mut devices = futures::future::join_all((0..6).map(|_| bruno.connect())).await;
    let last = devices.pop().unwrap();
    drop(devices);
    // One more comes and goes after them all. When its goodbye has been heard, so have theirs.
    let tablet = connect(&bruno).await;
    let before = Timestamp::now();
    tablet.die();
    until("the goodbye", async || (noted(id(&bruno)).await.last_seen >= Some(before)).then_some(())).await;
    assert!(noted(id(&bruno)).await.online);

    last.die();
    until("to have gone", async || (!noted(id(&bruno)).await.online).then_some(())).await;
    let gone = json!(noted(id(&bruno)).await.last_seen);
    anas.hear("the end", |frame| frame["online"] == false && frame["lastSeen"] == gone).await;
    let others = anas.everything().await;
    assert!(others.iter().all(|frame| frame["lastSeen"].as_u64() < gone.as_u64()), "{others:?}");
}

#[tokio::test]
async fn presence_has_one_chain_of_looks_for_a_socket_however_often_one_comes() {
    let [bruno] = World::get().await.people().await;
    let mut phone = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    let next_looks = async |due, tries| {
        let calls = Calls::default();
        let look = Look { user_id: id(&bruno), connection_id: socket.connection_id.clone(), due };
        assert!(track(&calls, PresenceJob::Look(look), tries).await);
        calls.made().iter().filter(|call| *call == "SendMessage").count()
    };
    assert_eq!(next_looks(socket.last_seen_at, 1).await, 0, "the first look has gone on already");

    // A sign of life, and the next look comes twice: it goes on once, and looks when that will be eleven minutes old.
    phone.ask(json!({ "action": "ping" })).await;
    let both = futures::future::join(next_looks(socket.next_look_at, 1), next_looks(socket.next_look_at, 1)).await;
    assert_eq!(both.0 + both.1, 1);
    let pinged = the_socket_of(&bruno).await;
    assert!(pinged.last_seen_at > socket.last_seen_at);
    assert_eq!(pinged.next_look_at, pinged.last_seen_at.plus(SILENCE));
    assert_eq!(next_looks(socket.next_look_at, 1).await, 0);
    assert_eq!(next_looks(socket.next_look_at, 2).await, 1, "its first try may have died before it enqueued the next");
}

#[tokio::test]
async fn presence_that_dies_anywhere_is_finished_and_told_by_its_retry() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let user_id = world.silent_people(1).await[0];
    let made = ana.post("/chats", json!({ "type": "direct", "participants": [user_id] })).await;
    let mut anas = ana.connect().await;
    anas.tell(json!({ "action": "watch", "chatId": made.text("chatId") })).await;
    let mut told = async |online: bool| {
        let last_seen = noted(user_id).await.last_seen.unwrap().as_millis();
        anas.hear("news of it", |frame| frame["online"] == online && frame["lastSeen"] == last_seen).await;
    };
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    at_every_call(async |calls| {
        // Opened a while ago, so that the index shows it.
        let opened = ago(Duration::from_secs(10));
        sockets().await.open(connection_id.clone(), user_id, opened).await.unwrap();
        let look = PresenceJob::Look(Look { user_id, connection_id: connection_id.clone(), due: opened });
        assert_eq!(track(&calls, look.clone(), 1).await, !calls.crashed());
        assert!(track(&Calls::default(), look, 2).await);
        assert!(noted(user_id).await.online);
        told(true).await;
        let socket = sockets().await.connection(&connection_id).await.unwrap().expect("the socket");
        assert_eq!(socket.next_look_at, opened.plus(SILENCE));
        goes(user_id, &connection_id, opened, &Calls::default()).await;
        told(false).await;
    })
    .await;
    // It falls silent. Its last sign of life is known to the retry too.
    at_every_call(async |calls| {
        let silent = ago(SILENCE + Duration::from_secs(30));
        note(user_id, true, ago(SILENCE * 2)).await;
        sockets().await.open(connection_id.clone(), user_id, silent).await.unwrap();
        let look = PresenceJob::Look(Look { user_id, connection_id: connection_id.clone(), due: silent });
        assert_eq!(track(&calls, look.clone(), 1).await, !calls.crashed());
        assert!(track(&Calls::default(), look, 2).await);
        assert_eq!(noted(user_id).await, Presence { online: false, last_seen: Some(silent) });
        assert_eq!(sockets().await.connection(&connection_id).await.unwrap(), None);
        told(false).await;
    })
    .await;
    // It says goodbye.
    at_every_call(async |calls| {
        let opened = ago(Duration::from_secs(10));
        sockets().await.open(connection_id.clone(), user_id, opened).await.unwrap();
        let look = PresenceJob::Look(Look { user_id, connection_id: connection_id.clone(), due: opened });
        assert!(track(&Calls::default(), look, 1).await);
        goes(user_id, &connection_id, opened, &calls).await;
        assert!(!noted(user_id).await.online);
        told(false).await;
    })
    .await;
}

/// Closes a socket, and finds that its owner has gone, dying once perhaps.
async fn goes(user_id: UserId, connection_id: &ConnectionId, at: Timestamp, calls: &Calls) {
    sockets().await.close(connection_id).await.unwrap();
    let left = PresenceJob::Left(Left { user_id, at });
    assert_eq!(track(calls, left.clone(), 1).await, !calls.crashed());
    assert!(track(&Calls::default(), left, 2).await);
}
