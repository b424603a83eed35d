//! A message before it has its seq.

use super::{Body, ChatId, ClientMessageId, Content, Head, Message, MessageId, Status, Timestamp, UserId};

/// A message that a user wants to send.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The chat to send the message to.
    pub chat_id: ChatId,
    /// The user who sends the message.
    pub sender_id: UserId,
    /// The id that the sender's app gave the message (invariant 2).
    pub client_message_id: ClientMessageId,
    /// The content of the message.
    pub content: Content,
}

impl Draft {
    /// The id of the message, also before it is accepted.
    pub fn message_id(&self) -> MessageId {
        MessageId::derive(self.chat_id, self.sender_id, &self.client_message_id)
    }

    /// The message that this draft becomes as the next one after `head`: with the next seq, and a later timestamp than
    /// the last message.
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

    /// Whether `stored` is the message that this draft became in an earlier try. The content of an erased sender is
    /// gone: then the ids alone decide.
    pub fn is_stored_as(&self, stored: &Message) -> bool {
        stored.message_id == self.message_id() && stored.body.content().is_none_or(|content| *content == self.content)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn idempotent_a_repetition_has_the_same_content_as_long_as_the_content_is_stored() {
        let first = draft("m1", "hello");
        let mut stored = first.following(&Head::new(2, Timestamp::from_millis(1)), Timestamp::from_millis(2));
        let with = |content: &str| Draft { content: Content::try_from(content.to_owned()).unwrap(), ..first.clone() };
        assert!(first.is_stored_as(&stored) && !with("Hello").is_stored_as(&stored));
        stored.body = Body::Erased(Timestamp::from_millis(3));
        assert!(first.is_stored_as(&stored) && with("Hello").is_stored_as(&stored));
    }

    proptest! {
        /// The clock of a Lambda may stand still or go back between two messages. Timestamps must rise nevertheless.
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
