//! A user who calls the REST API and opens sockets.

use paloma::domain::Session;
use paloma_local::DemoUser;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::contract::check_answer;
use crate::{Socket, World};

/// A user who is logged in.
#[derive(Debug, Clone)]
pub struct Person {
    pub user: DemoUser,
    /// The access token. Tests clear it to act as a browser without a login.
    pub token: String,
    http: Client,
    api_url: String,
    web_socket_url: String,
}

/// An answer of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    /// The body; a string if it is not JSON.
    pub body: Value,
}

impl Person {
    /// Logs a user in.
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

    pub fn id(&self) -> &str {
        &self.user.user_id
    }

    /// A session that begins now, to call a function in this process.
    pub fn session(&self) -> Session {
        Session::beginning_now(self.id().parse().expect("a user id"))
    }

    /// A request with the access token, for the caller to complete and to send with [`Answer::to`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.api_url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::to(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::DELETE, path)).await
    }

    pub async fn post_bytes(&self, path: &str, body: Vec<u8>) -> Answer {
        Answer::to(self.request(Method::POST, path).header("content-type", "application/json").body(body)).await
    }

    /// Creates the direct chat with another user, or finds it. Returns the chat id.
    pub async fn chat_with(&self, other: &Self) -> String {
        let answer = self.post("/chats", json!({ "type": "direct", "participants": [other.id()] })).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer.text("chatId")
    }

    /// Creates a group with these users. Returns the chat id.
    pub async fn group_with(&self, others: &[&str]) -> String {
        let answer = self.post("/chats", json!({ "type": "group", "participants": others, "name": "Group" })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("chatId")
    }

    /// Sends a message over REST. Returns the answer, with `messageId` and `seq`.
    pub async fn sends(&self, chat: &str, content: &str) -> Value {
        let client_message_id = format!("{:032x}", fastrand::u128(..));
        let body = json!({ "content": content, "clientMessageId": client_message_id });
        let answer = self.post(&format!("/chats/{chat}/messages"), body).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.body
    }

    /// Sends a receipt, `delivered` or `read`, over REST.
    pub async fn acknowledges(&self, message: &Value, status: &str) -> Answer {
        let id = message["messageId"].as_str().expect("a message id");
        self.put(&format!("/messages/{id}/status"), json!({ "status": status })).await
    }

    /// Sends a receipt, `delivered` or `read`, over REST from a registered device.
    pub async fn acknowledges_on(&self, device_id: &str, message: &Value, status: &str) -> Answer {
        let id = message["messageId"].as_str().expect("a message id");
        self.put(&format!("/messages/{id}/status"), json!({ "status": status, "deviceId": device_id })).await
    }

    /// A chat as `GET /chats` lists it for this user.
    pub async fn listed(&self, chat: &str) -> Value {
        let list = self.get("/chats").await;
        assert_eq!(list.status, 200, "{list:?}");
        let chats = list.body["chats"].as_array().expect("a list");
        chats.iter().find(|listed| listed["chatId"] == chat).unwrap_or_else(|| panic!("no {chat} in {chats:?}")).clone()
    }

    /// The messages that a query such as `?after=3` returns.
    pub async fn history(&self, chat: &str, query: &str) -> Vec<Value> {
        let page = self.get(&format!("/chats/{chat}/messages{query}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.body["messages"].as_array().expect("messages").clone()
    }

    /// Gets a ticket for a socket.
    pub async fn ticket(&self) -> String {
        let answer = self.post("/ws/tickets", json!({})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("ticket")
    }

    /// Opens a socket.
    pub async fn connects(&self) -> Socket {
        let ticket = self.ticket().await;
        self.connects_with(&ticket).await.unwrap_or_else(|status| panic!("the gateway rejected the socket: {status}"))
    }

    /// Opens a socket with a ticket for a registered device.
    pub async fn connects_on(&self, device_id: &str) -> Socket {
        let answer = self.post("/ws/tickets", json!({ "deviceId": device_id })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let opened = self.connects_with(&answer.text("ticket")).await;
        opened.unwrap_or_else(|status| panic!("the gateway rejected the socket: {status}"))
    }

    /// Opens a socket with this ticket.
    ///
    /// # Errors
    /// The HTTP status, if the gateway rejects the ticket.
    pub async fn connects_with(&self, ticket: &str) -> Result<Socket, u16> {
        Socket::open(&format!("{}?ticket={ticket}", self.web_socket_url)).await
    }

    /// Opens a socket without a ticket.
    ///
    /// # Errors
    /// The HTTP status, if the gateway rejects the connection.
    pub async fn connects_without_ticket(&self) -> Result<Socket, u16> {
        Socket::open(&self.web_socket_url).await
    }
}

impl Answer {
    /// The answer to a request. It must be as in the contract.
    pub async fn to(request: RequestBuilder) -> Self {
        Self::with_headers(request).await.0
    }

    /// The answer to a request, and its headers.
    pub async fn with_headers(request: RequestBuilder) -> (Self, HeaderMap) {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let sent = request.body().and_then(|body| body.as_bytes()).map(<[u8]>::to_vec);
        let response = client.execute(request).await.expect("an answer");
        let headers = response.headers().clone();
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.to_owned();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let answer = Self { status, kind, body };
        check_answer(&method, &path, sent.as_deref(), &answer);
        (answer, headers)
    }

    /// The user of an answer that also has the user's privacy settings.
    pub fn user(&self) -> Value {
        let mut user = self.body.clone();
        let privacy = user.as_object_mut().and_then(|user| user.remove("privacy"));
        assert!(privacy.is_some(), "no privacy settings in {self:?}");
        user
    }

    /// A string of the body.
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {self:?}")).to_owned()
    }

    /// Checks that this is a problem with this status. Returns the fields that it names.
    pub fn problem(&self, status: u16) -> Vec<String> {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert!(self.body["requestId"].is_string(), "{self:?}");
        fields(&self.body)
    }

    /// This answer without the request id, to compare it with another one.
    pub fn without_request_id(mut self) -> Self {
        if let Some(body) = self.body.as_object_mut() {
            body.remove("requestId");
        }
        self
    }
}

/// The fields that a problem names. It must have a detail.
pub(crate) fn fields(problem: &Value) -> Vec<String> {
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "no detail in {problem}");
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
}
