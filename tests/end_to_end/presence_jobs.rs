//! Presence, job by job: what comes twice, late, out of order, or dies on the way.

use std::time::Duration;

use paloma::domain::{ConnectionId, Presence, SILENCE, Session, Timestamp, UserId};
use paloma::queue::{ConnectionCheck, ConnectionClosed, DeliveryJob, Job, PresenceJob, WatchStarted};
use paloma_tests::{Calls, World, until};
use serde_json::json;
use track_presence::TrackPresence;

use crate::durable::at_every_call;
use crate::presence::{
    acquainted, ago, conclusions, connect, enqueue, has_heard_no_presence, hear, id, note, noted, sockets,
    the_socket_of, watch,
};

/// Does a job in this process.
async fn track(calls: &Calls, work: PresenceJob, tries: u64) -> bool {
    let track_presence = TrackPresence::new(&World::get().await.environment(calls)).unwrap();
    track_presence.track(&Job { work, id: "1".to_owned(), tries }).await.is_ok()
}

/// How often a job enqueues another when it is done: to tell, to look again, or to ask again.
async fn enqueued_by(work: PresenceJob, tries: u64) -> usize {
    let calls = Calls::default();
    assert!(track(&calls, work, tries).await);
    calls.made().iter().filter(|call| *call == "SendMessage").count()
}

/// The index may not show yet on which socket they were heard of; and where it does, nothing is lost by waiting.
#[tokio::test]
async fn presence_of_who_was_heard_of_just_now_does_not_end_before_it_was_asked_again() {
    let user_id = World::get().await.silent_people(1).await[0];
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let opened = Timestamp::now();
    sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    let look = ConnectionCheck { user_id, connection_id: connection_id.clone(), due: opened };
    assert!(track(&Calls::default(), PresenceJob::ConnectionCheck(look), 1).await);
    sockets().await.close(&connection_id).await.unwrap();

    let left = ConnectionClosed { user_id, at: Timestamp::now() };
    assert!(track(&Calls::default(), PresenceJob::ConnectionClosed(left.clone()), 1).await);
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
    sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    let look =
        |due| PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: connection_id.clone(), due });
    assert!(track(&Calls::default(), look(opened), 1).await);
    assert_eq!(noted(user_id).await, Presence { online: true, last_seen: Some(opened) });

    sockets().await.close(&connection_id).await.unwrap();
    assert!(track(&Calls::default(), look(opened.plus(SILENCE)), 1).await);
    let a_moment_later = opened.plus(Duration::from_millis(1));
    let gone = Presence { online: false, last_seen: Some(a_moment_later) };
    assert_eq!(noted(user_id).await, gone, "no two changes have the same moment");
}

#[tokio::test]
async fn presence_does_not_flap_when_a_page_reloads() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = acquainted(&ana, user_id).await;
    let (before, after) = (ConnectionId::new(format!("a-of-{user_id}")), ConnectionId::new(format!("b-of-{user_id}")));
    let look = |connection_id: &ConnectionId, due| {
        PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: connection_id.clone(), due })
    };
    let opened = ago(Duration::from_secs(10));
    sockets().await.open(before.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    assert!(track(&Calls::default(), look(&before, opened), 1).await);
    let mut ana_socket = ana.connects().await;
    assert_eq!(watch(&mut ana_socket, &chat, user_id).await["online"], true);

    // The goodbye is heard when the page is back, whether that has been seen or not.
    sockets().await.close(&before).await.unwrap();
    let reloaded = Timestamp::now();
    sockets().await.open(after.clone(), Session::beginning_now(user_id), reloaded).await.unwrap();
    let left = PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at: reloaded });
    assert_eq!(enqueued_by(left.clone(), 1).await, 0, "nobody is told, nor is it asked again");
    assert_eq!(enqueued_by(look(&after, reloaded), 1).await, 1, "the next look, and nobody is told");
    assert_eq!(enqueued_by(left, 1).await, 0);
    assert_eq!(noted(user_id).await, Presence { online: true, last_seen: Some(reloaded) });
}

/// The looks at their sockets failed for good, and so nobody noticed when they went; watchers were shown by the clock.
#[tokio::test]
async fn presence_that_was_shown_as_over_is_told_when_they_come_or_are_heard_of_again() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = acquainted(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let opened = ago(Duration::from_secs(10));
    let look =
        PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: connection_id.clone(), due: opened });
    // Another socket's goodbye finds this one alive, and is the last sign of life.
    let left = PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at: opened.plus(Duration::from_secs(1)) });
    for (job, sign) in [(look, opened), (left, opened.plus(Duration::from_secs(1)))] {
        let stale = ago(SILENCE * 2);
        note(user_id, true, stale).await;
        assert_eq!(watch(&mut ana_socket, &chat, user_id).await, json!({ "online": false, "lastSeen": stale }));
        sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
        assert!(track(&Calls::default(), job, 1).await);
        assert_eq!(hear(&mut ana_socket, true).await, sign.as_millis());
    }
}

#[tokio::test]
async fn presence_is_told_to_who_began_to_watch_when_it_changed() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = acquainted(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, user_id).await;
    let connection_id = the_socket_of(&ana).await.connection_id;
    // What changes now is not told by whoever writes it: the index does not show the watcher yet.
    let acked = ago(Duration::from_secs(60));
    let came = acked.plus(Duration::from_secs(1));
    note(user_id, true, came).await;
    let watched = |chat_id: &str, last_seen| {
        let (chat_id, connection_id) = (chat_id.parse().unwrap(), connection_id.clone());
        PresenceJob::WatchStarted(WatchStarted { user_id, chat_id, connection_id, last_seen })
    };
    assert_eq!(enqueued_by(watched(&chat, Some(came)), 1).await, 0, "it was acknowledged");
    assert_eq!(enqueued_by(watched(&chat, Some(acked)), 1).await, 1);
    assert_eq!(hear(&mut ana_socket, true).await, came.as_millis());
    assert_eq!(enqueued_by(watched(&chat, None), 1).await, 1, "they had never been seen");
    assert_eq!(hear(&mut ana_socket, true).await, came.as_millis());

    // Who has turned to another chat meanwhile, or to none, does not hear of this one.
    assert_eq!(enqueued_by(watched(&UserId::random().to_string(), Some(acked)), 1).await, 0);
    ana_socket.request_ok(json!({ "action": "unwatch" })).await;
    assert_eq!(enqueued_by(watched(&chat, Some(acked)), 1).await, 0);
    sockets().await.close(&connection_id).await.unwrap();
    assert_eq!(enqueued_by(watched(&chat, Some(acked)), 1).await, 0);
}

/// It is told once: what a busy queue let expire would be missing until the next change.
#[tokio::test]
async fn presence_that_is_told_does_not_expire() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = acquainted(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, user_id).await;
    let opened = ago(Duration::from_secs(10));
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    // A deliveries queue of its own, which fan-out does not empty.
    let name = format!("deliveries-{:08x}", fastrand::u32(..));
    let queue = world.sqs().create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
    let track_presence = TrackPresence::new(&world.environment_with(&[("DELIVERIES_QUEUE", &queue)])).unwrap();
    let work = PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id, due: opened });
    track_presence.track(&Job { work, id: "1".to_owned(), tries: 1 }).await.unwrap();
    let told = world.sqs().receive_message().queue_url(&queue).send().await.unwrap();
    let job: DeliveryJob = serde_json::from_str(told.messages()[0].body().unwrap()).unwrap();
    assert_eq!((job.chat_id, job.expires_at), (Some(chat.parse().unwrap()), None));
}

#[tokio::test]
async fn presence_converges_whatever_is_replayed_in_whatever_order() {
    let [ana, bruno] = World::get().await.people().await;
    let user_id = id(&bruno);
    let phone = connect(&bruno).await;
    let closed = the_socket_of(&bruno).await;
    let opened = closed.last_seen_at;
    phone.loses_connection();
    until("to have gone", async || (!noted(user_id).await.online).then_some(())).await;
    let gone = noted(user_id).await;

    // Every job of a socket that has closed changes nothing any more, nor is anything told.
    let chat = acquainted(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, user_id).await;
    let look = |due| {
        PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: closed.connection_id.clone(), due })
    };
    let left = |at| PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at });
    let of_closed = [look(opened), look(closed.next_look_at), left(opened), left(Timestamp::now())];
    let mut replayed = [of_closed.clone(), of_closed.clone()].concat();
    fastrand::shuffle(&mut replayed);
    for job in &replayed {
        assert_eq!(enqueued_by(job.clone(), 1).await, 0, "{job:?}");
        assert_eq!(noted(user_id).await, gone, "{job:?}");
    }

    // Nor do they while another socket lives, all at once and with its own among them.
    let before = conclusions(user_id).await.len();
    let _laptop = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    let own = PresenceJob::ConnectionCheck(ConnectionCheck {
        user_id,
        connection_id: socket.connection_id,
        due: socket.last_seen_at,
    });
    replayed.extend([own.clone(), own]);
    fastrand::shuffle(&mut replayed);
    let jobs = 1 + replayed.len();
    futures::future::join_all(replayed.into_iter().map(enqueue)).await;
    let since = async || conclusions(user_id).await.split_off(before);
    until("all the jobs", async || (since().await.len() >= jobs).then_some(())).await;
    let concluded = since().await;
    let count = |outcome: &str| concluded.iter().filter(|one| *one == outcome).count();
    assert_eq!((count("online, and told"), count("offline")), (1, 0), "{concluded:?}");
    assert!(noted(user_id).await.online);
    hear(&mut ana_socket, true).await;
    has_heard_no_presence(&mut ana_socket).await;
}

#[tokio::test]
async fn presence_of_devices_that_come_and_go_all_at_once_ends_as_it_is() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = acquainted(&ana, id(&bruno)).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, id(&bruno)).await;
    let mut devices = futures::future::join_all((0..6).map(|_| bruno.connects())).await;
    let last = devices.pop().unwrap();
    drop(devices);
    // One more comes and goes after them all. When its goodbye has been heard, so have theirs.
    let tablet = connect(&bruno).await;
    let before = Timestamp::now();
    tablet.loses_connection();
    until("the goodbye", async || (noted(id(&bruno)).await.last_seen >= Some(before)).then_some(())).await;
    assert!(noted(id(&bruno)).await.online);

    last.loses_connection();
    until("to have gone", async || (!noted(id(&bruno)).await.online).then_some(())).await;
    let gone = json!(noted(id(&bruno)).await.last_seen);
    ana_socket.receives("the end", |frame| frame["online"] == false && frame["lastSeen"] == gone).await;
    let others = ana_socket.received_frames().await;
    assert!(others.iter().all(|frame| frame["lastSeen"].as_u64() < gone.as_u64()), "{others:?}");
}

#[tokio::test]
async fn presence_has_one_chain_of_looks_for_a_socket_however_often_one_comes() {
    let [bruno] = World::get().await.people().await;
    let mut phone = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    let next_looks = async |due, tries| {
        let look = ConnectionCheck { user_id: id(&bruno), connection_id: socket.connection_id.clone(), due };
        enqueued_by(PresenceJob::ConnectionCheck(look), tries).await
    };
    assert_eq!(next_looks(socket.last_seen_at, 1).await, 0, "the first look has gone on already");

    // A sign of life, and the next look comes twice: it goes on once, and looks when that will be eleven minutes old.
    phone.request(json!({ "action": "ping" })).await;
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
    let chat = acquainted(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, user_id).await;
    let mut told = async |online: bool| {
        let last_seen = noted(user_id).await.last_seen.unwrap().as_millis();
        ana_socket.receives("news of it", |frame| frame["online"] == online && frame["lastSeen"] == last_seen).await;
    };
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    at_every_call(async |calls| {
        // Opened a while ago, so that the index shows it.
        let opened = ago(Duration::from_secs(10));
        sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
        let look = PresenceJob::ConnectionCheck(ConnectionCheck {
            user_id,
            connection_id: connection_id.clone(),
            due: opened,
        });
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
        sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), silent).await.unwrap();
        let look = PresenceJob::ConnectionCheck(ConnectionCheck {
            user_id,
            connection_id: connection_id.clone(),
            due: silent,
        });
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
        sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
        let look = PresenceJob::ConnectionCheck(ConnectionCheck {
            user_id,
            connection_id: connection_id.clone(),
            due: opened,
        });
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
    let left = PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at });
    assert_eq!(track(calls, left.clone(), 1).await, !calls.crashed());
    assert!(track(&Calls::default(), left, 2).await);
}
