use super::*;
use crate::domain::{ChangeRejection, ChangeRequest, Member};
use crate::domain::{ChatId, ClientMessageId, Draft, Emoji, MessageChange, MessageId, Reaction, Reactions};

const START: Timestamp = Timestamp::from_millis(1_000_000);

fn sent() -> (Head, Message) {
    let draft = Draft {
        chat_id: ChatId::random(),
        sender_id: UserId::random(),
        client_message_id: ClientMessageId::random(),
        content: Content::try_from("as sent".to_owned()).unwrap(),
        reply_to: None,
    };
    let head = Head::new(2, START);
    let message = draft.following(&head, START);
    (head, message)
}

fn reaction(message_id: MessageId, chat_id: ChatId) -> Reaction {
    let emoji = Emoji::try_from("👍".to_owned()).unwrap();
    Reaction { message_id, user_id: UserId::random(), chat_id, emoji, reacted_at: START }
}

#[test]
fn a_reaction_does_not_make_an_edit_outdated() {
    let (mut head, mut message) = sent();
    let sender = Member::new(message.sender_id, START);
    // The content is that of change 3. Reactions made changes 4 and 5.
    let past = MessagePast { content_version: Some(ChangeSeq::at(3)), ..MessagePast::default() };
    (head.change_seq, message.version) = (ChangeSeq::at(5), ChangeSeq::at(5));
    let edit_of = |version: u64| {
        let content = Content::try_from("edited".to_owned()).unwrap();
        let edit = ChangeRequest::Edit { content, version: ChangeSeq::at(version) };
        MessageChange::new(&edit, (&head, &sender), (&message, &past), START)
    };
    for seen in 3..=5 {
        assert_eq!(edit_of(seen).unwrap().map(|change| change.record.change_seq), Some(ChangeSeq::at(6)), "{seen}");
    }
    for other in [2, 6] {
        assert!(matches!(edit_of(other), Err(ChangeRejection::Outdated(_))), "{other}");
    }
}

#[test]
fn a_former_member_sees_the_content_as_it_was_and_no_later_reaction_of_others() {
    let (_, mut message) = sent();
    let [own, other] = [reaction(message.message_id, message.chat_id), reaction(message.message_id, message.chat_id)];
    message.reactions = Reactions::of(&[own.clone(), other]);
    message.version = ChangeSeq::at(5);
    let past = MessagePast { content_version: Some(ChangeSeq::START), ..MessagePast::default() };
    let seen = |upto: u64, reader| message.clone().as_of(ChangeSeq::at(upto), reader, &past);
    assert_eq!(seen(5, own.user_id), message, "nothing has changed since");
    let before = seen(4, own.user_id);
    assert_eq!((&before.body, before.version), (&message.body, ChangeSeq::START));
    assert_eq!(before.reactions, Reactions::of(&[own]));
    assert_eq!(seen(4, UserId::random()).reactions, None);
}

#[test]
fn reactions_after_a_later_edit_are_hidden_with_it() {
    let (_, mut message) = sent();
    let first = message.body.content().unwrap().clone();
    message.reactions = Reactions::of(&[reaction(message.message_id, message.chat_id)]);
    (message.version, message.edited_at) = (ChangeSeq::at(5), Some(START));
    message.body = Body::Content(Content::try_from("edited".to_owned()).unwrap());
    let earlier = vec![EarlierContent { content: first.clone(), version: ChangeSeq::START, edited_at: None }];
    let past = MessagePast { earlier, content_version: Some(ChangeSeq::at(4)) };
    let seen = message.as_of(ChangeSeq::at(3), UserId::random(), &past);
    assert_eq!((seen.body.content(), seen.reactions, seen.edited_at), (Some(&first), None, None));
}
