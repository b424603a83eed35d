//! The change that a stream record reports, and its event for EventBridge.

use aws_lambda_events::dynamodb::EventRecord;
use paloma::domain::{
    ChangeRecord, Chat, DomainEvent, Message, Presence, Receipt, ReceiptDetail, Report, Timestamp, UserId,
};
use paloma::queue::JobError;
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Changes, Chats, Messages, ReceiptRecord, Reports, Users};

#[derive(Debug)]
pub(crate) enum Change {
    MessageStored(Message),
    MessageChanged(ChangeRecord),
    ReceiptStored(ReceiptRecord),
    ChatCreated(Chat),
    /// An item was reported to operators.
    Reported(Box<Report>),
    /// A user came online or went offline.
    PresenceChanged(UserId, Presence),
    /// A user's account was erased, at this time.
    AccountErased(UserId, Timestamp),
}

/// The names of the tables that have a stream.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    messages: String,
    changes: String,
    statuses: String,
    chats: String,
    reports: String,
    users: String,
}

impl Tables {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            messages: environment.variable("MESSAGES_TABLE")?,
            changes: environment.variable("CHANGES_TABLE")?,
            statuses: environment.variable("MESSAGE_STATUS_TABLE")?,
            chats: environment.variable("CHATS_TABLE")?,
            reports: environment.variable("REPORTS_TABLE")?,
            users: environment.variable("USERS_TABLE")?,
        })
    }

    /// The change that a record reports. The event sources filter most other records; the rest are ignored here.
    pub fn change(&self, record: &EventRecord) -> Result<Option<Change>, JobError> {
        let (kind, new) = (record.event_name.as_str(), &record.change.new_image);
        let table = table_of(record.event_source_arn.as_deref().unwrap_or_default());
        if kind == "REMOVE" {
            return Ok(None);
        }
        if table == self.messages {
            let inserted = (kind == "INSERT").then(|| Messages::from_stream(new));
            Ok(inserted.transpose()?.map(Change::MessageStored))
        } else if table == self.changes {
            let inserted = (kind == "INSERT").then(|| Changes::from_stream(new));
            Ok(inserted.transpose()?.map(Change::MessageChanged))
        } else if table == self.statuses {
            Ok(Some(Change::ReceiptStored(ReceiptRecord::from_stream(new)?)))
        } else if table == self.chats {
            // Heads and members are in the same table, and their rows have no participants.
            let created = (kind == "INSERT" && new.contains_key("participants")).then(|| Chats::from_stream(new));
            Ok(created.transpose()?.map(Change::ChatCreated))
        } else if table == self.reports {
            let inserted = (kind == "INSERT").then(|| Reports::from_stream(new));
            Ok(inserted.transpose()?.map(|report| Change::Reported(Box::new(report))))
        } else if table == self.users && new.contains_key("erasedAt") {
            let (user_id, at) = Users::erasure_from_stream(new)?;
            Ok(Some(Change::AccountErased(user_id, at)))
        } else if table == self.users && kind == "MODIFY" {
            let (user_id, presence) = Users::presence_from_stream(new)?;
            let (_, before) = Users::presence_from_stream(&record.change.old_image)?;
            Ok((presence.online != before.online).then_some(Change::PresenceChanged(user_id, presence)))
        } else if table == self.users {
            Ok(None)
        } else {
            Err(JobError::new(format!("table {table:?} is not one of Paloma's")))
        }
    }
}

impl Change {
    /// The event for EventBridge. Content is left out unless `with_content` is set.
    pub fn event(&self, with_content: bool) -> Option<DomainEvent> {
        Some(match self {
            Self::MessageStored(message) => DomainEvent::group_changed(message)
                .unwrap_or_else(|| DomainEvent::message_sent(message.clone(), with_content)),
            Self::MessageChanged(change) => DomainEvent::message_changed(change),
            Self::ChatCreated(chat) => DomainEvent::chat_created(chat.clone()),
            Self::Reported(report) => DomainEvent::reported(report),
            Self::ReceiptStored(receipt) => {
                // Integrations learn no more of a hidden receipt than other users do.
                let shared = receipt.as_shared()?;
                let ReceiptRecord { chat_id, message_id, seq, covers_after, sender_id, user_id, timestamp, .. } =
                    shared;
                let detail = ReceiptDetail { chat_id, message_id, seq, covers_after, sender_id, user_id };
                match shared.status {
                    Receipt::Delivered => DomainEvent::message_delivered(detail, timestamp),
                    Receipt::Read => DomainEvent::message_read(detail, timestamp),
                }
            }
            Self::AccountErased(user_id, at) => DomainEvent::user_erased(*user_id, *at),
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

/// The table's name in `arn:aws:dynamodb:region:account:table/NAME/stream/…`.
fn table_of(arn: &str) -> &str {
    arn.split_once(":table/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default()
}
