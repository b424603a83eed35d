//! The rights in a chat. The roster decides on them.

/// Whether a user may do something in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Granted,
    /// No: the user has left the chat, and knows that it exists.
    Left,
    /// No: only the group's admins may.
    AdminsOnly,
    /// No: the user has blocked the other member of this direct chat.
    Blocking,
    /// No: the user has not accepted the request that brought them into the chat.
    Asked,
    /// No: the user has declined the request that brought them into this direct chat.
    Declined,
    /// No: the user is being erased, or has been. For such a user the chat does not exist.
    Erased,
}

/// A right of a member in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See the chat and its messages, within the user's windows. Former members may.
    Read,
    /// Change the user's own settings for the chat.
    Configure,
    /// Arrange the user's own list of chats: pin, archive, mark as unread. Former members may.
    Arrange,
    /// Send messages.
    Send,
    /// Delete messages. The sender and the admins of a group may.
    Delete,
    /// React to messages. All members may, also where only admins write.
    React,
    /// Acknowledge messages as delivered or read.
    Acknowledge,
    /// Show the other members that this one is typing.
    Type,
    /// Watch the presence of the other member of a direct chat.
    WatchPresence,
}
