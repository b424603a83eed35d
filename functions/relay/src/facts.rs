//! What a record of a stream tells, by the table that it comes from.

use aws_lambda_events::dynamodb::EventRecord;
use paloma::domain::{Chat, DomainEvent, Message, Presence, Receipt, ReceiptDetail, Timestamp, UserId};
use paloma::queue::JobError;
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Chats, Messages, ReceiptRecord, Users};

/// Something that has been written.
#[derive(Debug)]
pub(crate) enum Fact {
    /// A message was stored.
    MessageStored(Message),
    /// A recipient said that they have a message, or have read it.
    ReceiptGiven(ReceiptRecord),
    /// A chat was made.
    ChatMade(Chat),
    /// Somebody came, or went.
    PresenceChanged(UserId, Presence),
    /// Somebody's account was erased.
    Erased(UserId, Timestamp),
}

/// The tables whose streams are read.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    messages: String,
    statuses: String,
    chats: String,
    users: String,
}

impl Tables {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            messages: environment.variable("MESSAGES_TABLE")?,
            statuses: environment.variable("MESSAGE_STATUS_TABLE")?,
            chats: environment.variable("CHATS_TABLE")?,
            users: environment.variable("USERS_TABLE")?,
        })
    }

    /// What a record tells. The sources' filters let through little else; what they should not have is no news.
    pub fn fact(&self, record: &EventRecord) -> Result<Option<Fact>, JobError> {
        let (kind, new) = (record.event_name.as_str(), &record.change.new_image);
        let table = table_of(record.event_source_arn.as_deref().unwrap_or_default());
        if kind == "REMOVE" {
            return Ok(None);
        }
        if table == self.messages {
            let inserted = (kind == "INSERT").then(|| Messages::from_stream(new));
            Ok(inserted.transpose()?.map(Fact::MessageStored))
        } else if table == self.statuses {
            Ok(Some(Fact::ReceiptGiven(ReceiptRecord::from_stream(new)?)))
        } else if table == self.chats {
            // Heads and members lie in the same table, and have no participants.
            let made = (kind == "INSERT" && new.contains_key("participants")).then(|| Chats::from_stream(new));
            Ok(made.transpose()?.map(Fact::ChatMade))
        } else if table == self.users && new.contains_key("erasedAt") {
            let (user_id, at) = Users::erasure_from_stream(new)?;
            Ok(Some(Fact::Erased(user_id, at)))
        } else if table == self.users && kind == "MODIFY" {
            let (user_id, presence) = Users::presence_from_stream(new)?;
            let (_, before) = Users::presence_from_stream(&record.change.old_image)?;
            Ok((presence.online != before.online).then_some(Fact::PresenceChanged(user_id, presence)))
        } else if table == self.users {
            Ok(None)
        } else {
            Err(JobError::new(format!("no table of Paloma's: {table:?}")))
        }
    }
}

impl Fact {
    /// What the bus is told of it.
    pub fn event(&self, with_content: bool) -> Option<DomainEvent> {
        Some(match self {
            Self::MessageStored(message) => DomainEvent::message_sent(message.clone(), with_content),
            Self::ChatMade(chat) => DomainEvent::chat_created(chat.clone()),
            Self::ReceiptGiven(receipt) => {
                let ReceiptRecord { chat_id, message_id, seq, covers_after, sender_id, user_id, timestamp, .. } =
                    *receipt;
                let told = ReceiptDetail { chat_id, message_id, seq, covers_after, sender_id, user_id };
                match receipt.status {
                    Receipt::Delivered => DomainEvent::message_delivered(told, timestamp),
                    Receipt::Read => DomainEvent::message_read(told, timestamp),
                }
            }
            Self::Erased(user_id, at) => DomainEvent::user_erased(*user_id, *at),
            Self::PresenceChanged(user_id, presence) => {
                let last_seen = presence.last_seen?;
                if presence.online {
                    DomainEvent::user_connected(*user_id, last_seen)
                } else {
                    DomainEvent::user_disconnected(*user_id, last_seen)
                }
            }
        })
    }
}

/// The name in `arn:aws:dynamodb:region:account:table/NAME/stream/…`.
fn table_of(arn: &str) -> &str {
    arn.split_once(":table/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default()
}
