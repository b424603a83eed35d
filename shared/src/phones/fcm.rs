//! The payload of a push through FCM.

use serde::Serialize;

use super::{Alert, Aps, LocKey};
use crate::domain::{ChatId, MessageId};

/// FCM's HTTP v1 message. A push that shows a message has a `notification`; a push that only corrects the badge has
/// none, since FCM has no such push for Android: there the app applies the badge from `data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmMessage {
    /// The text of the notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<Alert>,
    /// The data for the app.
    pub data: FcmData,
    /// The part for Android.
    pub android: FcmAndroid,
    /// The part for iPhones behind FCM.
    pub apns: FcmApns,
    /// The part for browsers behind FCM.
    pub webpush: FcmWebpush,
}

/// The data of a push through FCM, which accepts only strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum FcmData {
    /// A message.
    Message {
        /// The chat of the message.
        chat_id: ChatId,
        /// The message that the push shows.
        message_id: MessageId,
        /// The number of the message in its chat, as text.
        seq: String,
        /// The number on the app's icon, as text: all unread messages of the user.
        badge: String,
        /// The text to show in the user's language; absent if the text is the message's own.
        #[serde(skip_serializing_if = "Option::is_none")]
        loc_key: Option<LocKey>,
        /// The arguments of `locKey`: a JSON array of strings, as text.
        #[serde(skip_serializing_if = "Option::is_none")]
        loc_args: Option<String>,
    },
    /// A badge: the user has read messages on another device.
    Badge {
        /// The chat with the messages.
        chat_id: ChatId,
        /// The last message that the user has read, as text: the app may remove its notification of a message up to it.
        read_seq: String,
        /// The number on the app's icon, as text.
        badge: String,
    },
}

/// The part of an FCM message for Android.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmAndroid {
    /// `high` for a message, `normal` for a badge.
    pub priority: &'static str,
    /// A push replaces a waiting one with the same key: the chat's id, or `badge`.
    pub collapse_key: String,
    /// The time for which FCM retries, such as `604800s`.
    pub ttl: String,
    /// The notification; absent for a badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<FcmAndroidNotification>,
}

/// The notification on Android.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmAndroidNotification {
    /// A notification replaces the shown one with the same tag: the chat's id.
    pub tag: String,
    /// The number on the app's icon.
    pub notification_count: u64,
}

/// The part of an FCM message for iPhones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmApns {
    /// The headers for APNs.
    pub headers: FcmApnsHeaders,
    /// The payload for APNs, to which FCM adds the notification and the data.
    pub payload: FcmApnsPayload,
}

/// The headers for APNs behind FCM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmApnsHeaders {
    /// A push replaces an earlier one with the same id: the chat's id, or `badge`.
    pub apns_collapse_id: String,
    /// `10`: deliver at once.
    pub apns_priority: &'static str,
    /// `alert` for a badge: Apple throttles background pushes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apns_push_type: Option<&'static str>,
}

/// The payload for APNs behind FCM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmApnsPayload {
    /// Apple's part.
    pub aps: Aps,
}

/// The part of an FCM message for browsers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmWebpush {
    /// The headers of RFC 8030.
    pub headers: FcmWebpushHeaders,
    /// The notification; absent for a badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<FcmWebpushNotification>,
}

/// The headers of a push to a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmWebpushHeaders {
    /// The time for which the push service retries, in seconds.
    #[serde(rename = "TTL")]
    pub ttl: String,
    /// `high` for a message, `low` for a badge.
    pub urgency: &'static str,
    /// A push replaces a waiting one with the same topic: the chat's id without hyphens, or `badge`.
    pub topic: String,
}

/// The notification in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FcmWebpushNotification {
    /// A notification replaces the shown one with the same tag: the chat's id.
    pub tag: String,
}
