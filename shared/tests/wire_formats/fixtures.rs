//! Users, chats and messages with fixed ids and times.

use paloma::domain::{
    Avatar, Body, ChangeSeq, Chat, ChatId, ChatKind, ClientMessageId, ConnectionId, Content, DeviceId, DeviceToken,
    Email, LastMessage, Member, Membership, Message, MessageId, Name, Seq, Status, Timestamp, User, UserId, Watermark,
};

pub(crate) fn ana() -> UserId {
    id("aaaaaaaa-0000-4000-8000-000000000001")
}

pub(crate) fn bruno() -> UserId {
    id("bbbbbbbb-0000-4000-8000-000000000002")
}

pub(crate) fn carla() -> UserId {
    id("cccccccc-0000-4000-8000-000000000003")
}

/// The direct chat of Ana and Bruno.
pub(crate) fn direct_chat() -> Chat {
    Chat {
        chat_id: chat_id(),
        kind: ChatKind::Direct,
        participants: vec![ana(), bruno()],
        created_by: ana(),
        created_at: minute(0),
        membership: Membership::default(),
    }
}

/// A group of Ana, Bruno and Carla.
pub(crate) fn group() -> Chat {
    Chat {
        chat_id: id("00000000-0000-4000-8000-0000000000c2"),
        kind: ChatKind::Group { name: Some(name("Friends")) },
        participants: vec![ana(), bruno(), carla()],
        created_by: ana(),
        created_at: minute(0),
        membership: Membership { admins: vec![ana()], ..Membership::default() },
    }
}

pub(crate) fn chat_id() -> ChatId {
    id("00000000-0000-4000-8000-0000000000c1")
}

pub(crate) fn message_id() -> MessageId {
    id("00000000-0000-4000-8000-0000000000e7")
}

pub(crate) fn device_id() -> DeviceId {
    id("00000000-0000-4000-8000-0000000000d1")
}

pub(crate) fn connection_id() -> ConnectionId {
    ConnectionId::new("L0SM9cOFvHcCIhw=")
}

/// Message 7 of the direct chat, from Ana.
pub(crate) fn message() -> Message {
    Message {
        message_id: message_id(),
        chat_id: chat_id(),
        sender_id: ana(),
        client_message_id: client_message_id(),
        body: Body::Content(Content::try_from("Hello, Bruno!".to_owned()).unwrap()),
        seq: seq(7),
        count: None,
        timestamp: minute(7),
        status: Status::Sent,
        created_at: minute(7),
        version: ChangeSeq::START,
        edited_at: None,
        reply_to: None,
        reactions: None,
    }
}

/// Message 7 after Ana's account was erased.
pub(crate) fn erased_message() -> Message {
    Message { body: Body::Erased(minute(9)), ..message() }
}

pub(crate) fn last_message() -> LastMessage {
    LastMessage::from(&message())
}

/// Bruno in the direct chat: his devices received message 6, and he read message 5.
pub(crate) fn member() -> Member {
    let mut member = Member::new(bruno(), minute(0));
    member.marks.delivered = Watermark::at(6);
    member.marks.read = Watermark::at(5);
    member
}

pub(crate) fn user() -> User {
    User { user_id: ana(), email: Some(email()), name: name("Ana"), avatar: Some(avatar()), created_at: minute(0) }
}

pub(crate) fn email() -> Email {
    Email::try_from("ana@example.com".to_owned()).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::try_from(text.to_owned()).unwrap()
}

pub(crate) fn avatar() -> Avatar {
    Avatar::try_from("https://example.com/ana.png".to_owned()).unwrap()
}

pub(crate) fn device_token() -> DeviceToken {
    DeviceToken::try_from("token-of-the-phone".to_owned()).unwrap()
}

pub(crate) fn client_message_id() -> ClientMessageId {
    ClientMessageId::try_from("client-message-7".to_owned()).unwrap()
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::try_from(number).unwrap()
}

/// A time, in minutes after 2027-01-15 08:00:00 UTC.
pub(crate) fn minute(number: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + number * 60_000)
}

fn id<T: TryFrom<String>>(text: &str) -> T {
    T::try_from(text.to_owned()).unwrap_or_else(|_| panic!("{text} is a UUID"))
}
