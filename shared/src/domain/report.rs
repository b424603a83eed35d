//! Reports of messages, users and chats, for operators.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Avatar, Chat, ChatId, Content, Message, MessageId, Name, Profile, Reason, ReportId, Seq, Timestamp, UserId,
};

/// An item that users report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportTarget {
    /// A message.
    Message(MessageId),
    /// A user.
    User(UserId),
    /// A chat.
    Chat(ChatId),
}

/// The copy of a reported item, as the reporter saw it. The content of an erased user is removed from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ReportedItem {
    /// A message.
    Message {
        /// The id of the message.
        message_id: MessageId,
        /// The chat that the message belongs to.
        chat_id: ChatId,
        /// The number of the message in its chat.
        seq: Seq,
        /// The user who sent the message.
        sender_id: UserId,
        /// The time of acceptance, in epoch milliseconds.
        created_at: Timestamp,
        /// The time of the last edit that the reporter saw, in epoch milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edited_at: Option<Timestamp>,
        /// The content, until the sender is erased.
        #[serde(default, deserialize_with = "Content::stored_if_any", skip_serializing_if = "Option::is_none")]
        content: Option<Content>,
    },
    /// A user.
    User {
        /// The id of the user.
        user_id: UserId,
        /// The name, until the user is erased.
        #[serde(default, deserialize_with = "Name::stored_if_any", skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        /// The URL of the picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        avatar: Option<Avatar>,
    },
    /// A chat.
    Chat {
        /// The id of the chat.
        chat_id: ChatId,
        /// The user who created the chat.
        created_by: UserId,
        /// The name of a group.
        #[serde(default, deserialize_with = "Name::stored_if_any", skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        /// The URL of a group's picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        avatar: Option<Avatar>,
    },
}

/// An operator's decision about a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReportOutcome {
    /// The item breaks no rule.
    Dismissed,
    /// The message was removed.
    Removed,
    /// The user was suspended.
    Suspended,
    /// Something else was done, which the note names.
    Other,
}

/// The end of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolution {
    /// The decision.
    pub outcome: ReportOutcome,
    /// The reason of the decision.
    pub note: Reason,
    /// The operator, as AWS names the caller: an ARN.
    pub resolved_by: String,
    /// The time of the decision, in epoch milliseconds.
    pub resolved_at: Timestamp,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The id, which follows from the reporter and the item: a repeated report is the same report.
    pub report_id: ReportId,
    /// The user who reports; none after that user was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter_id: Option<UserId>,
    /// The reporter's words; none after the reporter was erased.
    #[serde(default, deserialize_with = "Reason::stored_if_any", skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The time of the report, in epoch milliseconds.
    pub reported_at: Timestamp,
    /// The copy of the item.
    pub item: ReportedItem,
    /// The time at which the reported user, or the sender of the reported message, was erased, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_erased_at: Option<Timestamp>,
    /// The decision; none while the report is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

impl ReportId {
    /// The id of the report of this item by this user.
    pub fn derive(reporter: UserId, target: ReportTarget) -> Self {
        Self::of_target(reporter, &target.to_string())
    }
}

impl Report {
    /// The report of an item by this user.
    pub fn new(reporter: UserId, item: ReportedItem, reason: Reason, now: Timestamp) -> Self {
        Self {
            report_id: ReportId::derive(reporter, item.target()),
            reporter_id: Some(reporter),
            reason: Some(reason),
            reported_at: now,
            item,
            subject_erased_at: None,
            resolution: None,
        }
    }

    /// Whether no operator has decided about it.
    pub fn is_open(&self) -> bool {
        self.resolution.is_none()
    }
}

impl ReportedItem {
    /// The copy of a message; `None` for a message without content, which is deleted, or a system message.
    pub fn of_message(message: &Message) -> Option<Self> {
        let content = message.body.content()?.clone();
        let Message { message_id, chat_id, seq, sender_id, created_at, edited_at, .. } = *message;
        Some(Self::Message { message_id, chat_id, seq, sender_id, created_at, edited_at, content: Some(content) })
    }

    /// The copy of a chat.
    pub fn of_chat(chat: Chat) -> Self {
        let Chat { chat_id, kind, created_by, membership, .. } = chat;
        let name = match kind {
            super::ChatKind::Direct => None,
            super::ChatKind::Group { name } => name,
        };
        Self::Chat { chat_id, created_by, name, avatar: membership.avatar }
    }

    /// The item itself.
    pub fn target(&self) -> ReportTarget {
        match self {
            Self::Message { message_id, .. } => ReportTarget::Message(*message_id),
            Self::User { user_id, .. } => ReportTarget::User(*user_id),
            Self::Chat { chat_id, .. } => ReportTarget::Chat(*chat_id),
        }
    }

    /// The user who is responsible for the item: the sender of a message, or the user. A chat has none.
    pub fn subject(&self) -> Option<UserId> {
        match self {
            Self::Message { sender_id, .. } => Some(*sender_id),
            Self::User { user_id, .. } => Some(*user_id),
            Self::Chat { .. } => None,
        }
    }
}

impl From<Profile> for ReportedItem {
    fn from(Profile { user_id, name, avatar }: Profile) -> Self {
        Self::User { user_id, name: Some(name), avatar }
    }
}

/// `message#`, `user#` or `chat#`, and the id.
impl fmt::Display for ReportTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(id) => write!(formatter, "message#{id}"),
            Self::User(id) => write!(formatter, "user#{id}"),
            Self::Chat(id) => write!(formatter, "chat#{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idempotent_a_user_has_one_report_of_an_item() {
        let (ana, bruno, carla) = (UserId::random(), UserId::random(), UserId::random());
        let report = |reporter, item: UserId| {
            let item = ReportedItem::User { user_id: item, name: None, avatar: None };
            Report::new(reporter, item, "spam".parse().unwrap(), Timestamp::now()).report_id
        };
        assert_eq!(report(ana, carla), report(ana, carla));
        assert_ne!(report(ana, carla), report(bruno, carla));
        assert_ne!(report(ana, carla), report(ana, bruno));
        // The ids of a chat and of a user could be equal.
        let id = carla.to_string();
        let chat = ReportTarget::Chat(id.parse().unwrap());
        assert_ne!(ReportId::derive(ana, chat), ReportId::derive(ana, ReportTarget::User(carla)));
    }
}
