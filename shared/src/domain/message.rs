//! A message, accepted into the sequence of its chat.

use serde::{Deserialize, Serialize};

use super::{
    Body, ChangeSeq, ChatId, ClientMessageId, Content, MessageId, Reactions, Reply, Seq, Status, Timestamp, UserId,
};

/// A message as it is stored, enqueued and posted to sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Message {
    /// The id, which follows from chat, sender and client message id.
    pub message_id: MessageId,
    /// The chat that the message belongs to.
    pub chat_id: ChatId,
    /// The user who sent the message.
    pub sender_id: UserId,
    /// The id that the sender's app gave the message.
    pub client_message_id: ClientMessageId,
    /// The content, unless it was deleted, and as long as its sender has an account.
    #[serde(flatten, deserialize_with = "Body::stored")]
    pub body: Body<Content>,
    /// The number of the message in its chat (invariant 1).
    pub seq: Seq,
    /// The number of messages up to this one that count as unread, which leaves system messages out. Absent where it is
    /// the same as `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The time of the message, in epoch milliseconds. It rises strictly with `seq`, so in a busy chat it may be ahead
    /// of the clock.
    pub timestamp: Timestamp,
    /// The status of the message for all its recipients together.
    pub status: Status,
    /// The time of acceptance, in epoch milliseconds by the clock.
    pub created_at: Timestamp,
    /// The `changeSeq` of the last change of the message or of its reactions; absent if it is as it was sent. Of two
    /// states of a message the one with the higher version is newer.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    pub version: ChangeSeq,
    /// The time of the last edit, in epoch milliseconds; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The message that this one answers; absent without any, and for a deleted message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Reply>,
    /// The reactions; absent without any, and for a message without content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reactions: Option<Reactions>,
}

impl Message {
    /// The quote of this message in a reply: its seq, its sender and the beginning of its content, if it has any.
    pub fn quote(&self) -> Option<(Seq, UserId, String)> {
        self.body.content().map(|content| (self.seq, self.sender_id, content.preview()))
    }
}

/// A stored message, without what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRef {
    /// The id of the message.
    pub message_id: MessageId,
    /// The chat that the message belongs to.
    pub chat_id: ChatId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// See [`Message::count`].
    pub count: Option<u64>,
    /// The user who sent the message.
    pub sender_id: UserId,
}

impl From<&Message> for MessageRef {
    fn from(message: &Message) -> Self {
        let Message { message_id, chat_id, seq, count, sender_id, .. } = *message;
        Self { message_id, chat_id, seq, count, sender_id }
    }
}

/// The answer to a send. Every try gets the same answer (invariant 2), so its status is always `sent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Accepted {
    /// The id of the message.
    pub message_id: MessageId,
    /// The chat that the message belongs to.
    pub chat_id: ChatId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// The time of the message, in epoch milliseconds.
    pub timestamp: Timestamp,
    /// Always `sent`: later changes of the status are posted as status events.
    pub status: Status,
    /// The id that the sender's app gave the message.
    pub client_message_id: ClientMessageId,
}

impl From<&Message> for Accepted {
    fn from(message: &Message) -> Self {
        Self {
            message_id: message.message_id,
            chat_id: message.chat_id,
            seq: message.seq,
            timestamp: message.timestamp,
            status: Status::Sent,
            client_message_id: message.client_message_id.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn a_stored_message_that_breaks_the_rules_of_today_reads_as_it_was_written() {
        let stored = Message {
            message_id: "6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10".parse().unwrap(),
            chat_id: ChatId::random(),
            sender_id: UserId::random(),
            client_message_id: ClientMessageId::try_from("m1".to_owned()).unwrap(),
            body: Body::Content(Content::try_from("hello".to_owned()).unwrap()),
            seq: Seq::try_from(1).unwrap(),
            count: None,
            timestamp: Timestamp::from_millis(2),
            status: Status::Sent,
            created_at: Timestamp::from_millis(2),
            version: ChangeSeq::START,
            edited_at: None,
            reply_to: None,
            reactions: None,
        };
        for content in ["\u{200b}", "", "a\0b", &"a".repeat(20_000)] {
            let mut row = to_value(&stored).unwrap();
            row["content"] = json!(content);
            assert_eq!(to_value(from_value::<Message>(row.clone()).unwrap()).unwrap(), row);
        }
        let mut row = to_value(&stored).unwrap();
        row["content"] = json!(null);
        assert!(from_value::<Message>(row).is_err(), "neither content nor the time at which it was erased");
    }
}
