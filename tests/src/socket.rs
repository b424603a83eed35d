//! A socket of somebody's, with a memory of what it heard.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::person::fields;

/// How long a frame may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// An open socket.
#[derive(Debug)]
pub struct Device {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came while another was waited for, oldest first.
    unread: Vec<Value>,
}

impl Device {
    pub(crate) async fn open(url: &str) -> Result<Self, u16> {
        match connect_async(url).await {
            Ok((socket, _)) => Ok(Self { socket, unread: Vec::new() }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the socket could not be opened: {error}"),
        }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.expect("the frame to be sent");
    }

    /// Sends a frame with an id, and returns the answer that brings the id back.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        let id = format!("{:08x}", fastrand::u32(..));
        frame["id"] = json!(id);
        self.send(frame).await;
        self.hear(&format!("the answer {id}"), |frame| frame["id"] == id).await
    }

    /// Sends a frame that must be acknowledged; the result.
    pub async fn tell(&mut self, frame: Value) -> Value {
        let answer = self.ask(frame).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        answer["result"].clone()
    }

    /// Sends a frame that must be refused with this status; the fields that the problem names.
    pub async fn refused(&mut self, frame: Value, status: u16) -> Vec<String> {
        let answer = self.ask(frame).await;
        assert_eq!(answer["type"], "error", "{answer}");
        assert_eq!(answer["problem"]["status"], status, "{answer}");
        fields(&answer["problem"])
    }

    /// Sends a frame; the status of the problem that answers it, or 200 for an `ack`.
    pub async fn refused_with(&mut self, frame: Value) -> u16 {
        let answer = self.ask(frame).await;
        answer["problem"]["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap_or(u16::MAX))
    }

    /// Waits for the first frame, heard before or yet to come, that `matches`.
    ///
    /// # Panics
    /// When it does not come within 60 s.
    pub async fn hear(&mut self, what: &str, matches: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.unread.iter().position(&matches) {
            return self.unread.remove(index);
        }
        let deadline = tokio::time::Instant::now() + DEADLINE;
        loop {
            let frame = match tokio::time::timeout_at(deadline, self.socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => serde_json::from_str(&text).expect("a frame of JSON"),
                Ok(Some(Ok(_))) => continue,
                Ok(other) => panic!("the socket ended while waiting for {what}: {other:?}"),
                Err(_) => panic!("waited {DEADLINE:?} for {what}; heard {:?}", self.unread),
            };
            if matches(&frame) {
                return frame;
            }
            self.unread.push(frame);
        }
    }

    /// Waits for a message with this seq.
    pub async fn message(&mut self, chat: &str, seq: u64) -> Value {
        let matches = |frame: &Value| {
            frame["type"] == "message" && frame["message"]["chatId"] == chat && frame["message"]["seq"] == seq
        };
        self.hear(&format!("message {seq}"), matches).await["message"].clone()
    }

    /// Waits until everybody has a message, or has read it.
    pub async fn tick(&mut self, chat: &str, seq: u64, status: &str) -> Value {
        self.hear(&format!("{status} up to {seq}"), |frame| {
            frame["type"] == "status"
                && frame["chatId"] == chat
                && frame["everyone"] == true
                && frame["status"] == status
                && frame["seq"].as_u64() >= Some(seq)
        })
        .await
    }

    /// Everything heard that was not waited for, up to now: a pong tells that nothing older is under way on this
    /// socket.
    pub async fn everything(&mut self) -> Vec<Value> {
        let pong = self.ask(json!({ "action": "ping" })).await;
        assert_eq!(pong["type"], "pong", "{pong}");
        std::mem::take(&mut self.unread)
    }

    /// Whether the other side has closed the socket by now.
    pub async fn is_closed(&mut self) -> bool {
        match tokio::time::timeout(Duration::from_millis(25), self.socket.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => {
                self.unread.push(serde_json::from_str(&text).expect("a frame of JSON"));
                false
            }
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => true,
            Ok(Some(Ok(_))) | Err(_) => false,
        }
    }

    /// Whether the other side closes the socket within 60 s.
    pub async fn gets_closed(&mut self) -> bool {
        let closed = async { while let Some(Ok(_)) = self.socket.next().await {} };
        tokio::time::timeout(DEADLINE, closed).await.is_ok()
    }

    /// Ends without a goodbye: the connection is cut as by a dead battery.
    pub fn die(self) {
        drop(self);
    }
}
