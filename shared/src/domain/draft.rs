//! A message before it has its seq.

use super::{
    Body, ChangeSeq, ChatId, ClientMessageId, Content, Head, Message, MessageId, Notice, Reply, Status, Timestamp,
    UserId,
};

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
    /// The message that it answers, if any.
    pub reply_to: Option<MessageId>,
}

/// A system message before it has its seq.
#[derive(Debug, Clone)]
pub struct DraftNotice {
    /// The group.
    pub chat_id: ChatId,
    /// The member who makes the change.
    pub sender_id: UserId,
    /// The id that makes the request repeatable, or a random one.
    pub client_message_id: ClientMessageId,
}

impl Draft {
    /// The id of the message, also before it is accepted.
    pub fn message_id(&self) -> MessageId {
        MessageId::derive(self.chat_id, self.sender_id, &self.client_message_id)
    }

    /// The message that this draft becomes as the next one after `head`: with the next seq, and a later timestamp than
    /// the last message.
    pub fn following(&self, head: &Head, now: Timestamp) -> Message {
        let Self { chat_id, sender_id, client_message_id, content, reply_to } = self.clone();
        let notice = DraftNotice { chat_id, sender_id, client_message_id };
        let count = head.last_count.map(|count| count + 1);
        let reply_to = reply_to.map(Reply::to);
        Message { count, reply_to, ..notice.with_body(Body::Content(content), head, now) }
    }

    /// Whether `stored` is the message that this draft became in an earlier try. The first content is gone if the
    /// message was edited or deleted, or its sender was erased: then the ids alone decide.
    pub fn is_stored_as(&self, stored: &Message) -> bool {
        let is_same = |content: &Content| stored.edited_at.is_some() || *content == self.content;
        let answered = stored.reply_to.as_ref().map(|reply| reply.message_id);
        let is_stored = |content: &Content| is_same(content) && answered == self.reply_to;
        stored.message_id == self.message_id() && stored.body.content().is_none_or(is_stored)
    }
}

impl DraftNotice {
    /// The id of the message, also before it is accepted.
    pub fn message_id(&self) -> MessageId {
        MessageId::derive(self.chat_id, self.sender_id, &self.client_message_id)
    }

    /// The system message that reports this change as the next message after `head`.
    pub fn following(&self, notice: Notice, head: &Head, now: Timestamp) -> Message {
        self.with_body(Body::Notice(notice), head, now)
    }

    fn with_body(&self, body: Body<Content>, head: &Head, now: Timestamp) -> Message {
        Message {
            message_id: self.message_id(),
            chat_id: self.chat_id,
            sender_id: self.sender_id,
            client_message_id: self.client_message_id.clone(),
            body,
            seq: head.last_seq.next(),
            // A system message has the count of the message before it.
            count: Some(head.count()),
            timestamp: now.max(Timestamp::from_millis(head.last_timestamp.as_millis() + 1)),
            status: Status::Sent,
            created_at: now,
            version: ChangeSeq::START,
            edited_at: None,
            reply_to: None,
            reactions: None,
        }
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
            reply_to: None,
        }
    }

    #[test]
    fn idempotent_a_repetition_has_the_same_content_as_long_as_the_content_is_stored() {
        let first = draft("m1", "hello");
        let mut stored = first.following(&Head::new(2, Timestamp::from_millis(1)), Timestamp::from_millis(2));
        let with = |content: &str| Draft { content: Content::try_from(content.to_owned()).unwrap(), ..first.clone() };
        assert!(first.is_stored_as(&stored) && !with("Hello").is_stored_as(&stored));
        stored.version = ChangeSeq::at(1);
        assert!(first.is_stored_as(&stored) && !with("Hello").is_stored_as(&stored), "a member has reacted");
        stored.edited_at = Some(Timestamp::from_millis(3));
        assert!(first.is_stored_as(&stored) && with("Hello").is_stored_as(&stored), "the message was edited");
        stored.edited_at = None;
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
                    reply_to: None,
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
