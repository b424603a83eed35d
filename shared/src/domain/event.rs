//! The events that the server posts to clients on their sockets.

use serde::{Deserialize, Serialize};

use super::{ChangeSeq, Chat, ChatId, Message, Presence, Seq, SettingsEvent, Status, Timestamp, UserId};

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
    /// A message was edited or deleted, or its reactions changed.
    #[serde(rename_all = "camelCase")]
    Change {
        /// The chat of the message.
        chat_id: ChatId,
        /// The number of the change in its chat. After a gap, fetch the changes since the last one.
        change_seq: ChangeSeq,
        /// The message as it is now. Its version may be higher than `changeSeq`.
        message: Message,
        /// For a change of reactions: the user who reacted, the last one if there are more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reacted_by: Option<UserId>,
    },
    /// The status of messages changed, or the user received or read messages on another device.
    Status(StatusEvent),
    /// The user changed a setting, on any device.
    Settings(SettingsEvent),
    /// A chat with the user was created, or the user was added to a group.
    Chat {
        /// The chat.
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
            Self::Change { .. } => "change",
            Self::Status(_) => "status",
            Self::Settings(_) => "settings",
            Self::Chat { .. } => "chat",
            Self::Typing { .. } => "typing",
            Self::Presence { .. } => "presence",
            Self::Erased(_) => "erased",
        }
    }

    /// The user of a chat who caused this event. During a block, only this user's own sockets get
    /// it.
    pub fn actor(&self) -> Option<UserId> {
        match self {
            // In a direct chat only the sender edits or deletes a message.
            Self::Message { message } => Some(message.sender_id),
            Self::Change { message, reacted_by, .. } => Some(reacted_by.unwrap_or(message.sender_id)),
            Self::Status(status) => Some(status.user_id),
            Self::Chat { chat } => Some(chat.created_by),
            Self::Typing { user_id, .. } | Self::Presence { user_id, .. } => Some(*user_id),
            Self::Erased(erased) => Some(erased.user_id),
            Self::Settings(_) => None,
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

/// The status of messages changed by a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct StatusEvent {
    /// The chat of the messages.
    pub chat_id: ChatId,
    /// The message; the event covers all earlier ones, too.
    pub seq: Seq,
    /// The first message that the event covers; absent for message 1. Earlier messages keep their status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Seq>,
    /// The new status.
    pub status: Status,
    /// The member who sent the receipt.
    pub user_id: UserId,
    /// Whether all members have this status now: then it is the new status of the client's own messages up to `seq`.
    pub everyone: bool,
    /// The time of the change, in epoch milliseconds.
    pub timestamp: Timestamp,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{ChatSettings, Name, ProfileSettings};
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
