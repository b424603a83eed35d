//! Jobs of presence that are repeated, late, out of order, or crash.

use std::time::Duration;

use paloma::domain::{ConnectionId, LIVENESS_TIMEOUT, Presence, Session, Timestamp, UserId};
use paloma::queue::{ConnectionCheck, ConnectionClosed, DeliveryJob, Job, PresenceJob, WatchStarted};
use paloma_tests::{Calls, World, until};
use serde_json::json;
use track_presence::TrackPresence;

use crate::presence::{
    ago, chat_that_shows, connect, enqueue, has_no_presence_frame, id, outcomes, receives_presence, socket_of, sockets,
    store_presence, stored_presence, watch,
};

/// Runs a job in this process. Returns whether it succeeded.
pub(crate) async fn track(calls: &Calls, work: PresenceJob, tries: u64) -> bool {
    let track_presence = TrackPresence::new(&World::get().await.environment(calls)).unwrap();
    track_presence.track(&Job { tries, ..Job::first_try("1", work) }).await.is_ok()
}

/// The number of jobs that a job enqueues: a delivery, the next connection check, or a repetition.
async fn enqueued_by(work: PresenceJob, tries: u64) -> usize {
    let calls = Calls::default();
    assert!(track(&calls, work, tries).await);
    calls.made().iter().filter(|call| *call == "SendMessage").count()
}

/// The index may not show the newest socket yet, so an end within 2 s of a sign of life is checked again.
#[tokio::test]
async fn presence_within_two_seconds_of_a_sign_of_life_is_checked_again_before_it_ends() {
    let user_id = World::get().await.silent_people(1).await[0];
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let opened = Timestamp::now();
    sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    let look = ConnectionCheck { user_id, connection_id: connection_id.clone(), due: opened };
    assert!(track(&Calls::default(), PresenceJob::ConnectionCheck(look), 1).await);
    sockets().await.close(&connection_id).await.unwrap();

    let closed_job = ConnectionClosed { user_id, at: Timestamp::now() };
    assert!(track(&Calls::default(), PresenceJob::ConnectionClosed(closed_job.clone()), 1).await);
    let stored = stored_presence(user_id).await;
    // On a busy machine the two seconds may be over.
    if Timestamp::now() < opened.plus(Duration::from_secs(2)) {
        assert_eq!(stored, Presence { online: true, last_seen: Some(opened) });
    }
    until("the second check", async || (!stored_presence(user_id).await.online).then_some(())).await;
    assert_eq!(
        stored_presence(user_id).await.last_seen,
        Some(closed_job.at.max(opened.plus(Duration::from_millis(1))))
    );
}

/// Fan-out deletes the row of a socket that is gone, and no `$disconnect` follows.
#[tokio::test]
async fn presence_ends_with_the_connection_check_of_a_socket_without_a_row() {
    let user_id = World::get().await.silent_people(1).await[0];
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let opened = ago(Duration::from_secs(10));
    sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    let look =
        |due| PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: connection_id.clone(), due });
    assert!(track(&Calls::default(), look(opened), 1).await);
    assert_eq!(stored_presence(user_id).await, Presence { online: true, last_seen: Some(opened) });

    sockets().await.close(&connection_id).await.unwrap();
    assert!(track(&Calls::default(), look(opened.plus(LIVENESS_TIMEOUT)), 1).await);
    let a_moment_later = opened.plus(Duration::from_millis(1));
    let gone = Presence { online: false, last_seen: Some(a_moment_later) };
    assert_eq!(stored_presence(user_id).await, gone, "no two changes have the same moment");
}

#[tokio::test]
async fn presence_stays_online_while_a_page_reloads() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = chat_that_shows(&ana, user_id).await;
    let (before, after) = (ConnectionId::new(format!("a-of-{user_id}")), ConnectionId::new(format!("b-of-{user_id}")));
    let look = |connection_id: &ConnectionId, due| {
        PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: connection_id.clone(), due })
    };
    let opened = ago(Duration::from_secs(10));
    sockets().await.open(before.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    assert!(track(&Calls::default(), look(&before, opened), 1).await);
    let mut ana_socket = ana.connects().await;
    assert_eq!(watch(&mut ana_socket, &chat, user_id).await["online"], true);

    // The disconnect of the old socket comes after the new socket, before or after its first check.
    sockets().await.close(&before).await.unwrap();
    let reloaded = Timestamp::now();
    sockets().await.open(after.clone(), Session::beginning_now(user_id), reloaded).await.unwrap();
    let closed_job = PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at: reloaded });
    assert_eq!(enqueued_by(closed_job.clone(), 1).await, 0, "no delivery and no repetition");
    assert_eq!(enqueued_by(look(&after, reloaded), 1).await, 1, "the next check, and no delivery");
    assert_eq!(enqueued_by(closed_job, 1).await, 0);
    assert_eq!(stored_presence(user_id).await, Presence { online: true, last_seen: Some(reloaded) });
}

/// The connection checks were lost, so the stored presence is an old `online`, which clients see as offline.
#[tokio::test]
async fn presence_that_looked_offline_is_posted_when_the_user_connects_or_is_alive() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = chat_that_shows(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let opened = ago(Duration::from_secs(10));
    let look =
        PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: connection_id.clone(), due: opened });
    // The disconnect of another socket finds this one alive, and counts as the last sign of life.
    let closed_job =
        PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at: opened.plus(Duration::from_secs(1)) });
    for (job, sign) in [(look, opened), (closed_job, opened.plus(Duration::from_secs(1)))] {
        let stale = ago(LIVENESS_TIMEOUT * 2);
        store_presence(user_id, true, stale).await;
        assert_eq!(watch(&mut ana_socket, &chat, user_id).await, json!({ "online": false, "lastSeen": stale }));
        sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
        assert!(track(&Calls::default(), job, 1).await);
        assert_eq!(receives_presence(&mut ana_socket, true).await, sign.as_millis());
    }
}

#[tokio::test]
async fn presence_that_changes_during_the_start_of_a_watch_is_posted() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = chat_that_shows(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, user_id).await;
    let connection_id = socket_of(&ana).await.connection_id;
    // The index does not show the watcher yet, so the writer of the change posts nothing.
    let acked = ago(Duration::from_secs(60));
    let changed = acked.plus(Duration::from_secs(1));
    store_presence(user_id, true, changed).await;
    let watched = |chat_id: &str, last_seen| {
        let (chat_id, connection_id) = (chat_id.parse().unwrap(), connection_id.clone());
        PresenceJob::WatchStarted(WatchStarted { user_id, chat_id, connection_id, last_seen, is_hidden: false })
    };
    assert_eq!(enqueued_by(watched(&chat, Some(changed)), 1).await, 0, "the answer had this presence");
    assert_eq!(enqueued_by(watched(&chat, Some(acked)), 1).await, 1);
    assert_eq!(receives_presence(&mut ana_socket, true).await, changed.as_millis());
    assert_eq!(enqueued_by(watched(&chat, None), 1).await, 1, "the answer had no presence");
    assert_eq!(receives_presence(&mut ana_socket, true).await, changed.as_millis());

    // A socket that now watches another chat, or none, receives nothing.
    assert_eq!(enqueued_by(watched(&UserId::random().to_string(), Some(acked)), 1).await, 0);
    ana_socket.request_ok(json!({ "action": "unwatch" })).await;
    assert_eq!(enqueued_by(watched(&chat, Some(acked)), 1).await, 0);
    sockets().await.close(&connection_id).await.unwrap();
    assert_eq!(enqueued_by(watched(&chat, Some(acked)), 1).await, 0);
}

/// A change is posted once. If it expired in a slow queue, watchers would miss it until the next change.
#[tokio::test]
async fn a_delivery_of_presence_does_not_expire() {
    let world = World::get().await;
    let ([ana], user_id) = (world.people().await, world.silent_people(1).await[0]);
    let chat = chat_that_shows(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, user_id).await;
    let opened = ago(Duration::from_secs(10));
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    sockets().await.open(connection_id.clone(), Session::beginning_now(user_id), opened).await.unwrap();
    // A deliveries queue that fan-out does not consume.
    let name = format!("deliveries-{:08x}", fastrand::u32(..));
    let queue = world.sqs().create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
    let track_presence = TrackPresence::new(&world.environment_with(&[("DELIVERIES_QUEUE", &queue)])).unwrap();
    let work = PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id, due: opened });
    track_presence.track(&Job::first_try("1", work)).await.unwrap();
    let received = world.sqs().receive_message().queue_url(&queue).send().await.unwrap();
    let job: DeliveryJob = serde_json::from_str(received.messages()[0].body().unwrap()).unwrap();
    assert_eq!((job.chat_id, job.expires_at), (Some(chat.parse().unwrap()), None));
}

#[tokio::test]
async fn convergent_replayed_jobs_of_presence_in_any_order_change_nothing() {
    let [ana, bruno] = World::get().await.people().await;
    let user_id = id(&bruno);
    let phone = connect(&bruno).await;
    let closed = socket_of(&bruno).await;
    let opened = closed.last_seen_at;
    phone.loses_connection();
    until("to have gone", async || (!stored_presence(user_id).await.online).then_some(())).await;
    let offline = stored_presence(user_id).await;

    // The jobs of a closed socket change nothing, and enqueue no delivery.
    let chat = chat_that_shows(&ana, user_id).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, user_id).await;
    let look = |due| {
        PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id: closed.connection_id.clone(), due })
    };
    let closed_job = |at| PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at });
    let of_closed = [look(opened), look(closed.next_check_at), closed_job(opened), closed_job(Timestamp::now())];
    let mut replayed = [of_closed.clone(), of_closed.clone()].concat();
    fastrand::shuffle(&mut replayed);
    for job in &replayed {
        assert_eq!(enqueued_by(job.clone(), 1).await, 0, "{job:?}");
        assert_eq!(stored_presence(user_id).await, offline, "{job:?}");
    }

    // While another socket is alive, they change nothing, even together with its own jobs.
    let before = outcomes(user_id).await.len();
    let _laptop = connect(&bruno).await;
    let socket = socket_of(&bruno).await;
    let own = PresenceJob::ConnectionCheck(ConnectionCheck {
        user_id,
        connection_id: socket.connection_id,
        due: socket.last_seen_at,
    });
    replayed.extend([own.clone(), own]);
    fastrand::shuffle(&mut replayed);
    let jobs = 1 + replayed.len();
    futures::future::join_all(replayed.into_iter().map(enqueue)).await;
    let since = async || outcomes(user_id).await.split_off(before);
    until("all the jobs", async || (since().await.len() >= jobs).then_some(())).await;
    let logged = since().await;
    let count = |outcome: &str| logged.iter().filter(|one| *one == outcome).count();
    assert_eq!((count("online, watchers notified"), count("offline")), (1, 0), "{logged:?}");
    assert!(stored_presence(user_id).await.online);
    receives_presence(&mut ana_socket, true).await;
    has_no_presence_frame(&mut ana_socket).await;
}

#[tokio::test]
async fn presence_is_right_after_many_concurrent_connects_and_disconnects() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = chat_that_shows(&ana, id(&bruno)).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, id(&bruno)).await;
    let mut devices = futures::future::join_all((0..6).map(|_| bruno.connects())).await;
    let last = devices.pop().unwrap();
    drop(devices);
    // A tablet connects and disconnects after them. Its disconnect is handled after theirs.
    let tablet = connect(&bruno).await;
    let before = Timestamp::now();
    tablet.loses_connection();
    until("the goodbye", async || (stored_presence(id(&bruno)).await.last_seen >= Some(before)).then_some(())).await;
    assert!(stored_presence(id(&bruno)).await.online);

    last.loses_connection();
    until("to have gone", async || (!stored_presence(id(&bruno)).await.online).then_some(())).await;
    let offline_since = json!(stored_presence(id(&bruno)).await.last_seen);
    ana_socket
        .receives("the offline frame", |frame| frame["online"] == false && frame["lastSeen"] == offline_since)
        .await;
    let others = ana_socket.received_frames().await;
    assert!(others.iter().all(|frame| frame["lastSeen"].as_u64() < offline_since.as_u64()), "{others:?}");
}

/// Only one of the jobs that read the same presence stores its activity at once. The others are enqueued again.
#[tokio::test]
async fn presence_keeps_the_last_activity_of_sockets_that_close_at_once() {
    let [bruno] = World::get().await.people().await;
    let _laptop = connect(&bruno).await;
    let socket = socket_of(&bruno).await;
    let at = |second| socket.connected_at.plus(Duration::from_secs(second));
    let closed = |second| PresenceJob::ConnectionClosed(ConnectionClosed { user_id: id(&bruno), at: at(second) });
    let calls = Calls::default();
    let tracked = futures::future::join_all((1..=8).map(|second| track(&calls, closed(second), 1))).await;
    assert!(tracked.iter().all(|succeeded| *succeeded));
    let last = async || (stored_presence(id(&bruno)).await.last_seen >= Some(at(8))).then_some(());
    until("the last activity", last).await;
    assert!(stored_presence(id(&bruno)).await.online);
}

#[tokio::test]
async fn a_repeated_connection_check_enqueues_one_next_check() {
    let [bruno] = World::get().await.people().await;
    let mut phone = connect(&bruno).await;
    let socket = socket_of(&bruno).await;
    let next_checks = async |due, tries| {
        let look = ConnectionCheck { user_id: id(&bruno), connection_id: socket.connection_id.clone(), due };
        enqueued_by(PresenceJob::ConnectionCheck(look), tries).await
    };
    assert_eq!(next_checks(socket.last_seen_at, 1).await, 0, "the first check has enqueued the next one");

    // After a ping, two copies of the next check enqueue one check, due 11 minutes after the ping.
    phone.request(json!({ "action": "ping" })).await;
    let both = futures::future::join(next_checks(socket.next_check_at, 1), next_checks(socket.next_check_at, 1)).await;
    assert_eq!(both.0 + both.1, 1);
    let pinged = socket_of(&bruno).await;
    assert!(pinged.last_seen_at > socket.last_seen_at);
    assert_eq!(pinged.next_check_at, pinged.last_seen_at.plus(LIVENESS_TIMEOUT));
    assert_eq!(next_checks(socket.next_check_at, 1).await, 0);
    assert_eq!(
        next_checks(socket.next_check_at, 2).await,
        1,
        "the first try may have crashed before it enqueued the next check"
    );
}
