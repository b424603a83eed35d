//! Presence: online while any socket lives, told to those who have the chat open, and to nobody else.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use paloma::domain::{Marks, Presence, Receipt, SILENCE, Session, Timestamp, UserId};
use paloma::queue::{ConnectionCheck, PresenceJob};
use paloma::store::Connection;
use paloma_tests::{Calls, Person, Socket, World, until};
use serde_json::{Value, json};

pub(crate) fn id(person: &Person) -> UserId {
    person.id().parse().unwrap()
}

/// A moment that was so long ago.
pub(crate) fn ago(time: Duration) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() - time.as_millis() as u64)
}

/// What is written down of somebody.
pub(crate) async fn noted(user_id: UserId) -> Presence {
    let users = World::get().await.environment(&Calls::default()).users().unwrap();
    users.presence(user_id).await.unwrap().expect("a row")
}

/// Writes down of somebody what was true a while ago.
pub(crate) async fn note(user_id: UserId, online: bool, last_seen: Timestamp) {
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

/// The one socket of somebody, once it has been looked at.
pub(crate) async fn the_socket_of(person: &Person) -> Connection {
    until("the first look", async || {
        let found = sockets_of(id(person)).await;
        found.into_iter().find(|socket| socket.next_look_at > Timestamp::now())
    })
    .await
}

/// Opens a socket, and waits until its owner is online by it.
pub(crate) async fn connect(person: &Person) -> Socket {
    let before = Timestamp::now();
    let device = person.connects().await;
    until("to be online", async || {
        let noted = noted(id(person)).await;
        (noted.online && noted.last_seen >= Some(before)).then_some(())
    })
    .await;
    device
}

/// A direct chat in which the other one has read something: from then on their presence is shown and told there.
pub(crate) async fn acquainted(person: &Person, other: UserId) -> String {
    let made = person.post("/chats", json!({ "type": "direct", "participants": [other] })).await;
    let chat = made.text("chatId");
    let sent = person.sends(&chat, "Hello").await;
    let seq = sent["seq"].as_u64().unwrap().try_into().unwrap();
    // As update-status does it: the other one may be somebody who never talks.
    let chats = World::get().await.environment(&Calls::default()).chats().unwrap();
    chats.advance(chat.parse().unwrap(), other, Marks::default(), Receipt::Read, seq).await.unwrap();
    // Fan-out forgets the sockets that it finds gone, such as those that a test makes up from here on.
    told_in(&chat, "chat", 1).await;
    told_in(&chat, "message", 1).await;
    chat
}

/// What track-presence has concluded about somebody so far, oldest first.
pub(crate) async fn conclusions(user_id: UserId) -> Vec<String> {
    let log = World::get().await.log_of("track-presence");
    let about = log.iter().filter(|line| line["userId"] == json!(user_id));
    about.filter_map(|line| line["outcome"].as_str().map(str::to_owned)).collect()
}

/// Watches somebody, and waits until it is known that nothing was missed meanwhile; what is known of them at once.
pub(crate) async fn watch(device: &mut Socket, chat: &str, whom: UserId) -> Value {
    const CAUGHT_UP: [&str; 3] = ["as the watcher knows", "watched no more", "watcher told"];
    let caught_up =
        async || conclusions(whom).await.iter().filter(|conclusion| CAUGHT_UP.contains(&conclusion.as_str())).count();
    let before = caught_up().await;
    let result = device.request_ok(json!({ "action": "watch", "chatId": chat })).await;
    assert_eq!((&result["chatId"], &result["userId"]), (&json!(chat), &json!(whom)), "{result}");
    until("the watcher to have caught up", async || (caught_up().await > before).then_some(())).await;
    result["presence"].clone()
}

/// Waits until a socket hears that somebody came or went; since when.
pub(crate) async fn hear(device: &mut Socket, online: bool) -> u64 {
    let what = format!("that they are online: {online}");
    let received = device.receives(&what, |frame| frame["type"] == "presence" && frame["online"] == online).await;
    received["lastSeen"].as_u64().unwrap_or_else(|| panic!("no lastSeen in {received}"))
}

/// Waits until fan-out has told of such an event in a chat so often: then everybody has heard it whom it was told.
pub(crate) async fn told_in(chat: &str, event: &str, times: usize) {
    until(&format!("{event} to be told {times} times"), async || {
        let log = World::get().await.log_of("fan-out");
        let told = log.iter().filter(|line| line["event"] == event && line["chatId"] == chat);
        (told.count() >= times).then_some(())
    })
    .await;
}

/// Nothing that was told so far was told here. Wait for that first.
pub(crate) async fn has_heard_no_presence(device: &mut Socket) {
    let received = device.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] != "presence"), "{received:?}");
}

pub(crate) async fn enqueue(job: PresenceJob) {
    let queue = World::get().await.environment(&Calls::default()).presence_jobs().unwrap();
    queue.enqueue(job.user_id(), &job).await.unwrap();
}

#[tokio::test]
async fn presence_is_online_until_the_last_device_closes_and_only_who_watches_hears() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (chat, carlas_chat) = (acquainted(&ana, id(&bruno)).await, acquainted(&carla, id(&bruno)).await);
    let (mut ana_socket, mut carla_socket) = (ana.connects().await, carla.connects().await);
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await, json!({ "online": false }), "never seen yet");

    let before = Timestamp::now().as_millis();
    let (phone, laptop) = (connect(&bruno).await, connect(&bruno).await);
    let came = hear(&mut ana_socket, true).await;
    assert!((before..=Timestamp::now().as_millis()).contains(&came));

    // One goodbye has been heard, and he is still there.
    let before = Timestamp::now();
    phone.loses_connection();
    until("the goodbye", async || (noted(id(&bruno)).await.last_seen >= Some(before)).then_some(())).await;
    let still_online = async || conclusions(id(&bruno)).await.iter().any(|conclusion| conclusion == "still online");
    until("the conclusion from it", async || still_online().await.then_some(())).await;
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.body["presence"]["online"], true);
    has_heard_no_presence(&mut ana_socket).await;

    let before = Timestamp::now().as_millis();
    laptop.loses_connection();
    let left = hear(&mut ana_socket, false).await;
    assert!((before..=Timestamp::now().as_millis()).contains(&left), "the goodbye, not when it was heard");
    let gone = json!({ "online": false, "lastSeen": left });
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.body["presence"], gone);
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await, gone);

    // Carla has the same chat with him, and does not look at it.
    told_in(&chat, "presence", 2).await;
    has_heard_no_presence(&mut carla_socket).await;
    let log = World::get().await.log_of("fan-out");
    assert!(!log.iter().any(|line| line["event"] == "presence" && line["chatId"] == carlas_chat));
}

#[tokio::test]
async fn presence_ends_without_a_goodbye_once_the_socket_has_been_silent_for_too_long() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = acquainted(&ana, id(&bruno)).await;
    let mut ana_socket = ana.connects().await;
    watch(&mut ana_socket, &chat, id(&bruno)).await;
    let phone = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    phone.loses_connection();
    hear(&mut ana_socket, true).await;
    hear(&mut ana_socket, false).await;

    // As it would be if the gateway had noticed nothing: the row is there, and its last sign of life is long ago.
    let sign = ago(SILENCE + Duration::from_secs(30));
    note(id(&bruno), true, ago(SILENCE * 2)).await;
    sockets().await.open(socket.connection_id.clone(), Session::beginning_now(id(&bruno)), sign).await.unwrap();
    let stale = ana.get(&format!("/chats/{chat}")).await.body;
    assert_eq!(stale["presence"]["online"], false, "nobody is shown online without having been heard of lately");

    enqueue(PresenceJob::ConnectionCheck(ConnectionCheck {
        user_id: id(&bruno),
        connection_id: socket.connection_id,
        due: sign,
    }))
    .await;
    assert_eq!(hear(&mut ana_socket, false).await, sign.as_millis(), "its last sign of life");
    until("the row to go", async || sockets_of(id(&bruno)).await.is_empty().then_some(())).await;
    assert_eq!(noted(id(&bruno)).await, Presence { online: false, last_seen: Some(sign) });
}

/// The gateway runs `$disconnect` for a socket that idled for 10 minutes, too.
#[tokio::test]
async fn presence_ends_with_the_last_sign_of_life_when_the_gateway_closes_an_idle_socket() {
    let [bruno] = World::get().await.people().await;
    let phone = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    let sign = ago(Duration::from_secs(9 * 60 + 40));
    sockets().await.open(socket.connection_id, Session::beginning_now(id(&bruno)), sign).await.unwrap();
    note(id(&bruno), true, ago(SILENCE)).await;
    phone.loses_connection();
    until("to have gone", async || (!noted(id(&bruno)).await.online).then_some(())).await;
    assert_eq!(noted(id(&bruno)).await.last_seen, Some(sign));
}

#[tokio::test]
async fn presence_comes_back_when_a_socket_pings_whose_look_was_lost() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = acquainted(&ana, id(&bruno)).await;
    let (mut ana_socket, mut phone) = (ana.connects().await, connect(&bruno).await);
    let socket = the_socket_of(&bruno).await;
    let long_ago = ago(SILENCE * 2);
    sockets().await.open(socket.connection_id, Session::beginning_now(id(&bruno)), long_ago).await.unwrap();
    note(id(&bruno), false, long_ago).await;
    let gone = json!({ "online": false, "lastSeen": long_ago });
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await, gone);

    let pong = phone.request(json!({ "action": "ping" })).await;
    assert_eq!(hear(&mut ana_socket, true).await, pong["timestamp"].as_u64().unwrap());
}

#[tokio::test]
async fn presence_comes_back_when_a_socket_pings_whose_row_is_of_a_version_without_looks() {
    let [bruno] = World::get().await.people().await;
    let mut phone = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    let world = World::get().await;
    let update = world
        .dynamodb()
        .update_item()
        .table_name(&world.description().tables["connections"])
        .key("connectionId", AttributeValue::S(socket.connection_id.as_str().to_owned()))
        .update_expression("REMOVE nextLookAt");
    update.send().await.unwrap();
    let found = sockets_of(id(&bruno)).await;
    assert_eq!(found.len(), 1, "fan-out finds it all the same");
    assert!(found[0].next_look_at < socket.last_seen_at);

    let pong = phone.request(json!({ "action": "ping" })).await;
    let looked_at = the_socket_of(&bruno).await;
    let pinged = Timestamp::from_millis(pong["timestamp"].as_u64().unwrap());
    assert_eq!((looked_at.last_seen_at, looked_at.next_look_at), (pinged, pinged.plus(SILENCE)));
}

#[tokio::test]
async fn presence_is_watched_in_one_direct_chat_of_ones_own_and_nowhere_else() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let theirs = bruno.chat_with(&carla).await;
    let group = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut phone = ana.connects().await;
    let watch = |chat: Value| json!({ "action": "watch", "chatId": chat });
    assert_eq!(phone.request_error(watch(json!(group)), 400).await, ["chatId"]);
    assert_eq!(phone.request_error(watch(json!("lobby")), 400).await, ["chatId"]);
    assert_eq!(phone.request_error(json!({ "action": "watch" }), 400).await, ["chatId"]);
    assert_eq!(phone.request_error(watch(json!(theirs)), 404).await, Vec::<String>::new());
    assert_eq!(phone.request_error(watch(json!(UserId::random())), 404).await, Vec::<String>::new());

    // Nor does any of it watch somebody.
    for whom in [&bruno, &carla] {
        assert_eq!(sockets().await.watchers_of(id(whom), Timestamp::now()).await.unwrap(), []);
    }

    // Nobody is told on a socket that is forgotten, and so it is told that it is.
    let (hers, strangers) = (acquainted(&ana, id(&bruno)).await, ana.chat_with(&carla).await);
    sockets().await.close(&the_socket_of(&ana).await.connection_id).await.unwrap();
    assert_eq!(phone.request_error(watch(json!(hers)), 401).await, Vec::<String>::new());
    assert_eq!(phone.request_error(watch(json!(strangers)), 401).await, Vec::<String>::new());
    assert_eq!(phone.request_error(json!({ "action": "unwatch" }), 401).await, Vec::<String>::new());
    assert_eq!(sockets_of(id(&ana)).await, [], "and is not remembered by that");
}

#[tokio::test]
async fn presence_is_no_longer_told_once_another_chat_is_watched_or_none() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (of_bruno, of_carla) = (acquainted(&ana, id(&bruno)).await, acquainted(&ana, id(&carla)).await);
    let (mut phone, mut tablet, mut laptop) = (ana.connects().await, ana.connects().await, ana.connects().await);
    for device in [&mut phone, &mut tablet, &mut laptop] {
        watch(device, &of_bruno, id(&bruno)).await;
    }
    assert_eq!(phone.request_ok(json!({ "action": "unwatch" })).await, json!({}));
    assert_eq!(phone.request_ok(json!({ "action": "unwatch" })).await, json!({}), "twice is nothing");
    watch(&mut tablet, &of_carla, id(&carla)).await;

    let (_brunos, _carlas) = (connect(&bruno).await, connect(&carla).await);
    let received = laptop.receives("Bruno", |frame| frame["type"] == "presence").await;
    assert_eq!((&received["userId"], &received["chatId"]), (&json!(bruno.id()), &json!(of_bruno)));
    let received = tablet.receives("Carla", |frame| frame["type"] == "presence").await;
    assert_eq!((&received["userId"], &received["chatId"]), (&json!(carla.id()), &json!(of_carla)));
    assert_eq!(received.as_object().unwrap().len(), 5, "{received}");
    // All who watch in one chat are told at once.
    told_in(&of_bruno, "presence", 1).await;
    told_in(&of_carla, "presence", 1).await;
    for device in [&mut phone, &mut tablet, &mut laptop] {
        has_heard_no_presence(device).await;
    }
}

#[tokio::test]
async fn presence_is_shown_in_a_direct_chat_and_nowhere_else() {
    let [ana, bruno, stranger] = World::get().await.people().await;
    let chat = acquainted(&ana, id(&bruno)).await;
    let group = ana.group_with(&[bruno.id()]).await;
    let _phone = connect(&bruno).await;
    let shown = ana.get(&format!("/chats/{chat}")).await.body["presence"].clone();
    assert_eq!(shown, json!(noted(id(&bruno)).await));
    assert_eq!(shown["online"], true);

    let found = stranger.get(&format!("/users?email={}", bruno.user.email)).await;
    let unshown = [found.body, bruno.get("/me").await.body, ana.get(&format!("/chats/{group}")).await.body];
    for body in unshown.into_iter().chain([ana.listed(&chat).await, ana.listed(&group).await]) {
        for field in ["presence", "online", "lastSeen"] {
            assert_eq!(body.get(field), None, "{body}");
        }
    }
}

/// Anybody who knows an email can make a chat.
#[tokio::test]
async fn presence_is_not_for_strangers_until_the_other_one_has_read_or_written() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (chat, known) = (ana.chat_with(&bruno).await, acquainted(&ana, id(&carla)).await);
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
    assert_eq!(sockets().await.watchers_of(id(&carla), Timestamp::now()).await.unwrap(), [], "nor anybody else now");

    // She writes, and his phone acknowledges that by itself.
    let sent = ana.sends(&chat, "Are you there?").await;
    assert_eq!(bruno.acknowledges(&sent, "delivered").await.status, 200);
    sees_nothing(&mut ana_socket).await;
    assert_eq!(bruno.get(&path).await.body["presence"]["online"], true, "who writes shows themselves");
    assert_eq!(watch(&mut bruno_socket, &chat, id(&ana)).await["online"], true);

    // He reads it, or, in another chat, answers without having read.
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
    assert_eq!(ana.get(&path).await.body["presence"]["online"], true);
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await["online"], true);
    let answered = carla.chat_with(&bruno).await;
    assert_eq!(carla.get(&format!("/chats/{answered}")).await.body.get("presence"), None);
    bruno.sends(&answered, "Who are you?").await;
    assert_eq!(carla.get(&format!("/chats/{answered}")).await.body["presence"]["online"], true);
    drop(bruno_socket);
    hear(&mut ana_socket, false).await;
}
