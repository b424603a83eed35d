//! Presence is watched and shown in direct chats, and hidden from strangers.

use paloma::domain::{Timestamp, UserId};
use paloma_tests::{Socket, World};
use serde_json::{Value, json};

use crate::presence::{
    chat_that_shows, connect, has_no_presence_frame, id, receives_presence, socket_of, sockets, sockets_of,
    stored_presence, until_posted, watch,
};

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
