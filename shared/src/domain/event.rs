//! The events that the server posts to clients on their sockets.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Avatar, Chat, ChatId, Head, LastMessage, Member, Message, Name, Presence, Profile, Seq, Status, Timestamp, UserId,
    Watermark,
};

/// A frame from the server. Its `type` is the variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(rename = "EventFrame"))]
pub enum Event {
    /// A message was sent.
    Message {
        /// The new message.
        message: Message,
    },
    /// The status of messages changed, or the user received or read messages on another device.
    Status(StatusEvent),
    /// The user changed a setting, on any device.
    Settings(SettingsEvent),
    /// A chat with the user was created.
    Chat {
        /// The new chat.
        chat: Chat,
    },
    /// A member is typing. The event is not stored, and it expires after a few seconds.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// The chat in which the member is typing.
        chat_id: ChatId,
        /// The member who is typing.
        user_id: UserId,
    },
    /// The other member of a direct chat that the client has open came online or went offline.
    #[serde(rename_all = "camelCase")]
    Presence {
        /// The direct chat.
        chat_id: ChatId,
        /// The member who came online or went offline.
        user_id: UserId,
        /// The presence after the change.
        #[serde(flatten)]
        presence: Presence,
    },
    /// The account of a user was erased.
    Erased(ErasedEvent),
}

impl Event {
    /// The frame's `type`, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Message { .. } => "message",
            Self::Status(_) => "status",
            Self::Settings(_) => "settings",
            Self::Chat { .. } => "chat",
            Self::Typing { .. } => "typing",
            Self::Presence { .. } => "presence",
            Self::Erased(_) => "erased",
        }
    }
}

/// The account of a user was erased: their messages in this chat have no content any more, and they have left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ErasedEvent {
    /// The chat that the user has left by the erasure.
    pub chat_id: ChatId,
    /// The erased user.
    pub user_id: UserId,
    /// The time of the erasure, in epoch milliseconds.
    pub erased_at: Timestamp,
}

/// A setting of a user, for the user's own sockets. Each variant is a field of the frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum SettingsEvent {
    /// Settings for one chat.
    Chat(ChatSettings),
    /// The profile that other users see.
    Profile(ProfileSettings),
}

/// The settings of a member for one chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChatSettings {
    /// The chat that the settings are for.
    pub chat_id: ChatId,
    /// The end of the mute, in epoch milliseconds; null for a chat that is not muted.
    pub muted_until: Option<Timestamp>,
}

/// A profile after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ProfileSettings {
    /// The name after the change.
    pub name: Name,
    /// The URL of the picture; null without one.
    pub avatar: Option<Avatar>,
}

/// The status of messages changed by a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct StatusEvent {
    /// The chat of the messages.
    pub chat_id: ChatId,
    /// The message; the event covers all earlier ones, too.
    pub seq: Seq,
    /// The new status.
    pub status: Status,
    /// The member who sent the receipt.
    pub user_id: UserId,
    /// Whether all members have this status now: then it is the new status of the client's own messages up to `seq`.
    pub everyone: bool,
    /// The time of the change, in epoch milliseconds.
    pub timestamp: Timestamp,
}

/// A chat as a member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChatView {
    /// The chat and its participants.
    #[serde(flatten)]
    pub chat: Chat,
    /// The erased users among the participants; absent without any.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub erased: BTreeSet<UserId>,
    /// The newest message; null in a new chat. It appears a moment after the message.
    pub last_message: Option<LastMessage>,
    /// The time of the newest message, or of the creation of the chat, in epoch milliseconds.
    pub last_message_time: Timestamp,
    /// The seq of the last message; 0 for a chat without messages.
    pub last_seq: Watermark,
    /// The last message that the member has read.
    pub read_seq: Watermark,
    /// The last message that the member's devices have received.
    pub delivered_seq: Watermark,
    /// `lastSeq − readSeq`. The member's own messages do not count.
    pub unread_count: u64,
    /// The end of the mute, in epoch milliseconds; absent for a chat that is not muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// The presence of the other member of a direct chat. Only the answer for one chat has it, not lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// The profiles of members: in lists that of the other member of a direct chat, in the answer for one chat those of
    /// all members. Erased users have no profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Profile>,
}

impl ChatView {
    /// The chat as `member` sees it.
    pub fn of(chat: Chat, head: &Head, member: &Member) -> Self {
        let marks = head.marks_of(member);
        Self {
            erased: head.roster.erased().clone(),
            last_message: head.last_message.clone(),
            last_message_time: head.last_message.as_ref().map_or(chat.created_at, |last| last.timestamp),
            last_seq: head.last_seq,
            read_seq: marks.read,
            delivered_seq: marks.delivered,
            unread_count: marks.read.missing_to(head.last_seq),
            muted_until: member.muted_until.filter(|until| *until > Timestamp::now()),
            presence: None,
            members: Vec::new(),
            chat,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_settings_frame_has_a_field_for_the_setting_that_changed() {
        let chat_id = ChatId::random();
        let muted = Event::Settings(SettingsEvent::Chat(ChatSettings { chat_id, muted_until: None }));
        assert_eq!(
            serde_json::to_value(&muted).unwrap(),
            json!({ "type": "settings", "chat": { "chatId": chat_id, "mutedUntil": null } })
        );
        let name = Name::try_from("Ana".to_owned()).unwrap();
        let profile = Event::Settings(SettingsEvent::Profile(ProfileSettings { name, avatar: None }));
        assert_eq!(
            serde_json::to_value(&profile).unwrap(),
            json!({ "type": "settings", "profile": { "name": "Ana", "avatar": null } })
        );
        for event in [muted, profile] {
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        }
    }
}
