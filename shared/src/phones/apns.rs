//! The payload of a push through APNs.

use serde::Serialize;

use super::{Alert, LocText};
use crate::domain::{ChatId, MessageId, Seq, Watermark};

/// The payload of a push through APNs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ApnsPayload {
    /// Apple's part.
    pub aps: Aps,
    /// The data for the app.
    #[serde(flatten)]
    pub data: ApnsData,
}

/// The data of a push through APNs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum ApnsData {
    /// A message.
    Message {
        /// The chat of the message.
        chat_id: ChatId,
        /// The message that the push shows.
        message_id: MessageId,
        /// The number of the message in its chat.
        seq: Seq,
        /// The text to show in the user's language; absent if the text is the message's own.
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        text: Option<LocText>,
    },
    /// A badge: the user has read messages on another device.
    Badge {
        /// The chat with the messages.
        chat_id: ChatId,
        /// The last message that the user has read: the app may remove its notification of a message up to it.
        read_seq: Watermark,
    },
}

/// Apple's part of a payload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Aps {
    /// The text of the notification; absent for a badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<Alert>,
    /// The number on the app's icon: all unread messages of the user.
    pub badge: u64,
    /// The sound; absent for a badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<&'static str>,
    /// Notifications with the same id form a group: the chat's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<ChatId>,
    /// 1 with a `locKey`: the app's notification service extension may replace the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutable_content: Option<u8>,
}
