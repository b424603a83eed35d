//! Presence: a user is online while a socket is alive. Frames go only to sockets that watch the chat.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use paloma::domain::{LIVENESS_TIMEOUT, Marks, Presence, Receipt, Session, Timestamp, UserId};
use paloma::queue::{ConnectionCheck, PresenceJob};
use paloma::store::{Connection, Sharing};
use paloma_tests::{Calls, Person, Socket, World, until};
use serde_json::{Value, json};

pub(crate) fn id(person: &Person) -> UserId {
    person.id().parse().unwrap()
}

/// The time before now by this duration.
pub(crate) fn ago(time: Duration) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() - time.as_millis() as u64)
}

/// The stored presence of a user.
pub(crate) async fn stored_presence(user_id: UserId) -> Presence {
    let users = World::get().await.environment(&Calls::default()).users().unwrap();
    users.presence(user_id).await.unwrap().expect("a row").0
}

/// Stores a presence for a user.
pub(crate) async fn store_presence(user_id: UserId, online: bool, last_seen: Timestamp) {
    let world = World::get().await;
    let update = world
        .dynamodb()
        .update_item()
        .table_name(&world.description().tables["users"])
        .key("userId", AttributeValue::S(user_id.to_string()))
        .update_expression("SET #online = :online, lastSeen = :seen")
        .expression_attribute_names("#online", "online")
        .expression_attribute_values(":online", AttributeValue::Bool(online))
        .expression_attribute_values(":seen", AttributeValue::N(last_seen.as_millis().to_string()));
    update.send().await.unwrap();
}

pub(crate) async fn sockets() -> paloma::store::Connections {
    World::get().await.environment(&Calls::default()).connections().unwrap()
}

pub(crate) async fn sockets_of(user_id: UserId) -> Vec<Connection> {
    sockets().await.of_user(user_id, Timestamp::now()).await.unwrap()
}

/// The row of the only socket of a user, after its first connection check.
pub(crate) async fn socket_of(person: &Person) -> Connection {
    until("the first connection check", async || {
        let found = sockets_of(id(person)).await;
        found.into_iter().find(|socket| socket.next_check_at > Timestamp::now())
    })
    .await
}

/// Opens a socket, and waits until its owner is online.
pub(crate) async fn connect(person: &Person) -> Socket {
    let before = Timestamp::now();
    let device = person.connects().await;
    until("the user to be online", async || {
        let presence = stored_presence(id(person)).await;
        (presence.online && presence.last_seen >= Some(before)).then_some(())
    })
    .await;
    device
}

/// Creates a direct chat in which `other` has read a message, and so shows presence.
pub(crate) async fn chat_that_shows(person: &Person, other: UserId) -> String {
    let made = person.post("/chats", json!({ "type": "direct", "participants": [other] })).await;
    let chat = made.text("chatId");
    let sent = person.sends(&chat, "Hello").await;
    let seq = sent["seq"].as_u64().unwrap().try_into().unwrap();
    // The mark moves as update-status moves it, because `other` may be a user without a login.
    let chats = World::get().await.environment(&Calls::default()).chats().unwrap();
    chats
        .advance(chat.parse().unwrap(), other, Marks::default(), Receipt::Read, (seq, None), Sharing::Shared)
        .await
        .unwrap();
    // Fan-out deletes the rows of sockets that are gone, so the test waits before it makes up sockets.
    until_posted(&chat, "chat", 1).await;
    until_posted(&chat, "message", 1).await;
    chat
}

/// The outcomes that track-presence has logged for a user, oldest first.
pub(crate) async fn outcomes(user_id: UserId) -> Vec<String> {
    let log = World::get().await.log_of("track-presence");
    let about = log.iter().filter(|line| line["userId"] == json!(user_id));
    about.filter_map(|line| line["outcome"].as_str().map(str::to_owned)).collect()
}

/// Watches a user, and waits until track-presence has checked for changes since. Returns the presence in the answer.
pub(crate) async fn watch(device: &mut Socket, chat: &str, user_id: UserId) -> Value {
    const CHECKED: [&str; 3] = ["watcher is up to date", "no longer watched", "watcher notified"];
    let checks = async || outcomes(user_id).await.iter().filter(|outcome| CHECKED.contains(&outcome.as_str())).count();
    let before = checks().await;
    let result = device.request_ok(json!({ "action": "watch", "chatId": chat })).await;
    assert_eq!((&result["chatId"], &result["userId"]), (&json!(chat), &json!(user_id)), "{result}");
    until("the check of the watch", async || (checks().await > before).then_some(())).await;
    result["presence"].clone()
}

/// Waits for the presence frame with this value. Returns its `lastSeen`.
pub(crate) async fn receives_presence(device: &mut Socket, online: bool) -> u64 {
    let what = format!("presence with online = {online}");
    let received = device.receives(&what, |frame| frame["type"] == "presence" && frame["online"] == online).await;
    received["lastSeen"].as_u64().unwrap_or_else(|| panic!("no lastSeen in {received}"))
}

/// Waits until fan-out has posted this many events of a kind in a chat.
pub(crate) async fn until_posted(chat: &str, event: &str, times: usize) {
    until(&format!("{times} {event} events in fan-out"), async || {
        let log = World::get().await.log_of("fan-out");
        let posted = log.iter().filter(|line| line["event"] == event && line["chatId"] == chat);
        (posted.count() >= times).then_some(())
    })
    .await;
}

/// Checks that a socket has no other presence frame. Call `until_posted` first.
pub(crate) async fn has_no_presence_frame(device: &mut Socket) {
    let received = device.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] != "presence"), "{received:?}");
}

pub(crate) async fn enqueue(job: PresenceJob) {
    let queue = World::get().await.environment(&Calls::default()).presence_jobs().unwrap();
    queue.enqueue(job.user_id(), &job).await.unwrap();
}

#[tokio::test]
async fn presence_is_online_until_the_last_socket_closes_and_only_watchers_receive_it() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (chat, carlas_chat) = (chat_that_shows(&ana, id(&bruno)).await, chat_that_shows(&carla, id(&bruno)).await);
    let (mut ana_socket, mut carla_socket) = (ana.connects().await, carla.connects().await);
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await, json!({ "online": false }), "never online before");

    let before = Timestamp::now().as_millis();
    let (phone, laptop) = (connect(&bruno).await, connect(&bruno).await);
    let online_since = receives_presence(&mut ana_socket, true).await;
    assert!((before..=Timestamp::now().as_millis()).contains(&online_since));

    // The phone disconnects, and the laptop keeps Bruno online.
    let before = Timestamp::now();
    phone.loses_connection();
    until("the disconnect", async || (stored_presence(id(&bruno)).await.last_seen >= Some(before)).then_some(())).await;
    let still_online = async || outcomes(id(&bruno)).await.iter().any(|outcome| outcome == "still online");
    until("the outcome of the disconnect", async || still_online().await.then_some(())).await;
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.body["presence"]["online"], true);
    has_no_presence_frame(&mut ana_socket).await;

    let before = Timestamp::now().as_millis();
    laptop.loses_connection();
    let offline_since = receives_presence(&mut ana_socket, false).await;
    assert!((before..=Timestamp::now().as_millis()).contains(&offline_since), "the time of the disconnect");
    let offline = json!({ "online": false, "lastSeen": offline_since });
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.body["presence"], offline);
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await, offline);

    // Carla has a direct chat with Bruno, and does not watch it.
    until_posted(&chat, "presence", 2).await;
    has_no_presence_frame(&mut carla_socket).await;
    let log = World::get().await.log_of("fan-out");
    assert!(!log.iter().any(|line| line["event"] == "presence" && line["chatId"] == carlas_chat));
}

#[tokio::test]
async fn presence_ends_without_a_disconnect_once_a_socket_is_silent_for_11_minutes() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = chat_that_shows(&ana, id(&bruno)).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, id(&bruno)).await;
    let phone = connect(&bruno).await;
    let socket = socket_of(&bruno).await;
    phone.loses_connection();
    receives_presence(&mut ana_socket, true).await;
    receives_presence(&mut ana_socket, false).await;

    // The state after a disconnect that the gateway missed: the row is there, and its last ping is long ago.
    let last_ping = ago(LIVENESS_TIMEOUT + Duration::from_secs(30));
    store_presence(id(&bruno), true, ago(LIVENESS_TIMEOUT * 2)).await;
    sockets().await.open(socket.connection_id.clone(), Session::beginning_now(id(&bruno)), last_ping).await.unwrap();
    let stale = ana.get(&format!("/chats/{chat}")).await.body;
    assert_eq!(stale["presence"]["online"], false, "an old online presence is shown as offline");

    enqueue(PresenceJob::ConnectionCheck(ConnectionCheck {
        user_id: id(&bruno),
        connection_id: socket.connection_id,
        due: last_ping,
    }))
    .await;
    assert_eq!(receives_presence(&mut ana_socket, false).await, last_ping.as_millis(), "the last ping");
    until("the row to be deleted", async || sockets_of(id(&bruno)).await.is_empty().then_some(())).await;
    assert_eq!(stored_presence(id(&bruno)).await, Presence { online: false, last_seen: Some(last_ping) });
}

/// The gateway also runs `$disconnect` for a socket that was idle for 10 minutes.
#[tokio::test]
async fn presence_ends_at_the_last_ping_when_the_gateway_closes_an_idle_socket() {
    let [bruno] = World::get().await.people().await;
    let phone = connect(&bruno).await;
    let socket = socket_of(&bruno).await;
    let last_ping = ago(Duration::from_secs(9 * 60 + 40));
    sockets().await.open(socket.connection_id, Session::beginning_now(id(&bruno)), last_ping).await.unwrap();
    store_presence(id(&bruno), true, ago(LIVENESS_TIMEOUT)).await;
    phone.loses_connection();
    until("the user to be offline", async || (!stored_presence(id(&bruno)).await.online).then_some(())).await;
    assert_eq!(stored_presence(id(&bruno)).await.last_seen, Some(last_ping));
}

#[tokio::test]
async fn presence_returns_with_a_ping_after_a_lost_connection_check() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = chat_that_shows(&ana, id(&bruno)).await;
    let (mut ana_socket, mut phone) = (ana.connects().await, connect(&bruno).await);
    let socket = socket_of(&bruno).await;
    let long_ago = ago(LIVENESS_TIMEOUT * 2);
    sockets().await.open(socket.connection_id, Session::beginning_now(id(&bruno)), long_ago).await.unwrap();
    store_presence(id(&bruno), false, long_ago).await;
    let offline = json!({ "online": false, "lastSeen": long_ago });
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await, offline);

    let pong = phone.request(json!({ "action": "ping" })).await;
    assert_eq!(receives_presence(&mut ana_socket, true).await, pong["timestamp"].as_u64().unwrap());
}

#[tokio::test]
async fn presence_returns_with_a_ping_for_a_row_without_a_connection_check() {
    let [bruno] = World::get().await.people().await;
    let mut phone = connect(&bruno).await;
    let socket = socket_of(&bruno).await;
    let world = World::get().await;
    let update = world
        .dynamodb()
        .update_item()
        .table_name(&world.description().tables["connections"])
        .key("connectionId", AttributeValue::S(socket.connection_id.as_str().to_owned()))
        .update_expression("REMOVE nextLookAt");
    update.send().await.unwrap();
    let found = sockets_of(id(&bruno)).await;
    assert_eq!(found.len(), 1, "fan-out finds the socket");
    assert!(found[0].next_check_at < socket.last_seen_at);

    let pong = phone.request(json!({ "action": "ping" })).await;
    let checked = socket_of(&bruno).await;
    let pinged = Timestamp::from_millis(pong["timestamp"].as_u64().unwrap());
    assert_eq!((checked.last_seen_at, checked.next_check_at), (pinged, pinged.plus(LIVENESS_TIMEOUT)));
}
