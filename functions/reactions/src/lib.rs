//! `PUT /messages/{messageId}/reaction` sets the caller's reaction to a message, and `DELETE` removes it.
//!
//! 1. Reads the message, then the caller's account and member row, and the chat's head.
//! 2. Writes or deletes the caller's row of the message. A repetition changes nothing.
//!
//! It enqueues nothing: the stream of the Reactions table drives the summary (`functions/summarise-reactions/`).

use paloma::domain::{Emoji, Message, MessageId, OwnReaction, Permission, Reaction, Session, Timestamp};
use paloma::edge::api::ReactionRequest;
use paloma::edge::{ChatAccess, LogFields, Problem, Request, Response, admit, enter};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Messages, StoredReactions};

#[derive(Debug, Clone)]
pub struct SetReactions {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    reactions: StoredReactions,
}

impl SetReactions {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            reactions: environment.reactions()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let message_id: MessageId = request.path("messageId", "message")?;
        let emoji = match request.route.as_str() {
            "PUT /messages/{messageId}/reaction" => {
                let ReactionRequest { emoji } = request.body()?;
                Some(emoji)
            }
            "DELETE /messages/{messageId}/reaction" => None,
            _ => return Err(Problem::not_found("route")),
        };
        let (message, own) = self.react(session, message_id, emoji).await?;
        Ok(Response::json(200, &own)?.with_log_fields(LogFields::of(&message)))
    }

    /// Sets the caller's reaction to a message, or removes it. Returns the message and the reaction now.
    ///
    /// # Errors
    /// 401 for an ended session, 404 for a message that the caller may not see, 403 for a system message and for a
    /// caller who has left the chat or blocks its other member, 409 for a message without content, 429 above the
    /// caller's limit, 503 if a table does not answer.
    pub async fn react(
        &self,
        session: Session,
        message_id: MessageId,
        emoji: Option<Emoji>,
    ) -> Result<(Message, OwnReaction), Problem> {
        let (message, entry) = self.enter(session, message_id).await?;
        let own = match emoji {
            Some(emoji) => self.set(&message, &entry, emoji).await?,
            None => self.remove(&message, &entry).await?,
        };
        Ok((message, own))
    }

    /// The message, and the caller's access to its chat.
    async fn enter(&self, session: Session, message_id: MessageId) -> Result<(Message, ChatAccess), Problem> {
        let Some(message) = self.messages.message(message_id).await? else {
            admit(&self.accounts, session).await?;
            return Err(Problem::not_found("message"));
        };
        let permission = Permission::React;
        let entry = enter(&self.accounts, &self.chats, session, message.chat_id, "message", permission).await?;
        if !entry.member.visible().shows(message.seq) {
            return Err(Problem::not_found("message"));
        }
        entry.may_send(&self.accounts, Timestamp::now())?;
        Ok((message, entry))
    }

    async fn set(&self, message: &Message, entry: &ChatAccess, emoji: Emoji) -> Result<OwnReaction, Problem> {
        if message.body.notice().is_some() {
            return Err(Problem::forbidden("A system message takes no reactions."));
        }
        if message.body.content().is_none() {
            return Err(Problem::without_content(Box::new(message.clone())));
        }
        let Message { message_id, chat_id, .. } = *message;
        let (user_id, now) = (entry.member.user_id, Timestamp::now());
        let reaction = Reaction { message_id, user_id, chat_id, emoji, reacted_at: now };
        let removal = self.messages.retention().removal_of(message.timestamp);
        let (stored, is_new) = self.reactions.set(reaction, removal).await?;
        if is_new {
            entry.charge_as_send(&self.accounts, now).await;
        }
        Ok(OwnReaction::from(&stored))
    }

    async fn remove(&self, message: &Message, entry: &ChatAccess) -> Result<OwnReaction, Problem> {
        let Message { message_id, chat_id, .. } = *message;
        let now = Timestamp::now();
        if self.reactions.remove(message_id, entry.member.user_id).await? {
            entry.charge_as_send(&self.accounts, now).await;
        }
        Ok(OwnReaction { chat_id, message_id, emoji: None, changed_at: now })
    }
}
