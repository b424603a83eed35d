//! Settings of a user, and the events by which the user's other sockets learn of them.

use serde::{Deserialize, Serialize};

use super::{Avatar, ChatId, HiddenMessages, Name, OwnReaction, Privacy, Timestamp, UserId, Watermark};

/// Chats that a user can have pinned.
pub const MAX_PINS: usize = 3;

/// A setting of a user, for the user's own sockets. Each variant is a field of the frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum SettingsEvent {
    /// The mute of a chat.
    Chat(ChatSettings),
    /// The pin of a chat.
    Pin(PinSetting),
    /// Whether a chat is archived.
    Archive(ArchiveSetting),
    /// Whether a chat is marked as unread.
    Unread(UnreadSetting),
    /// The profile that other users see.
    Profile(ProfileSettings),
    /// The user has removed messages from the user's own view.
    Hidden(HiddenMessages),
    /// A block of another user, which began or ended.
    Block(BlockSettings),
    /// The user's own reaction to a message that names too few people to show it.
    Reaction(OwnReaction),
    /// The privacy settings.
    Privacy(PrivacySettings),
    /// The user's answer to a message request.
    Request(RequestAnswer),
}

impl SettingsEvent {
    /// The chat that the setting is for.
    pub fn chat_id(&self) -> Option<ChatId> {
        match self {
            Self::Chat(ChatSettings { chat_id, .. })
            | Self::Pin(PinSetting { chat_id, .. })
            | Self::Archive(ArchiveSetting { chat_id, .. })
            | Self::Unread(UnreadSetting { chat_id, .. })
            | Self::Hidden(HiddenMessages { chat_id, .. })
            | Self::Reaction(OwnReaction { chat_id, .. })
            | Self::Request(RequestAnswer { chat_id, .. }) => Some(*chat_id),
            Self::Profile(_) | Self::Block(_) | Self::Privacy(_) => None,
        }
    }
}

/// The mute of a chat after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChatSettings {
    /// The chat that the settings are for.
    pub chat_id: ChatId,
    /// The end of the mute, in epoch milliseconds; null for a chat that is not muted.
    pub muted_until: Option<Timestamp>,
}

/// The pin of a chat after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct PinSetting {
    /// The chat.
    pub chat_id: ChatId,
    /// Whether the user has pinned the chat. A pinned chat is not archived.
    pub pinned: bool,
    /// The time of the change, in epoch milliseconds. Frames may arrive in another order.
    pub changed_at: Timestamp,
}

/// Whether a chat is archived after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ArchiveSetting {
    /// The chat.
    pub chat_id: ChatId,
    /// Whether the chat is archived. An archived chat is not pinned.
    pub archived: bool,
    /// The `count` of the chat's last message at the change. A later message with a higher `count` brings the chat
    /// back, unless the user has muted it.
    pub last_count: u64,
    /// The time of the change, in epoch milliseconds. Frames may arrive in another order.
    pub changed_at: Timestamp,
}

/// Whether a chat is marked as unread after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct UnreadSetting {
    /// The chat.
    pub chat_id: ChatId,
    /// Whether the chat is marked as unread.
    pub marked_unread: bool,
    /// The user's `readSeq` at the change. The mark ends when `readSeq` is higher.
    pub read_seq: Watermark,
    /// The time of the change, in epoch milliseconds. Frames may arrive in another order.
    pub changed_at: Timestamp,
}

/// A user's answer to the request that brought them into a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RequestAnswer {
    /// The chat.
    pub chat_id: ChatId,
    /// Whether the user has accepted. A chat that was declined is in no list.
    pub accepted: bool,
    /// The time of the answer, in epoch milliseconds. Frames may arrive in another order.
    pub changed_at: Timestamp,
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

/// Whether the user has blocked another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct BlockSettings {
    /// The other user.
    pub user_id: UserId,
    /// Whether they are blocked now.
    pub blocked: bool,
}

/// The privacy settings after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct PrivacySettings {
    /// All settings.
    #[serde(flatten)]
    pub privacy: Privacy,
    /// The time of the last change, in epoch milliseconds. Frames may arrive in another order.
    pub changed_at: Timestamp,
}
