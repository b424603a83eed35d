//! All frames of a socket. The functions parse and write the parts; the contracts describe the whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReaderMarks, ReceiptFrame, SendFrame, TypingFrame, TypingView, UnwatchView, WatchFrame, WatchView};
use crate::domain::{Accepted, Event, Timestamp};
use crate::edge::Problem;

/// A frame from a client. Its `action` is the variant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum ClientFrame {
    /// Sends a message.
    SendMessage(SendFrame),
    /// Sends a receipt.
    UpdateStatus(ReceiptFrame),
    /// The user is typing.
    Typing(TypingFrame),
    /// Watches the presence of the other member of a direct chat, in place of the chat watched before.
    Watch(WatchFrame),
    /// Ends the watch.
    Unwatch {},
    /// Keeps the socket alive: send it at least every 10 minutes.
    Ping {},
}

/// A frame from the server: a reply, or an event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ServerFrame {
    /// The reply to a frame of the client.
    Reply(Box<ReplyFrame>),
    /// An event.
    Event(Box<Event>),
}

/// The reply to a frame of the client. It returns the `id` of that frame.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ReplyFrame {
    /// The frame succeeded.
    Ack {
        /// The result.
        result: AckResult,
    },
    /// The reply to `ping`.
    Pong {
        /// The time of the server, in epoch milliseconds.
        timestamp: Timestamp,
    },
    /// The frame failed.
    Error {
        /// The problem.
        problem: Problem,
        /// The time until the same frame succeeds, in milliseconds, if it exceeded a limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
}

/// The result of a frame, depending on its `action`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AckResult {
    /// The result of `sendMessage`.
    Message(Accepted),
    /// The result of `updateStatus`.
    Receipt(ReaderMarks),
    /// The result of `watch`.
    Watch(WatchView),
    /// The result of `typing`.
    Typing(TypingView),
    /// The result of `unwatch`.
    Unwatch(UnwatchView),
}
