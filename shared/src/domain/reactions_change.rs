//! A new summary of the reactions to a message, as a change of the message.

use super::{ChangeKind, ChangeRecord, ChangeSeq, Head, Message, MessagePast, Reaction, Reactions, Timestamp, UserId};

/// A new summary, to be stored as the next change of its chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionsChange {
    /// The summary; `None` after the last reaction was removed.
    pub reactions: Option<Reactions>,
    /// The version of the message before.
    pub version_before: ChangeSeq,
    /// The version of the content, which stays.
    pub content_version: ChangeSeq,
    /// The row of the change.
    pub record: ChangeRecord,
}

impl ReactionsChange {
    /// The change of this message, which was read with the head or before, to the summary of all its reactions, which
    /// were read after the head. `actor` is the last user who reacted. `None` if the message has this summary already,
    /// or has no content.
    pub fn new(
        head: &Head,
        (message, past): (&Message, &MessagePast),
        reactions: &[Reaction],
        actor: UserId,
        now: Timestamp,
    ) -> Option<Self> {
        let reactions = Reactions::of(reactions);
        message.body.content()?;
        if reactions == message.reactions {
            return None;
        }
        let Message { chat_id, message_id, seq, sender_id, version, .. } = *message;
        let record = ChangeRecord {
            chat_id,
            change_seq: head.change_seq.next(),
            message_id,
            seq,
            sender_id,
            kind: ChangeKind::Reacted,
            actor_id: actor.into(),
            changed_at: now,
        };
        let content_version = past.content_version_of(message);
        Some(Self { reactions, version_before: version, content_version, record })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Body, ChatId, ClientMessageId, Content, Deletion, Draft, Emoji};

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn reacted() -> (Head, Message, Reaction) {
        let mut head = Head::new(3, NOW);
        let draft = Draft {
            chat_id: ChatId::random(),
            sender_id: UserId::random(),
            client_message_id: ClientMessageId::random(),
            content: Content::try_from("hello".to_owned()).unwrap(),
            reply_to: None,
        };
        let message = draft.following(&head, NOW);
        head.change_seq = ChangeSeq::at(4);
        let reaction = Reaction {
            message_id: message.message_id,
            user_id: UserId::random(),
            chat_id: message.chat_id,
            emoji: Emoji::try_from("👍".to_owned()).unwrap(),
            reacted_at: NOW,
        };
        (head, message, reaction)
    }

    fn change(head: &Head, message: &Message, past: &MessagePast, reactions: &[Reaction]) -> Option<ReactionsChange> {
        ReactionsChange::new(head, (message, past), reactions, UserId::random(), NOW)
    }

    #[test]
    fn a_new_summary_takes_the_next_number_and_leaves_the_version_of_the_content() {
        let (head, mut message, reaction) = reacted();
        let past = MessagePast::default();
        let first = change(&head, &message, &past, std::slice::from_ref(&reaction)).unwrap();
        assert_eq!(
            (first.record.change_seq, first.version_before, first.content_version),
            (ChangeSeq::at(5), ChangeSeq::START, ChangeSeq::START)
        );
        // The message was edited as change 3, and has reactions as of change 4.
        message.version = ChangeSeq::at(4);
        let past = MessagePast { content_version: Some(ChangeSeq::at(3)), ..past };
        let second = change(&head, &message, &past, &[reaction]).unwrap();
        assert_eq!((second.version_before, second.content_version), (ChangeSeq::at(4), ChangeSeq::at(3)));
    }

    #[test]
    fn the_same_summary_is_no_change_and_the_last_removal_is_one() {
        let (head, mut message, reaction) = reacted();
        let past = MessagePast::default();
        message.reactions = Reactions::of(std::slice::from_ref(&reaction));
        assert_eq!(change(&head, &message, &past, &[reaction]), None);
        assert_eq!(change(&head, &message, &past, &[]).map(|change| change.reactions), Some(None));
    }

    #[test]
    fn a_message_without_content_gets_no_summary() {
        let (head, mut message, reaction) = reacted();
        message.body = Body::Deleted(Deletion { at: NOW, by: message.sender_id.into() });
        assert_eq!(change(&head, &message, &MessagePast::default(), &[reaction]), None);
    }
}
