//! Domain events: `detail` for the bus (schemas in `docs/events/`), and the form in which queues carry them.

use insta::assert_json_snapshot;
use paloma::domain::{DomainEvent, PushDetail, PushFailure, ReceiptDetail, Watermark};
use serde_json::Value;

use crate::fixtures::{ana, bruno, chat_id, device_id, erased_message, group, message, message_id, minute, seq};

#[test]
fn message_sent() {
    assert_json_snapshot!(detail(&DomainEvent::message_sent(message(), false)), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "clientMessageId": "client-message-7",
      "eventId": "00000000-0000-4000-8000-0000000000e7",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000420000,
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "seq": 7,
      "timestamp": 1800000420000,
      "version": 1
    }
    "#);
}

#[test]
fn message_sent_with_content() {
    assert_json_snapshot!(detail(&DomainEvent::message_sent(message(), true)), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "clientMessageId": "client-message-7",
      "content": "Hello, Bruno!",
      "eventId": "00000000-0000-4000-8000-0000000000e7",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000420000,
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "seq": 7,
      "timestamp": 1800000420000,
      "version": 1
    }
    "#);
}

#[test]
fn message_sent_of_an_erased_sender_has_no_content() {
    assert_json_snapshot!(detail(&DomainEvent::message_sent(erased_message(), true)), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "clientMessageId": "client-message-7",
      "eventId": "00000000-0000-4000-8000-0000000000e7",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000420000,
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "seq": 7,
      "timestamp": 1800000420000,
      "version": 1
    }
    "#);
}

#[test]
fn message_delivered() {
    assert_json_snapshot!(detail(&DomainEvent::message_delivered(receipt(), minute(8))), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "coversAfter": 4,
      "eventId": "00000000-0000-4000-8000-0000000000e7/bbbbbbbb-0000-4000-8000-000000000002/delivered",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000480000,
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "seq": 7,
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "version": 1
    }
    "#);
}

#[test]
fn message_read() {
    assert_json_snapshot!(detail(&DomainEvent::message_read(receipt(), minute(8))), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "coversAfter": 4,
      "eventId": "00000000-0000-4000-8000-0000000000e7/bbbbbbbb-0000-4000-8000-000000000002/read",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000480000,
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "seq": 7,
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "version": 1
    }
    "#);
}

#[test]
fn chat_created() {
    assert_json_snapshot!(detail(&DomainEvent::chat_created(group())), @r#"
    {
      "admins": [
        "aaaaaaaa-0000-4000-8000-000000000001"
      ],
      "chatId": "00000000-0000-4000-8000-0000000000c2",
      "createdAt": 1800000000000,
      "createdBy": "aaaaaaaa-0000-4000-8000-000000000001",
      "eventId": "00000000-0000-4000-8000-0000000000c2",
      "name": "Friends",
      "occurredAt": 1800000000000,
      "participants": [
        "aaaaaaaa-0000-4000-8000-000000000001",
        "bbbbbbbb-0000-4000-8000-000000000002",
        "cccccccc-0000-4000-8000-000000000003"
      ],
      "type": "group",
      "version": 1
    }
    "#);
}

#[test]
fn push_sent() {
    let push = PushDetail {
        chat_id: chat_id(),
        message_id: message_id(),
        seq: seq(7),
        user_id: bruno(),
        device_id: device_id(),
        badge: 2,
    };

    assert_json_snapshot!(detail(&DomainEvent::push_sent(push, minute(8))), @r#"
    {
      "badge": 2,
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "deviceId": "00000000-0000-4000-8000-0000000000d1",
      "eventId": "00000000-0000-4000-8000-0000000000e7/00000000-0000-4000-8000-0000000000d1/push-sent",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000480000,
      "seq": 7,
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "version": 1
    }
    "#);
}

#[test]
fn push_failed() {
    let failure = PushFailure {
        message_id: Some(message_id()),
        user_id: bruno(),
        device_id: device_id(),
        reason: "EndpointDisabled: Endpoint is disabled".to_owned(),
        forgotten: true,
    };

    assert_json_snapshot!(detail(&DomainEvent::push_failed(message_id(), failure, minute(8))), @r#"
    {
      "deviceId": "00000000-0000-4000-8000-0000000000d1",
      "eventId": "00000000-0000-4000-8000-0000000000e7/00000000-0000-4000-8000-0000000000d1/push-failed",
      "forgotten": true,
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000480000,
      "reason": "EndpointDisabled: Endpoint is disabled",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "version": 1
    }
    "#);
}

#[test]
fn push_failed_after_sns_accepted_it_names_no_message() {
    let failure = PushFailure {
        message_id: None,
        user_id: bruno(),
        device_id: device_id(),
        reason: "Unregistered".to_owned(),
        forgotten: false,
    };

    assert_json_snapshot!(detail(&DomainEvent::push_failed("sns-message-1", failure, minute(8))), @r#"
    {
      "deviceId": "00000000-0000-4000-8000-0000000000d1",
      "eventId": "sns-message-1/00000000-0000-4000-8000-0000000000d1/push-failed",
      "forgotten": false,
      "occurredAt": 1800000480000,
      "reason": "Unregistered",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "version": 1
    }
    "#);
}

#[test]
fn user_connected() {
    assert_json_snapshot!(detail(&DomainEvent::user_connected(ana(), minute(8))), @r#"
    {
      "eventId": "aaaaaaaa-0000-4000-8000-000000000001/connected/1800000480000",
      "occurredAt": 1800000480000,
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "version": 1
    }
    "#);
}

#[test]
fn user_disconnected() {
    assert_json_snapshot!(detail(&DomainEvent::user_disconnected(ana(), minute(8))), @r#"
    {
      "eventId": "aaaaaaaa-0000-4000-8000-000000000001/disconnected/1800000480000",
      "lastSeen": 1800000480000,
      "occurredAt": 1800000480000,
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "version": 1
    }
    "#);
}

#[test]
fn user_erased() {
    assert_json_snapshot!(detail(&DomainEvent::user_erased(ana(), minute(9))), @r#"
    {
      "eventId": "aaaaaaaa-0000-4000-8000-000000000001/erased",
      "occurredAt": 1800000540000,
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "version": 1
    }
    "#);
}

#[test]
fn a_queue_carries_the_detail_type_beside_the_detail() {
    assert_json_snapshot!(DomainEvent::message_read(receipt(), minute(8)), @r#"
    {
      "version": 1,
      "eventId": "00000000-0000-4000-8000-0000000000e7/bbbbbbbb-0000-4000-8000-000000000002/read",
      "occurredAt": 1800000480000,
      "detailType": "MessageRead",
      "detail": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "seq": 7,
        "coversAfter": 4,
        "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
        "userId": "bbbbbbbb-0000-4000-8000-000000000002"
      }
    }
    "#);
}

/// Bruno received or read message 7, after message 4.
fn receipt() -> ReceiptDetail {
    ReceiptDetail {
        chat_id: chat_id(),
        message_id: message_id(),
        seq: seq(7),
        covers_after: Watermark::at(4),
        sender_id: ana(),
        user_id: bruno(),
    }
}

fn detail(event: &DomainEvent) -> Value {
    event.bus_detail().unwrap()
}
