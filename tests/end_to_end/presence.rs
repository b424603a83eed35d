//! Presence: online while any socket lives, told to those who have the chat open, and to nobody else.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use paloma::domain::{Presence, SILENCE, Timestamp, UserId};
use paloma::queue::{Look, PresenceJob};
use paloma::store::Connection;
use paloma_tests::{Calls, Device, Person, World, until};
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
pub(crate) async fn connect(person: &Person) -> Device {
    let before = Timestamp::now();
    let device = person.connect().await;
    until("to be online", async || {
        let noted = noted(id(person)).await;
        (noted.online && noted.last_seen >= Some(before)).then_some(())
    })
    .await;
    device
}

/// Watches somebody; what is known of them at once.
pub(crate) async fn watch(device: &mut Device, chat: &str, whom: &Person) -> Value {
    let result = device.tell(json!({ "action": "watch", "chatId": chat })).await;
    assert_eq!((&result["chatId"], &result["userId"]), (&json!(chat), &json!(whom.id())), "{result}");
    result["presence"].clone()
}

/// Waits until a socket hears that somebody came or went; since when.
pub(crate) async fn hear(device: &mut Device, online: bool) -> u64 {
    let what = format!("that they are online: {online}");
    let heard = device.hear(&what, |frame| frame["type"] == "presence" && frame["online"] == online).await;
    heard["lastSeen"].as_u64().unwrap_or_else(|| panic!("no lastSeen in {heard}"))
}

/// A message comes after whatever was told before; then no news of anybody's presence is left unheard.
pub(crate) async fn hears_no_presence(device: &mut Device, owner: &Person, writer: &Person) {
    let chat = writer.chat_with(owner).await;
    let said = writer.say(&chat, "By the way").await;
    device.message(&chat, said["seq"].as_u64().unwrap()).await;
    let heard = device.everything().await;
    assert!(heard.iter().all(|frame| frame["type"] != "presence"), "{heard:?}");
}

pub(crate) async fn enqueue(job: PresenceJob) {
    let queue = World::get().await.environment(&Calls::default()).presence_jobs().unwrap();
    queue.enqueue(job.user_id(), &job).await.unwrap();
}

#[tokio::test]
async fn presence_is_online_until_the_last_device_closes_and_only_who_watches_hears() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    carla.chat_with(&bruno).await;
    let (mut anas, mut carlas) = (ana.connect().await, carla.connect().await);
    assert_eq!(watch(&mut anas, &chat, &bruno).await, json!({ "online": false }), "never seen yet");

    let before = Timestamp::now().as_millis();
    let (phone, laptop) = (connect(&bruno).await, connect(&bruno).await);
    let came = hear(&mut anas, true).await;
    assert!((before..=Timestamp::now().as_millis()).contains(&came));

    // One goodbye has been heard, and he is still there.
    let before = Timestamp::now();
    phone.die();
    until("the goodbye", async || (noted(id(&bruno)).await.last_seen >= Some(before)).then_some(())).await;
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.body["presence"]["online"], true);
    let heard = anas.everything().await;
    assert!(heard.iter().all(|frame| frame["type"] != "presence"), "{heard:?}");

    let before = Timestamp::now().as_millis();
    laptop.die();
    let left = hear(&mut anas, false).await;
    assert!((before..=Timestamp::now().as_millis()).contains(&left), "the goodbye, not when it was heard");
    let gone = json!({ "online": false, "lastSeen": left });
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.body["presence"], gone);
    assert_eq!(watch(&mut anas, &chat, &bruno).await, gone);
    hears_no_presence(&mut carlas, &carla, &ana).await;
}

#[tokio::test]
async fn presence_ends_without_a_goodbye_once_the_socket_has_been_silent_for_too_long() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut anas = ana.connect().await;
    watch(&mut anas, &chat, &bruno).await;
    let phone = connect(&bruno).await;
    let socket = the_socket_of(&bruno).await;
    phone.die();
    hear(&mut anas, true).await;
    hear(&mut anas, false).await;

    // As it would be if the gateway had noticed nothing: the row is there, and its last sign of life is long ago.
    let sign = ago(SILENCE + Duration::from_secs(30));
    note(id(&bruno), true, ago(SILENCE * 2)).await;
    sockets().await.open(socket.connection_id.clone(), id(&bruno), sign).await.unwrap();
    let stale = ana.get(&format!("/chats/{chat}")).await.body;
    assert_eq!(stale["presence"]["online"], false, "nobody is shown online without having been heard of lately");

    enqueue(PresenceJob::Look(Look { user_id: id(&bruno), connection_id: socket.connection_id, due: sign })).await;
    assert_eq!(hear(&mut anas, false).await, sign.as_millis(), "its last sign of life");
    until("the row to go", async || sockets_of(id(&bruno)).await.is_empty().then_some(())).await;
    assert_eq!(noted(id(&bruno)).await, Presence { online: false, last_seen: Some(sign) });
}

#[tokio::test]
async fn presence_does_not_flap_when_a_page_reloads() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut anas = ana.connect().await;
    let page = connect(&bruno).await;
    assert_eq!(watch(&mut anas, &chat, &bruno).await["online"], true);

    page.die();
    until("the goodbye", async || sockets_of(id(&bruno)).await.is_empty().then_some(())).await;
    let _page = bruno.connect().await;
    // Another device comes and goes, and its goodbye has been heard: so has the one before it.
    let tablet = connect(&bruno).await;
    let before = Timestamp::now();
    tablet.die();
    until("the later goodbye", async || (noted(id(&bruno)).await.last_seen >= Some(before)).then_some(())).await;
    assert!(noted(id(&bruno)).await.online);
    hears_no_presence(&mut anas, &ana, &bruno).await;
}

/// The index may not show yet on which socket they were heard of; and where it does, nothing is lost by waiting.
#[tokio::test]
async fn presence_comes_back_when_a_socket_pings_whose_look_was_lost() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (mut anas, mut phone) = (ana.connect().await, connect(&bruno).await);
    let socket = the_socket_of(&bruno).await;
    let long_ago = ago(SILENCE * 2);
    sockets().await.open(socket.connection_id, id(&bruno), long_ago).await.unwrap();
    note(id(&bruno), false, long_ago).await;
    let gone = json!({ "online": false, "lastSeen": long_ago });
    assert_eq!(watch(&mut anas, &chat, &bruno).await, gone);

    let pong = phone.ask(json!({ "action": "ping" })).await;
    assert_eq!(hear(&mut anas, true).await, pong["timestamp"].as_u64().unwrap());
}

#[tokio::test]
async fn presence_is_watched_in_one_direct_chat_of_ones_own_and_nowhere_else() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let theirs = bruno.chat_with(&carla).await;
    let group = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut phone = ana.connect().await;
    let watch = |chat: Value| json!({ "action": "watch", "chatId": chat });
    assert_eq!(phone.refused(watch(json!(group)), 400).await, ["chatId"]);
    assert_eq!(phone.refused(watch(json!("lobby")), 400).await, ["chatId"]);
    assert_eq!(phone.refused(json!({ "action": "watch" }), 400).await, ["chatId"]);
    assert_eq!(phone.refused(watch(json!(theirs)), 404).await, Vec::<String>::new());
    assert_eq!(phone.refused(watch(json!(UserId::random())), 404).await, Vec::<String>::new());

    // Nor does any of it watch somebody: Bruno comes, and Ana hears nothing.
    let _brunos = connect(&bruno).await;
    hears_no_presence(&mut phone, &ana, &bruno).await;

    // Nobody is told on a socket that is forgotten, and so it is told that it is.
    let hers = ana.chat_with(&bruno).await;
    sockets().await.close(&the_socket_of(&ana).await.connection_id).await.unwrap();
    assert_eq!(phone.refused(watch(json!(hers)), 401).await, Vec::<String>::new());
    assert_eq!(phone.refused(json!({ "action": "unwatch" }), 401).await, Vec::<String>::new());
    assert_eq!(sockets_of(id(&ana)).await, [], "and is not remembered by that");
}

#[tokio::test]
async fn presence_is_no_longer_told_once_another_chat_is_watched_or_none() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (of_bruno, of_carla) = (ana.chat_with(&bruno).await, ana.chat_with(&carla).await);
    let (mut phone, mut tablet, mut laptop) = (ana.connect().await, ana.connect().await, ana.connect().await);
    for device in [&mut phone, &mut tablet, &mut laptop] {
        watch(device, &of_bruno, &bruno).await;
    }
    assert_eq!(phone.tell(json!({ "action": "unwatch" })).await, json!({}));
    assert_eq!(phone.tell(json!({ "action": "unwatch" })).await, json!({}), "twice is nothing");
    watch(&mut tablet, &of_carla, &carla).await;

    let (_brunos, _carlas) = (connect(&bruno).await, connect(&carla).await);
    let heard = laptop.hear("Bruno", |frame| frame["type"] == "presence").await;
    assert_eq!((&heard["userId"], &heard["chatId"]), (&json!(bruno.id()), &json!(of_bruno)));
    let heard = tablet.hear("Carla", |frame| frame["type"] == "presence").await;
    assert_eq!((&heard["userId"], &heard["chatId"]), (&json!(carla.id()), &json!(of_carla)));
    assert_eq!(heard.as_object().unwrap().len(), 5, "{heard}");
    for device in [&mut phone, &mut tablet, &mut laptop] {
        hears_no_presence(device, &ana, &bruno).await;
    }
}

#[tokio::test]
async fn presence_is_shown_in_a_direct_chat_and_nowhere_else() {
    let [ana, bruno, stranger] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
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
