//! What a server tells a client on its socket, without being asked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Avatar, Chat, ChatId, Head, LastMessage, Member, Message, Name, Presence, Profile, Seq, Status, Timestamp, UserId,
    Watermark,
};

/// A frame from the server, told apart by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Event {
    /// Somebody wrote.
    Message {
        /// What they wrote.
        message: Message,
    },
    /// A tick moved, or you have received or read on another device.
    Status(StatusEvent),
    /// You changed a setting of yours, on any device.
    Settings(SettingsEvent),
    /// A chat was made, with you in it.
    Chat {
        /// The chat.
        chat: Chat,
    },
    /// Somebody is writing; never stored, and worthless after a few seconds.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// Where.
        chat_id: ChatId,
        /// Who.
        user_id: UserId,
    },
    /// The other one of a direct chat that you have open came or went.
    #[serde(rename_all = "camelCase")]
    Presence {
        /// Where you look at them.
        chat_id: ChatId,
        /// Who.
        user_id: UserId,
        /// How it is now.
        #[serde(flatten)]
        presence: Presence,
    },
    /// Somebody's account was erased.
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

/// Somebody's account was erased: everything that they wrote in this chat says nothing any more, and they have left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErasedEvent {
    /// Where.
    pub chat_id: ChatId,
    /// Whose messages.
    pub user_id: UserId,
    /// When, in epoch milliseconds.
    pub erased_at: Timestamp,
}

/// A setting of one's own, for one's own sockets. Each variant is the field of the frame that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SettingsEvent {
    /// What holds of one chat.
    Chat(ChatSettings),
    /// The profile, as others see it.
    Profile(ProfileSettings),
}

/// What a member has set for one chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatSettings {
    /// Which.
    pub chat_id: ChatId,
    /// Until when no push comes from it, in epoch milliseconds; null when it is not muted.
    pub muted_until: Option<Timestamp>,
}

/// A profile, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSettings {
    /// The name.
    pub name: Name,
    /// The address of the picture; null without one.
    pub avatar: Option<Avatar>,
}

/// A tick moved: `user_id` has come to `seq`, and with `everyone`, so has every participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusEvent {
    /// Where.
    pub chat_id: ChatId,
    /// The message at this place, and every one before it.
    pub seq: Seq,
    /// What they are now.
    pub status: Status,
    /// Whose receipt it was.
    pub user_id: UserId,
    /// Whether it now holds of every participant: then the tick of your own messages up to `seq` moves.
    pub everyone: bool,
    /// When, in epoch milliseconds.
    pub timestamp: Timestamp,
}

/// A chat as one of its participants sees it, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatView {
    /// The chat itself.
    #[serde(flatten)]
    pub chat: Chat,
    /// Those among the participants whose accounts have been erased; absent when there are none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub erased: BTreeSet<UserId>,
    /// Its newest message, once summarised.
    pub last_message: Option<LastMessage>,
    /// When it last moved, in epoch milliseconds.
    pub last_message_time: Timestamp,
    /// The place of its last message; 0 in a chat with none.
    pub last_seq: Watermark,
    /// How far you have read.
    pub read_seq: Watermark,
    /// How far your devices have received.
    pub delivered_seq: Watermark,
    /// `lastSeq − readSeq`; your own messages never count.
    pub unread_count: u64,
    /// Until when no push comes from this chat, in epoch milliseconds; absent when it is not muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// Whether the other one of a direct chat is there; told of one chat, not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Names and pictures: in lists of the other one of a direct chat, of one chat of everybody in it. Erased users have
    /// neither.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Profile>,
}

impl ChatView {
    /// What `member` sees of `chat`.
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
    fn a_frame_of_settings_names_what_was_set() {
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
