//! The text of a notification, and the key of a text that the app can show in the user's language.

use serde::Serialize;

/// The title and the text of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(rename = "PushAlert"))]
pub struct Alert {
    /// The group's name, or otherwise the sender's.
    pub title: String,
    /// The beginning of the message, at most 140 bytes and an ellipsis. In a named group the sender's name precedes it.
    pub body: String,
}

/// The texts of the server's own, which an app can show in the user's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum LocKey {
    /// "New message". No arguments.
    NewMessage,
    /// "{sender}: New message", in a group with a name. One argument: the sender's name.
    NewMessageFrom,
    /// "This message was deleted". No arguments.
    MessageDeleted,
    /// "{sender}: This message was deleted", in a group with a name. One argument: the sender's name.
    MessageDeletedFrom,
}

/// A text of the server's own and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct LocText {
    /// The text to show in the user's language.
    pub loc_key: LocKey,
    /// The arguments of the text.
    pub loc_args: Vec<String>,
}
