//! The message that a message answers, and its quote.

use serde::{Deserialize, Serialize};

use super::{MessageId, Seq, UserId};

/// The message that a message answers. A row and a frame have its id alone. A page also has its sender and its
/// beginning as they are now, or says that it is gone: so no quote shows content that was edited, deleted or hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Reply {
    /// The id of the answered message.
    pub message_id: MessageId,
    /// Its number in the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// The user who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<UserId>,
    /// The beginning of its content, at most 140 bytes and an ellipsis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Present and true if the caller cannot see the message: it was deleted or hidden, or is from another time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

impl Reply {
    /// A reply to this message, without a quote.
    pub fn to(message_id: MessageId) -> Self {
        Self { message_id, seq: None, sender_id: None, preview: None, gone: false }
    }

    /// This reply with the seq, the sender and the beginning of its message; `None` where the reader may not see it.
    #[must_use]
    pub fn quoting(self, quote: Option<(Seq, UserId, String)>) -> Self {
        let reply = Self::to(self.message_id);
        match quote {
            Some((seq, sender_id, preview)) => {
                Self { seq: Some(seq), sender_id: Some(sender_id), preview: Some(preview), ..reply }
            }
            None => Self { gone: true, ..reply },
        }
    }
}
