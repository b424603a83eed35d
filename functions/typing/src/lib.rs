//! Tells that somebody is writing, once in three seconds at most. Never stored but for the time of the last one, and
//! dropped when it comes late.

use paloma::domain::{ChatId, Permission, Timestamp};
use paloma::edge::{ChatAccess, Frame, LogFields, Problem, Reply, enter};
use paloma::queue::{DeliveryJob, QUIET_ABOVE, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats};
use serde::Deserialize;

/// What typing works with.
#[derive(Debug, Clone)]
pub struct Typing {
    accounts: Accounts,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

/// `{"action": "typing", …}`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FrameBody {
    chat_id: ChatId,
}

impl Typing {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
        })
    }

    /// Answers a frame.
    ///
    /// # Errors
    /// What the client is told instead of an `ack`.
    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let session = frame.session()?;
        let user_id = session.user_id;
        let FrameBody { chat_id } = frame.body()?;
        let ChatAccess { head, member, .. } =
            enter(&self.accounts, &self.chats, session, chat_id, "chat", Permission::Type).await?;
        let facts = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        let ack = frame.ack(&serde_json::json!({ "chatId": chat_id })).with_log_fields(facts);
        // Who is typing among a hundred interests nobody, and telling it would grow with the square of the group.
        if head.roster.size() > QUIET_ABOVE {
            return Ok(ack);
        }
        let now = Timestamp::now();
        // The row that is read anyway says when the last one was told: what comes too soon costs nothing more.
        if member.has_just_typed(now) || !self.chats.record_typing(chat_id, user_id, now).await? {
            return Ok(ack);
        }
        self.deliveries.enqueue(chat_id, &DeliveryJob::of_typing(chat_id, user_id, now)).await?;
        Ok(ack)
    }
}
