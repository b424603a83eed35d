//! The blocked user notices nothing: the same calls in the same order, and the same answers.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayWebsocketProxyRequest};
use create_chat::CreateChat;
use get_chats::GetChats;
use get_messages::GetMessages;
use get_receipts::GetReceipts;
use paloma::domain::Timestamp;
use paloma::edge::{Frame, Request};
use paloma::runtime::Environment;
use paloma_tests::{Calls, Person, World};
use reactions::SetReactions;
use send_message::SendMessage;
use serde_json::{Value, json};
use typing::Typing;
use update_status::UpdateStatus;
use watch_presence::WatchPresence;

use crate::blocks::block;
use crate::erase::until_summarised;
use crate::presence::{chat_that_shows, connect, id, socket_of, store_presence};

/// A request of a session that begins in a second.
pub(crate) fn rest_request(person: &Person, route: &str, path: &Value, body: &Value) -> Request {
    rest_request_with_query(person, route, (path, &json!({})), body)
}

pub(crate) fn rest_request_with_query(
    person: &Person,
    route: &str,
    (path, query): (&Value, &Value),
    body: &Value,
) -> Request {
    let in_a_second = Timestamp::now().as_secs() + 1;
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": route,
        "headers": {},
        "pathParameters": path,
        "queryStringParameters": query,
        "requestContext": {
            "http": { "method": route.split(' ').next() },
            "authorizer": { "jwt": { "claims": { "sub": person.id(), "auth_time": in_a_second.to_string() } } },
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    }))
    .unwrap();
    Request::from(event)
}

/// The chat of Bruno with another user, who may have blocked him.
struct Conversation<'a> {
    bruno: &'a Person,
    chat: String,
    /// The other user's message, and a message of Bruno.
    messages: [Value; 2],
    connection: Value,
}

impl<'a> Conversation<'a> {
    /// A conversation in which both have written, before the block.
    async fn new(bruno: &'a Person, other: &Person) -> Self {
        let chat = chat_that_shows(bruno, id(other)).await;
        let own = bruno.sends(&chat, "Hello again").await;
        let theirs = other.sends(&chat, "Hello").await;
        until_summarised(bruno, &chat, 3).await;
        let connection = json!(socket_of(bruno).await.connection_id);
        Self { bruno, chat, messages: [theirs, own], connection }
    }

    fn request(&self, route: &str, body: &Value) -> Request {
        let [theirs, own] = &self.messages;
        let message = if route.starts_with("PUT") { theirs } else { own };
        let path = json!({ "chatId": self.chat, "messageId": message["messageId"] });
        rest_request(self.bruno, route, &path, body)
    }

    fn frame(&self, action: &str) -> Frame {
        let event: ApiGatewayWebsocketProxyRequest = serde_json::from_value(json!({
            "requestContext": {
                "connectionId": self.connection, "connectedAt": 0, "requestTimeEpoch": 0, "routeKey": action,
                "authorizer": { "userId": self.bruno.id() },
            },
            "body": json!({ "action": action, "chatId": self.chat, "id": 1 }).to_string(),
        }))
        .unwrap();
        event.into()
    }

    /// The calls and the answer of one request.
    async fn outcome(&self, route: &str, other: &Person) -> (Vec<String>, u16, Value) {
        let calls = Calls::default();
        let environment = World::get().await.environment(&calls);
        let (status, body) = match route {
            "watch" | "typing" => self.frame_outcome(route, &environment).await,
            _ => self.rest_outcome(route, other, &environment).await,
        };
        (calls.made(), status, masked(body))
    }

    async fn frame_outcome(&self, action: &str, environment: &Environment) -> (u16, Value) {
        let frame = self.frame(action);
        let reply = match action {
            "watch" => WatchPresence::new(environment).unwrap().answer_frame(frame).await,
            _ => Typing::new(environment).unwrap().answer_frame(frame).await,
        };
        let text = reply.expect("an ack").text().expect("a text");
        (200, serde_json::from_str(&text).unwrap())
    }

    async fn rest_outcome(&self, route: &str, other: &Person, environment: &Environment) -> (u16, Value) {
        let body = match route {
            "POST /chats" => json!({ "type": "direct", "participants": [other.id()] }),
            "PUT /messages/{messageId}/status" => json!({ "status": "read" }),
            "PUT /messages/{messageId}/reaction" => json!({ "emoji": "👍" }),
            _ => json!({ "content": "Hi", "clientMessageId": "hi" }),
        };
        let request = self.request(route, &body);
        let answer = match route {
            "POST /chats" => CreateChat::new(environment).unwrap().answer(request).await,
            "POST /chats/{chatId}/messages" => SendMessage::new(environment).unwrap().answer(request).await,
            "PUT /messages/{messageId}/status" => UpdateStatus::new(environment).unwrap().answer(request).await,
            _ if route.ends_with("/reaction") => SetReactions::new(environment).unwrap().answer(request).await,
            "GET /chats/{chatId}/messages" => GetMessages::new(environment).unwrap().answer(request).await,
            "GET /messages/{messageId}/receipts" => GetReceipts::new(environment).unwrap().answer(request).await,
            _ => GetChats::new(environment).unwrap().answer(request).await,
        };
        let answer = answer.unwrap_or_else(|problem| panic!("{route}: {problem:?}"));
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }
}

/// A body in which all values are masked that differ between two conversations: ids, names, times.
fn masked(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, masked(value))).collect()),
        Value::Array(values) => Value::Array(values.into_iter().map(masked).collect()),
        Value::String(text) if text.len() > 12 || text.starts_with("user-") => json!("an id or a name"),
        Value::Number(number) if number.as_u64() > Some(1_000_000) => json!("a time"),
        other => other,
    }
}

const ROUTES: [&str; 13] = [
    "POST /chats",
    "watch",
    "GET /chats/{chatId}",
    "GET /chats",
    "typing",
    // Before the message, since its summary moves Bruno's marks at any time later.
    "PUT /messages/{messageId}/status",
    "POST /chats/{chatId}/messages",
    "GET /chats/{chatId}/messages",
    "GET /messages/{messageId}/receipts",
    "POST /chats/{chatId}/messages",
    "watch",
    // Last, since the summary comes into pages at any time later.
    "PUT /messages/{messageId}/reaction",
    "DELETE /messages/{messageId}/reaction",
];

#[tokio::test]
async fn unnoticed_every_request_of_a_blocked_user_makes_the_same_calls_and_gets_the_same_answer() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    // Two users for the same conversation, since the list of one user would hold both chats.
    let _sockets = [connect(&bruno).await, connect(&dora).await];
    let (with_block, without) = (Conversation::new(&bruno, &ana).await, Conversation::new(&dora, &carla).await);
    // Ana and Carla were online once, and are offline now.
    for person in [&ana, &carla] {
        store_presence(id(person), false, Timestamp::now()).await;
    }
    block(&ana, bruno.id()).await;
    for route in ROUTES {
        let (blocked, free) = (with_block.outcome(route, &ana).await, without.outcome(route, &carla).await);
        assert_eq!(blocked.0, free.0, "the calls of {route}");
        assert_eq!((blocked.1, &blocked.2), (free.1, &free.2), "the answer to {route}");
    }
}

#[tokio::test]
async fn unnoticed_a_blocked_user_creates_a_chat_by_the_same_calls() {
    let world = World::get().await;
    let [ana, bruno, carla, dora] = world.people().await;
    block(&ana, bruno.id()).await;
    let create = async |creator: &Person, other: &Person| {
        let conversation = Conversation {
            bruno: creator,
            chat: "none".to_owned(),
            messages: [json!({ "messageId": "none" }), json!({ "messageId": "none" })],
            connection: Value::Null,
        };
        conversation.outcome("POST /chats", other).await
    };
    let (blocked, free) = (create(&bruno, &ana).await, create(&dora, &carla).await);
    assert_eq!(blocked, free);
    assert_eq!(blocked.1, 201);
}
