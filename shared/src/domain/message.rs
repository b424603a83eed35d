//! A message: drafted by its sender, accepted into the sequence of its chat.

use serde::{Deserialize, Serialize};

use super::{Body, ChatId, ClientMessageId, Content, Head, MessageId, Seq, Status, Timestamp, UserId};

/// What a sender wants to say: everything but its place in the chat.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Where.
    pub chat_id: ChatId,
    /// Who.
    pub sender_id: UserId,
    /// The sender's own name for it (invariant 2).
    pub client_message_id: ClientMessageId,
    /// What.
    pub content: Content,
}

/// A message as it is stored, enqueued and told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Derived from chat, sender and client message id.
    pub message_id: MessageId,
    /// The chat it belongs to.
    pub chat_id: ChatId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// The sender's own name for it.
    pub client_message_id: ClientMessageId,
    /// What it says, as long as its sender has an account.
    #[serde(flatten, deserialize_with = "Body::stored")]
    pub body: Body<Content>,
    /// Its place in the chat (invariant 1).
    pub seq: Seq,
    /// When, in epoch milliseconds; rises strictly with `seq`, so it may run ahead of the clock in a busy chat.
    pub timestamp: Timestamp,
    /// How far it has come.
    pub status: Status,
    /// When it was accepted, in epoch milliseconds by the clock.
    pub created_at: Timestamp,
}

/// The answer to a send: the same for every try (invariant 2), so it says `sent` for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The message's id.
    pub message_id: MessageId,
    /// The chat it is in.
    pub chat_id: ChatId,
    /// Its place there.
    pub seq: Seq,
    /// Its time there, in epoch milliseconds.
    pub timestamp: Timestamp,
    /// Always `sent`: what comes later is told by status events.
    pub status: Status,
    /// The sender's own name for it.
    pub client_message_id: ClientMessageId,
}

impl Draft {
    /// The id that this draft has, whether accepted or not.
    pub fn message_id(&self) -> MessageId {
        MessageId::derive(self.chat_id, self.sender_id, &self.client_message_id)
    }

    /// The message that this draft becomes right after `head`: the next seq, and a later timestamp than the last.
    pub fn following(&self, head: &Head, now: Timestamp) -> Message {
        Message {
            message_id: self.message_id(),
            chat_id: self.chat_id,
            sender_id: self.sender_id,
            client_message_id: self.client_message_id.clone(),
            body: Body::Content(self.content.clone()),
            seq: head.last_seq.next(),
            timestamp: now.max(Timestamp::from_millis(head.last_timestamp.as_millis() + 1)),
            status: Status::Sent,
            created_at: now,
        }
    }
}

impl Message {
    /// Whether this is what the draft became when it was first tried, so far as can be known: what has been taken out of
    /// the message cannot be compared any more, and then the name that its sender gave it decides.
    pub fn is_what_became_of(&self, draft: &Draft) -> bool {
        self.message_id == draft.message_id() && self.body.content().is_none_or(|content| *content == draft.content)
    }
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
    use proptest::prelude::*;
    use serde_json::{from_value, json, to_value};

    use super::*;

    fn draft(name: &str, content: &str) -> Draft {
        Draft {
            chat_id: ChatId::random(),
            sender_id: UserId::random(),
            client_message_id: ClientMessageId::try_from(name.to_owned()).unwrap(),
            content: Content::try_from(content.to_owned()).unwrap(),
        }
    }

    #[test]
    fn idempotent_a_repetition_says_the_same_as_long_as_anything_is_said() {
        let first = draft("m1", "hello");
        let mut stored = first.following(&Head::new(2, Timestamp::from_millis(1)), Timestamp::from_millis(2));
        let with = |content: &str| Draft { content: Content::try_from(content.to_owned()).unwrap(), ..first.clone() };
        assert!(stored.is_what_became_of(&first) && !stored.is_what_became_of(&with("Hello")));
        stored.body = Body::Erased(Timestamp::from_millis(3));
        assert!(stored.is_what_became_of(&first) && stored.is_what_became_of(&with("Hello")));
    }

    #[test]
    fn a_message_of_other_rules_reads_as_it_was_written() {
        let stored =
            draft("m1", "hello").following(&Head::new(2, Timestamp::from_millis(1)), Timestamp::from_millis(2));
        for content in ["\u{200b}", "", "a\0b", &"a".repeat(20_000)] {
            let mut row = to_value(&stored).unwrap();
            row["content"] = json!(content);
            assert_eq!(to_value(from_value::<Message>(row.clone()).unwrap()).unwrap(), row);
        }
        let mut row = to_value(&stored).unwrap();
        row["content"] = json!(null);
        assert!(from_value::<Message>(row).is_err(), "neither content nor the time at which it was erased");
    }

    proptest! {
        /// The clock of a Lambda may stand still or go back between two messages; the sequence must not.
        #[test]
        fn gapless_seq_is_1_to_n_and_timestamps_rise(clock in prop::collection::vec(0_u64..1_000, 1..50)) {
            let mut head = Head::new(2, Timestamp::from_millis(500));
            let mut last = head.last_timestamp;
            for (index, now) in clock.into_iter().enumerate() {
                let draft = Draft {
                    chat_id: ChatId::random(),
                    sender_id: UserId::random(),
                    client_message_id: ClientMessageId::try_from(format!("m{index}")).unwrap(),
                    content: Content::try_from("hello".to_owned()).unwrap(),
                };
                let message = draft.following(&head, Timestamp::from_millis(now));
                prop_assert_eq!(u64::from(message.seq), index as u64 + 1);
                prop_assert!(message.timestamp > last);
                last = message.timestamp;
                head.last_seq = message.seq.into();
                head.last_timestamp = message.timestamp;
            }
        }
    }
}
