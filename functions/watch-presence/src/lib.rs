//! `watch` and `unwatch`: a socket that has a direct chat open is told when the other one comes or goes. One chat at a
//! time, and nobody hears of somebody with whom they have none.

use paloma::domain::{ChatId, Timestamp, UserId};
use paloma::edge::{Facts, Frame, Problem, Reply};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Chats, Connections, Users};
use serde::Deserialize;
use serde_json::json;

/// What watch-presence works with.
#[derive(Debug, Clone)]
pub struct WatchPresence {
    chats: Chats,
    users: Users,
    connections: Connections,
}

/// `{"action": "watch", …}`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FrameBody {
    chat_id: ChatId,
}

impl WatchPresence {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { chats: environment.chats()?, users: environment.users()?, connections: environment.connections()? })
    }

    /// Answers a frame.
    ///
    /// # Errors
    /// What the client is told instead of an `ack`.
    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        match frame.route.as_str() {
            "watch" => self.watch(&frame).await,
            "unwatch" => self.unwatch(&frame).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    async fn watch(&self, frame: &Frame) -> Result<Reply, Problem> {
        let FrameBody { chat_id } = frame.body()?;
        let user_id = self.other_in(chat_id, frame.caller()?).await?;
        if !self.connections.watch(&frame.connection, chat_id, user_id).await? {
            return Err(Problem::socket_forgotten());
        }
        // Read once the watch is written: of what changes from here on the socket is told.
        let presence = self.users.presence(user_id).await?.unwrap_or_default().as_shown(Timestamp::now());
        let result = json!({ "chatId": chat_id, "userId": user_id, "presence": presence });
        Ok(frame.ack(&result).about(Facts { chat_id: Some(chat_id), ..Facts::default() }))
    }

    async fn unwatch(&self, frame: &Frame) -> Result<Reply, Problem> {
        frame.caller()?;
        if !self.connections.unwatch(&frame.connection).await? {
            return Err(Problem::socket_forgotten());
        }
        Ok(frame.ack(&json!({})))
    }

    /// Whom the caller has a direct chat with.
    async fn other_in(&self, chat_id: ChatId, caller: UserId) -> Result<UserId, Problem> {
        let membership = self.chats.membership(chat_id, caller).await?;
        let (head, _) = membership.ok_or_else(|| Problem::not_found("chat"))?;
        head.other_than(caller).ok_or_else(|| Problem::field("chatId", "must be a direct chat, but is a group"))
    }
}
