//! A gateway for the functions that post frames, with connections that hang or are gone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use paloma::domain::{ConnectionId, Session, Timestamp, UserId};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Calls, World};

/// A gateway for sockets. It answers 410 for a connection id that begins with `gone`, answers only after 60 s for one
/// that begins with `hangs`, and 200 for all others.
#[derive(Debug, Clone)]
pub struct FakeGateway {
    /// The URL, for `SOCKET_ENDPOINT`.
    pub endpoint: String,
    posts: Arc<Mutex<Vec<(String, Value)>>>,
}

impl FakeGateway {
    /// Starts a gateway on a free port.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let gateway = Self { endpoint, posts: Arc::default() };
        let posts = Arc::clone(&gateway.posts);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, Arc::clone(&posts)));
            }
        });
        gateway
    }

    /// The connection ids that received a post, in order.
    pub fn posts(&self) -> Vec<String> {
        self.posts.lock().expect("the posts").iter().map(|(socket, _)| socket.clone()).collect()
    }

    /// The posts since the last call: connection id and frame, in order.
    pub fn take_frames(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.posts.lock().expect("the posts"))
    }

    /// Opens a socket of this user, with the user's id as its connection id. It is new, so the stack's own functions do
    /// not delete it for 10 s, although the real gateway does not know it.
    pub async fn open_socket_of(&self, user: UserId) {
        let connections = World::get().await.environment(&Calls::default()).connections().expect("the table");
        let socket = ConnectionId::new(user.to_string());
        connections.open(socket, Session::beginning_now(user), Timestamp::now()).await.expect("an open socket");
    }
}

async fn answer(mut connection: TcpStream, posts: Arc<Mutex<Vec<(String, Value)>>>) {
    while let Some(head) = head(&mut connection).await {
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let mut body = vec![0; length.unwrap_or_default()];
        if connection.read_exact(&mut body).await.is_err() {
            return;
        }
        let path = head.split_whitespace().nth(1).unwrap_or_default();
        let socket = path.rsplit('/').next().unwrap_or_default().to_owned();
        posts.lock().expect("the posts").push((socket.clone(), serde_json::from_slice(&body).unwrap_or_default()));
        if socket.starts_with("hangs") {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let status = if socket.starts_with("gone") { "410 Gone" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{{}}");
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn head(connection: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}
