//! `typing`: shows the other members of a chat that a user is typing, at most once in three seconds. Only the time of
//! the last event is stored, and a late event is dropped.

use paloma::domain::{Permission, Timestamp};
use paloma::edge::api::{TypingFrame, TypingView};
use paloma::edge::{ChatAccess, Frame, LogFields, Problem, Reply, enter};
use paloma::queue::{Audience, DeliveryJob, MAX_CHAT_FOR_ALL_EVENTS, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats};

#[derive(Debug, Clone)]
pub struct Typing {
    accounts: Accounts,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

impl Typing {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
        })
    }

    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let session = frame.session()?;
        let user_id = session.user_id;
        let TypingFrame { chat_id } = frame.body()?;
        let ChatAccess { head, member, .. } =
            enter(&self.accounts, &self.chats, session, chat_id, "chat", Permission::Type).await?;
        let log_fields = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        let ack = frame.ack(&TypingView { chat_id }).with_log_fields(log_fields);
        // In a large group the events would grow with the square of its size, and be of little use.
        if head.roster.size() > MAX_CHAT_FOR_ALL_EVENTS {
            return Ok(ack);
        }
        let now = Timestamp::now();
        // The member row, which is read anyway, has the time of the last event. So a frame that is sent too soon costs
        // no write.
        if member.has_just_typed(now) || !self.chats.record_typing(chat_id, user_id, now).await? {
            return Ok(ack);
        }
        let audience = Audience::others_in(&head, user_id);
        self.deliveries.enqueue(chat_id, &DeliveryJob::of_typing(chat_id, user_id, audience, now)).await?;
        Ok(ack)
    }
}
