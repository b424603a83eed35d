//! Somebody with a frontend.

use paloma::domain::Session;
use paloma_local::DemoUser;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::{Device, World};

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub user: DemoUser,
    /// Their access token.
    pub token: String,
    http: Client,
    api_url: String,
    web_socket_url: String,
}

/// What the API answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The content type.
    pub kind: String,
    /// The body: JSON.
    pub body: Value,
}

impl Person {
    /// Logs somebody in.
    ///
    /// # Panics
    /// When that fails.
    pub async fn log_in(world: &World, user: DemoUser) -> Self {
        let description = world.description();
        let mut person = Self {
            user,
            token: String::new(),
            http: Client::new(),
            api_url: description.api_url.clone(),
            web_socket_url: description.web_socket_url.clone(),
        };
        let login = json!({ "email": person.user.email, "password": person.user.password });
        let session = person.post("/auth/login", login).await;
        assert_eq!(session.status, 200, "{session:?}");
        person.token = session.body["accessToken"].as_str().expect("an access token").to_owned();
        person
    }

    /// Their id.
    pub fn id(&self) -> &str {
        &self.user.user_id
    }

    /// A session of theirs that begins now, for calling a function in this process.
    ///
    /// # Panics
    /// When their id is none.
    pub fn session(&self) -> Session {
        Session::beginning_now(self.id().parse().expect("a user id"))
    }

    /// A request with their token, to be completed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.api_url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.expect("an answer")).await
    }

    /// `POST`
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body).send().await.expect("an answer")).await
    }

    /// `PUT`
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body).send().await.expect("an answer")).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).send().await.expect("an answer")).await
    }

    /// `POST` of any bytes.
    pub async fn post_bytes(&self, path: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json").body(body);
        Answer::of(request.send().await.expect("an answer")).await
    }

    /// A direct chat with somebody; its id.
    pub async fn chat_with(&self, other: &Self) -> String {
        let answer = self.post("/chats", json!({ "type": "direct", "participants": [other.id()] })).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer.text("chatId")
    }

    /// A group with these people; its id.
    pub async fn group_with(&self, others: &[&str]) -> String {
        let answer = self.post("/chats", json!({ "type": "group", "participants": others, "name": "Group" })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("chatId")
    }

    /// Writes into a chat; the accepted message.
    pub async fn say(&self, chat: &str, content: &str) -> Value {
        let client_message_id = format!("{:032x}", fastrand::u128(..));
        let body = json!({ "content": content, "clientMessageId": client_message_id });
        let answer = self.post(&format!("/chats/{chat}/messages"), body).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.body
    }

    /// Says that a message is `delivered` or `read`.
    pub async fn receipt(&self, message: &Value, status: &str) -> Answer {
        let id = message["messageId"].as_str().expect("a message id");
        self.put(&format!("/messages/{id}/status"), json!({ "status": status })).await
    }

    /// Says that a message is `delivered` or `read`, on this phone.
    pub async fn receipt_on(&self, device_id: &str, message: &Value, status: &str) -> Answer {
        let id = message["messageId"].as_str().expect("a message id");
        self.put(&format!("/messages/{id}/status"), json!({ "status": status, "deviceId": device_id })).await
    }

    /// One of their chats, as `GET /chats` lists it.
    pub async fn listed(&self, chat: &str) -> Value {
        let list = self.get("/chats").await;
        assert_eq!(list.status, 200, "{list:?}");
        let chats = list.body["chats"].as_array().expect("a list");
        chats.iter().find(|listed| listed["chatId"] == chat).unwrap_or_else(|| panic!("no {chat} in {chats:?}")).clone()
    }

    /// The messages of a chat from a query such as `?after=3`.
    pub async fn history(&self, chat: &str, query: &str) -> Vec<Value> {
        let page = self.get(&format!("/chats/{chat}/messages{query}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.body["messages"].as_array().expect("messages").clone()
    }

    /// A ticket for a socket.
    pub async fn ticket(&self) -> String {
        let answer = self.post("/ws/tickets", json!({})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("ticket")
    }

    /// Opens a socket.
    pub async fn connect(&self) -> Device {
        let ticket = self.ticket().await;
        self.connect_with(&ticket).await.unwrap_or_else(|status| panic!("the socket was refused: {status}"))
    }

    /// Opens a socket for a registered phone, whose ticket names it.
    pub async fn connect_on(&self, device_id: &str) -> Device {
        let answer = self.post("/ws/tickets", json!({ "deviceId": device_id })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let opened = self.connect_with(&answer.text("ticket")).await;
        opened.unwrap_or_else(|status| panic!("the socket was refused: {status}"))
    }

    /// Opens a socket with this ticket.
    ///
    /// # Errors
    /// The HTTP status of a refusal.
    pub async fn connect_with(&self, ticket: &str) -> Result<Device, u16> {
        Device::open(&format!("{}?ticket={ticket}", self.web_socket_url)).await
    }

    /// Opens a socket without a ticket.
    ///
    /// # Errors
    /// The HTTP status of a refusal.
    pub async fn connect_without(&self) -> Result<Device, u16> {
        Device::open(&self.web_socket_url).await
    }
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Panics
    /// When it breaks off.
    pub async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.to_owned();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, kind, body }
    }

    /// A text in the body.
    ///
    /// # Panics
    /// When it is not there.
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {self:?}")).to_owned()
    }

    /// Checks that this is a problem with this status, and returns the fields that it names.
    ///
    /// # Panics
    /// When it is not.
    pub fn problem(&self, status: u16) -> Vec<String> {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert!(self.body["requestId"].is_string(), "{self:?}");
        fields(&self.body)
    }

    /// The body without the request id, which no two answers share.
    pub fn without_request_id(mut self) -> Self {
        if let Some(body) = self.body.as_object_mut() {
            body.remove("requestId");
        }
        self
    }
}

/// The fields that a problem names.
pub(crate) fn fields(problem: &Value) -> Vec<String> {
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "no detail in {problem}");
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}
