//! A WebSocket connection of a user, which remembers the frames that it received.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::DEADLINE;
use crate::contract::{check_acknowledged, check_frame};
use crate::person::fields;

/// An open socket.
#[derive(Debug)]
pub struct Socket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came while the test waited for another one, oldest first.
    unread: Vec<Value>,
}

impl Socket {
    pub(crate) async fn open(url: &str) -> Result<Self, u16> {
        match connect_async(url).await {
            Ok((socket, _)) => Ok(Self { socket, unread: Vec::new() }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the socket did not open: {error}"),
        }
    }

    /// Sends a frame without an id, and waits for no answer.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.expect("the frame to be sent");
    }

    /// Sends a frame with an id. Returns the answer with the same id.
    pub async fn request(&mut self, mut frame: Value) -> Value {
        let id = format!("{:08x}", fastrand::u32(..));
        frame["id"] = json!(id);
        self.send(frame.clone()).await;
        let reply = self.receives(&format!("the answer {id}"), |frame| frame["id"] == id).await;
        if reply["type"] == "ack" {
            check_acknowledged(&frame);
        }
        reply
    }

    /// Sends a frame that must get an `ack`. Returns the result.
    pub async fn request_ok(&mut self, frame: Value) -> Value {
        let answer = self.request(frame).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        answer["result"].clone()
    }

    /// Sends a frame that must get an `error` with this status. Returns the fields that the problem names.
    pub async fn request_error(&mut self, frame: Value, status: u16) -> Vec<String> {
        let answer = self.request(frame).await;
        assert_eq!(answer["type"], "error", "{answer}");
        assert_eq!(answer["problem"]["status"], status, "{answer}");
        fields(&answer["problem"])
    }

    /// Sends a frame. Returns the status of the `error`, or 200 for an `ack`.
    pub async fn status_of(&mut self, frame: Value) -> u16 {
        let answer = self.request(frame).await;
        answer["problem"]["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap_or(u16::MAX))
    }

    /// Takes the first frame that `matches`, already received or still to come, and waits for it for at most 60 s.
    /// `what` names it in the failure.
    pub async fn receives(&mut self, what: &str, matches: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.unread.iter().position(&matches) {
            return self.unread.remove(index);
        }
        let deadline = tokio::time::Instant::now() + DEADLINE;
        loop {
            let frame = match tokio::time::timeout_at(deadline, self.socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => parsed(&text),
                Ok(Some(Ok(_))) => continue,
                Ok(other) => panic!("the socket ended while waiting for {what}: {other:?}"),
                Err(_) => panic!("waited {DEADLINE:?} for {what}; received {:?}", self.unread),
            };
            if matches(&frame) {
                return frame;
            }
            self.unread.push(frame);
        }
    }

    /// Waits for the message with this seq.
    pub async fn receives_message(&mut self, chat: &str, seq: u64) -> Value {
        let matches = |frame: &Value| {
            frame["type"] == "message" && frame["message"]["chatId"] == chat && frame["message"]["seq"] == seq
        };
        self.receives(&format!("message {seq}"), matches).await["message"].clone()
    }

    /// Waits for the status `delivered` or `read` of all recipients for this message, or for a later one.
    pub async fn receives_tick(&mut self, chat: &str, seq: u64, status: &str) -> Value {
        self.receives(&format!("{status} up to {seq}"), |frame| {
            frame["type"] == "status"
                && frame["chatId"] == chat
                && frame["everyone"] == true
                && frame["status"] == status
                && frame["seq"].as_u64() >= Some(seq)
        })
        .await
    }

    /// Takes all frames that the test has not waited for. The pong of a ping comes after every frame that the gateway
    /// has posted before.
    pub async fn received_frames(&mut self) -> Vec<Value> {
        let pong = self.request(json!({ "action": "ping" })).await;
        assert_eq!(pong["type"], "pong", "{pong}");
        std::mem::take(&mut self.unread)
    }

    /// Whether the gateway has closed the socket, within 25 ms.
    pub async fn is_closed(&mut self) -> bool {
        match tokio::time::timeout(Duration::from_millis(25), self.socket.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => {
                self.unread.push(parsed(&text));
                false
            }
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => true,
            Ok(Some(Ok(_))) | Err(_) => false,
        }
    }

    /// Whether the gateway closes the socket within 60 s.
    pub async fn gets_closed(&mut self) -> bool {
        let closed = async {
            while let Some(Ok(message)) = self.socket.next().await {
                if let Message::Text(text) = message {
                    parsed(&text);
                }
            }
        };
        tokio::time::timeout(DEADLINE, closed).await.is_ok()
    }

    /// Drops the connection without a close frame, as a phone with an empty battery does.
    pub fn loses_connection(self) {
        drop(self);
    }
}

/// A frame from the server. It must be as in the contract.
fn parsed(text: &str) -> Value {
    let frame = serde_json::from_str(text).expect("a frame of JSON");
    check_frame(&frame);
    frame
}
