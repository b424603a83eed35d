//! Routes for acts that a browser cannot do. `web/e2e/src/control.ts` calls them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};
use create_chat::CreateChat;
use paloma::domain::{ChatId, MessageId, Timestamp, UserId};
use paloma::edge::Request;
use paloma_local::NewUser as Login;
use paloma_tests::{History, Person, World};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::gate::Network;
use crate::seat::{Address, Seat};

pub struct Control {
    pub world: World,
    pub seats: Vec<Seat>,
}

impl Control {
    /// Serves the routes until the process ends. Returns their address.
    pub async fn serve(self: Arc<Self>) -> SocketAddr {
        let routes = Router::new()
            .route("/users", post(create_users))
            .route("/invitations", post(invite))
            .route("/chats/{chat}/history", post(store_history))
            .route("/messages/{message}/removal", post(remove_message))
            .route("/chats/{chat}/removal", post(remove_chat))
            .route("/requests", post(ask))
            .route("/seats/{seat}/network", put(set_network))
            .route("/seats/{seat}/cuts", post(cut))
            .route("/seats/{seat}/address", put(set_address))
            .route("/seats/{seat}/restart", post(restart))
            .route("/seats/{seat}/reset", post(reset))
            .with_state(self);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(axum::serve(listener, routes).into_future());
        address
    }
}

type Shared = State<Arc<Control>>;

#[derive(Deserialize)]
struct NewUsers {
    names: Vec<String>,
}

/// A user, with an access token for calls of the API beside the browser.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    user_id: String,
    email: String,
    password: String,
    name: String,
    token: String,
}

async fn create_users(State(control): Shared, Json(new): Json<NewUsers>) -> Json<Vec<NewUser>> {
    let users = control.world.stack.create_users(new.names.len()).await.expect("users");
    let users = users.into_iter().zip(new.names).map(async |(user, name)| {
        let person = Person::log_in(&control.world, user).await;
        let profile = person.put("/me", json!({ "name": name })).await;
        assert_eq!(profile.status, 200, "{profile:?}");
        let Person { user, token, .. } = person;
        NewUser { user_id: user.user_id, email: user.email, password: user.password, name, token }
    });
    Json(futures::future::join_all(users).await)
}

#[derive(Deserialize)]
struct Invitation {
    email: String,
    password: String,
}

/// Creates a login with a password for one login.
async fn invite(State(control): Shared, Json(Invitation { email, password }): Json<Invitation>) -> StatusCode {
    control.world.invite(&email, true, &password).await;
    StatusCode::NO_CONTENT
}

/// A [`History`] of a chat.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewHistory {
    senders: Vec<UserId>,
    contents: Vec<String>,
    count: u64,
    first_at: u64,
    interval: u64,
    #[serde(default)]
    read: HashMap<UserId, u64>,
}

async fn store_history(State(control): Shared, Path(chat_id): Path<ChatId>, Json(new): Json<NewHistory>) -> StatusCode {
    let NewHistory { senders, contents, count, first_at, interval, read } = new;
    control.world.store_history(&History { chat_id, senders, contents, count, first_at, interval, read }).await;
    StatusCode::NO_CONTENT
}

/// Removes a message as an operator does.
async fn remove_message(State(control): Shared, Path(message): Path<MessageId>) -> StatusCode {
    let removed = control.world.paloma(&["message", "remove", &message.to_string(), "--reason", "tested"]).await;
    assert_eq!(removed.code, 0, "{removed:?}");
    StatusCode::NO_CONTENT
}

/// Removes a group as an operator does.
async fn remove_chat(State(control): Shared, Path(chat): Path<ChatId>) -> StatusCode {
    let removed = control.world.paloma(&["chat", "remove", &chat.to_string(), "--reason", "tested"]).await;
    assert_eq!(removed.code, 0, "{removed:?}");
    StatusCode::NO_CONTENT
}

/// The beginning of a chat by a stranger.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewRequest {
    creator: UserId,
    /// The body of `POST /chats`.
    chat: Value,
}

/// Creates a chat where strangers ask: in the tests' stack, all users know each other.
async fn ask(State(control): Shared, Json(NewRequest { creator, chat }): Json<NewRequest>) -> Json<Value> {
    let environment = control.world.environment_with(&[("MESSAGE_REQUESTS", "true")]);
    let in_a_second = Timestamp::now().as_secs() + 1;
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": "POST /chats",
        "headers": {},
        "requestContext": {
            "http": { "method": "POST" },
            "authorizer": { "jwt": { "claims": { "sub": creator, "auth_time": in_a_second.to_string() } } },
        },
        "body": chat.to_string(),
        "isBase64Encoded": false,
    }))
    .expect("an event");
    let answer = CreateChat::new(&environment).expect("all variables").answer(Request::from(event)).await;
    Json(serde_json::from_str(&answer.expect("a chat").body).expect("a chat"))
}

async fn set_network(State(control): Shared, Path(seat): Path<usize>, Json(network): Json<Network>) -> StatusCode {
    control.seats[seat].gate.set(network).await;
    StatusCode::NO_CONTENT
}

async fn cut(State(control): Shared, Path(seat): Path<usize>) -> StatusCode {
    control.seats[seat].gate.cut();
    StatusCode::NO_CONTENT
}

async fn set_address(State(control): Shared, Path(seat): Path<usize>, Json(address): Json<Address>) -> StatusCode {
    control.seats[seat].serve(address);
    StatusCode::NO_CONTENT
}

/// A user to create again after a restart.
#[derive(Deserialize)]
struct Returning {
    email: String,
    password: String,
    name: String,
}

/// Answers with the new user ids.
async fn restart(
    State(control): Shared,
    Path(seat): Path<usize>,
    Json(users): Json<Vec<Returning>>,
) -> Json<Vec<String>> {
    let login = |Returning { email, password, name }| Login { email, password, name: Some(name) };
    let users = control.seats[seat].restart(users.into_iter().map(login).collect()).await;
    Json(users.into_iter().map(|user| user.user_id).collect())
}

async fn reset(State(control): Shared, Path(seat): Path<usize>) -> StatusCode {
    control.seats[seat].reset().await;
    StatusCode::NO_CONTENT
}
