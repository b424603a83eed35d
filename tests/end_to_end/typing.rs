//! Typing frames are posted at most once in 3 s for each chat and user.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use aws_sdk_dynamodb::types::AttributeValue;
use paloma_tests::{Calls, Person, Socket, World};
use serde_json::{Value, json};
use typing::Typing;

fn typing_in(chat: &str) -> Value {
    json!({ "action": "typing", "chatId": chat })
}

/// The users of the typing frames that a socket has received since the last call.
async fn typists(device: &mut Socket) -> Vec<Value> {
    let received = device.received_frames().await;
    received.into_iter().filter(|frame| frame["type"] == "typing").map(|frame| frame["userId"].clone()).collect()
}

/// Moves the last typing frame of a user 3 s into the past.
async fn three_seconds_later(chat: &str, person: &Person) {
    let world = World::get().await;
    let before = paloma::domain::Timestamp::now().as_millis() - 3_000;
    let update = world.dynamodb().update_item().table_name(&world.description().tables["chats"]);
    let update = update.key("chatId", AttributeValue::S(format!("{chat}#{}", person.id())));
    let update = update.update_expression("SET typingAt = :before");
    update.expression_attribute_values(":before", AttributeValue::N(before.to_string())).send().await.unwrap();
}

#[tokio::test]
async fn typing_is_posted_once_in_three_seconds_per_chat_and_user() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (chat, other) = (ana.group_with(&[bruno.id(), carla.id()]).await, ana.chat_with(&bruno).await);
    let (mut ana_socket, mut carla_socket, mut bruno_socket) =
        (ana.connects().await, carla.connects().await, bruno.connects().await);
    // On a fast machine all 20 frames fall into 3 s. Dropped frames get an ack, too.
    three_seconds_later(&chat, &ana).await;
    let started = std::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(ana_socket.request_ok(typing_in(&chat)).await, json!({ "chatId": chat }));
    }
    let at_most = 1 + started.elapsed().as_millis() / 3_000;
    // Other users and other chats are not limited by that.
    carla_socket.request_ok(typing_in(&chat)).await;
    ana_socket.request_ok(typing_in(&other)).await;
    bruno_socket.receives("typing of Carla", |frame| frame["type"] == "typing" && frame["userId"] == carla.id()).await;
    bruno_socket
        .receives("typing in the other chat", |frame| frame["type"] == "typing" && frame["chatId"] == *other)
        .await;
    ana.sends(&chat, "Written").await;
    bruno_socket.receives_message(&chat, 1).await;
    let received = typists(&mut bruno_socket).await;
    assert!((1..=at_most).contains(&(received.len() as u128)), "{received:?} of at most {at_most}");

    three_seconds_later(&chat, &ana).await;
    ana_socket.request_ok(typing_in(&chat)).await;
    bruno_socket.receives("typing of Ana", |frame| frame["type"] == "typing" && frame["userId"] == ana.id()).await;
}

#[tokio::test]
async fn a_dropped_typing_frame_costs_one_read() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let calls_of = async || {
        let calls = Calls::default();
        let event = json!({
            "requestContext": {
                "connectionId": "x", "connectedAt": 0, "requestTimeEpoch": 0, "routeKey": "typing",
                "authorizer": { "userId": ana.id() },
            },
            "body": typing_in(&chat).to_string(),
        });
        let frame: ApiGatewayWebsocketProxyRequest = serde_json::from_value(event).unwrap();
        let app = Typing::new(&world.environment(&calls)).unwrap();
        app.answer_frame(frame.into()).await.unwrap();
        calls.made()
    };
    assert_eq!(calls_of().await, ["BatchGetItem", "UpdateItem", "SendMessage"]);
    let started = std::time::Instant::now();
    let dropped = calls_of().await;
    if started.elapsed().as_secs() < 2 {
        assert_eq!(dropped, ["BatchGetItem"]);
    }
}
