//! The removal of a message by an operator. It is a deletion for all members, without the rights and times of users.

use super::message_change::tombstone;
use super::{Actor, ChangeKind, ChangeRejection, Deletion, Head, Message, MessageChange, Reason, Timestamp};

impl MessageChange {
    /// The removal of this message, which was read with the head or later. `None` if it has no content any more.
    ///
    /// # Errors
    /// For a system message, which has no content.
    pub fn removal(
        head: &Head,
        message: &Message,
        reason: Reason,
        now: Timestamp,
    ) -> Result<Option<Self>, ChangeRejection> {
        if message.body.notice().is_some() {
            return Err(ChangeRejection::System);
        }
        if message.body.content().is_none() {
            return Ok(None);
        }
        let deletion = Deletion { at: now, by: Actor::Operator };
        let removed = Message { version: head.change_seq.next(), ..tombstone(message, deletion) };
        let change = Self::of(removed, message, (head, ChangeKind::Deleted, Actor::Operator), now);
        Ok(Some(Self { removed_for: Some(reason), ..change }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        Body, ChangeMembers, ChatId, ClientMessageId, Content, DELETION_TIME, Draft, Seq, SummaryChange, UserId,
    };

    fn reason() -> Reason {
        "a threat".parse().unwrap()
    }

    /// A group of three members, and its only message.
    fn stored() -> (Head, Message) {
        let start = Timestamp::from_millis(1_000_000);
        let mut head = Head::new(3, start);
        let content = Content::try_from("a threat".to_owned()).unwrap();
        let (chat_id, sender_id) = (ChatId::random(), UserId::random());
        let draft = Draft { chat_id, sender_id, client_message_id: ClientMessageId::random(), content, reply_to: None };
        let message = draft.following(&head, start);
        head.last_seq = message.seq.into();
        (head, message)
    }

    #[test]
    fn an_operator_removes_a_message_of_any_age_whatever_its_members_do() {
        let (head, message) = stored();
        let late = message.created_at.plus(DELETION_TIME + Duration::from_secs(1));
        let change = MessageChange::removal(&head, &message, reason(), late).unwrap().unwrap();
        assert_eq!(change.message.body, Body::Deleted(Deletion { at: late, by: Actor::Operator }));
        assert_eq!((change.record.actor_id, change.record.kind), (Actor::Operator, ChangeKind::Deleted));
        assert_eq!((change.members, change.removed_for), (ChangeMembers::Any, Some(reason())));
        assert_eq!(change.summary, SummaryChange::Ahead);
        assert!(!change.deleted.to_store().is_empty(), "no unread count has it");
        assert_eq!(change.changed_seq, Seq::FIRST.into());
        assert_eq!(MessageChange::removal(&head, &change.message, reason(), late), Ok(None), "a repetition");
    }
}
