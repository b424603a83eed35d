//! Presence: a user is online while a socket is alive. Frames go only to sockets that watch the chat.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use paloma::domain::{LIVENESS_TIMEOUT, Marks, Presence, Receipt, Session, Timestamp, UserId};
use paloma::queue::{ConnectionCheck, PresenceJob};
use paloma::store::Connection;
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
    users.presence(user_id).await.unwrap().expect("a row")
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
    chats.advance(chat.parse().unwrap(), other, Marks::default(), Receipt::Read, seq).await.unwrap();
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
    const CHECKED: [&str; 3] = ["as the watcher knows", "watched no more", "watcher told"];
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

#[tokio::test]
async fn presence_can_be_watched_only_in_an_own_direct_chat() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let foreign = bruno.chat_with(&carla).await;
    let group = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut phone = ana.connects().await;
    let watch = |chat: Value| json!({ "action": "watch", "chatId": chat });
    assert_eq!(phone.request_error(watch(json!(group)), 400).await, ["chatId"]);
    assert_eq!(phone.request_error(watch(json!("lobby")), 400).await, ["chatId"]);
    assert_eq!(phone.request_error(json!({ "action": "watch" }), 400).await, ["chatId"]);
    assert_eq!(phone.request_error(watch(json!(foreign)), 404).await, Vec::<String>::new());
    assert_eq!(phone.request_error(watch(json!(UserId::random())), 404).await, Vec::<String>::new());

    // The rejected frames watch no user.
    for user in [&bruno, &carla] {
        assert_eq!(sockets().await.watchers_of(id(user), Timestamp::now()).await.unwrap(), []);
    }

    // A socket without a row gets 401, so that the client opens a new one.
    let (shown, not_shown) = (chat_that_shows(&ana, id(&bruno)).await, ana.chat_with(&carla).await);
    sockets().await.close(&socket_of(&ana).await.connection_id).await.unwrap();
    assert_eq!(phone.request_error(watch(json!(shown)), 401).await, Vec::<String>::new());
    assert_eq!(phone.request_error(watch(json!(not_shown)), 401).await, Vec::<String>::new());
    assert_eq!(phone.request_error(json!({ "action": "unwatch" }), 401).await, Vec::<String>::new());
    assert_eq!(sockets_of(id(&ana)).await, [], "the frames do not restore the row");
}

#[tokio::test]
async fn presence_stops_with_unwatch_and_with_watching_another_chat() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (of_bruno, of_carla) = (chat_that_shows(&ana, id(&bruno)).await, chat_that_shows(&ana, id(&carla)).await);
    let (mut phone, mut tablet, mut laptop) = (ana.connects().await, ana.connects().await, ana.connects().await);
    for device in [&mut phone, &mut tablet, &mut laptop] {
        watch(device, &of_bruno, id(&bruno)).await;
    }
    assert_eq!(phone.request_ok(json!({ "action": "unwatch" })).await, json!({}));
    assert_eq!(phone.request_ok(json!({ "action": "unwatch" })).await, json!({}), "a second unwatch changes nothing");
    watch(&mut tablet, &of_carla, id(&carla)).await;

    let (_brunos, _carlas) = (connect(&bruno).await, connect(&carla).await);
    let received = laptop.receives("the presence of Bruno", |frame| frame["type"] == "presence").await;
    assert_eq!((&received["userId"], &received["chatId"]), (&json!(bruno.id()), &json!(of_bruno)));
    let received = tablet.receives("the presence of Carla", |frame| frame["type"] == "presence").await;
    assert_eq!((&received["userId"], &received["chatId"]), (&json!(carla.id()), &json!(of_carla)));
    assert_eq!(received.as_object().unwrap().len(), 5, "{received}");
    // One delivery serves all watchers of a chat.
    until_posted(&of_bruno, "presence", 1).await;
    until_posted(&of_carla, "presence", 1).await;
    for device in [&mut phone, &mut tablet, &mut laptop] {
        has_no_presence_frame(device).await;
    }
}

#[tokio::test]
async fn presence_is_shown_in_one_direct_chat_and_in_no_other_answer() {
    let [ana, bruno, stranger] = World::get().await.people().await;
    let chat = chat_that_shows(&ana, id(&bruno)).await;
    let group = ana.group_with(&[bruno.id()]).await;
    let _phone = connect(&bruno).await;
    let shown = ana.get(&format!("/chats/{chat}")).await.body["presence"].clone();
    assert_eq!(shown, json!(stored_presence(id(&bruno)).await));
    assert_eq!(shown["online"], true);

    let found = stranger.get(&format!("/users?email={}", bruno.user.email)).await;
    let without_presence = [found.body, bruno.get("/me").await.body, ana.get(&format!("/chats/{group}")).await.body];
    for body in without_presence.into_iter().chain([ana.listed(&chat).await, ana.listed(&group).await]) {
        for field in ["presence", "online", "lastSeen"] {
            assert_eq!(body.get(field), None, "{body}");
        }
    }
}

/// A user who knows an address can create a direct chat without consent.
#[tokio::test]
async fn presence_is_hidden_until_the_other_member_has_read_or_written() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (chat, known) = (ana.chat_with(&bruno).await, chat_that_shows(&ana, id(&carla)).await);
    let path = format!("/chats/{chat}");
    let (mut ana_socket, mut bruno_socket) = (connect(&ana).await, connect(&bruno).await);
    let nothing = json!({ "chatId": chat, "userId": bruno.id(), "presence": null });
    let to_watch = json!({ "action": "watch", "chatId": chat });
    let sees_nothing = async |ana_socket: &mut Socket| {
        assert_eq!(ana.get(&path).await.body.get("presence"), None);
        assert_eq!(ana_socket.request_ok(to_watch.clone()).await, nothing);
        assert_eq!(sockets().await.watchers_of(id(&bruno), Timestamp::now()).await.unwrap(), []);
    };
    watch(&mut ana_socket, &known, id(&carla)).await;
    sees_nothing(&mut ana_socket).await;
    assert_eq!(
        sockets().await.watchers_of(id(&carla), Timestamp::now()).await.unwrap(),
        [],
        "the earlier watch has ended"
    );

    // Ana writes, and Bruno's phone acknowledges automatically.
    let sent = ana.sends(&chat, "Are you there?").await;
    assert_eq!(bruno.acknowledges(&sent, "delivered").await.status, 200);
    sees_nothing(&mut ana_socket).await;
    assert_eq!(bruno.get(&path).await.body["presence"]["online"], true, "Ana has written, so she shows her presence");
    assert_eq!(watch(&mut bruno_socket, &chat, id(&ana)).await["online"], true);

    // Bruno reads the message in this chat, and answers without reading in another one.
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
    assert_eq!(ana.get(&path).await.body["presence"]["online"], true);
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await["online"], true);
    let answered = carla.chat_with(&bruno).await;
    assert_eq!(carla.get(&format!("/chats/{answered}")).await.body.get("presence"), None);
    bruno.sends(&answered, "Hello").await;
    assert_eq!(carla.get(&format!("/chats/{answered}")).await.body["presence"]["online"], true);
    drop(bruno_socket);
    receives_presence(&mut ana_socket, false).await;
}
