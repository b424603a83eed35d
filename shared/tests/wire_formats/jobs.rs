//! Jobs in the queues. A job that was enqueued before a deployment is consumed after it, and a dead letter weeks later.

use std::collections::BTreeSet;

use insta::assert_json_snapshot;
use paloma::domain::{DomainEvent, SendCharge, Watermark};
use paloma::queue::{
    BadgeJob, ConnectionCheck, ConnectionClosed, Notification, NotificationJob, PresenceJob, PushTarget, SessionsEnded,
    SummaryCheck, SummaryJob, WatchStarted,
};

use crate::fixtures::{ana, bruno, carla, chat_id, connection_id, device_id, message, minute, seq};

#[test]
fn a_summary_of_a_new_message() {
    let charge = SendCharge { grant: None, full_at: Some(minute(6)), receipts: paloma::domain::Circle::Everyone };

    assert_json_snapshot!(SummaryJob::of_new(&message(), false, charge), @r#"
    {
      "kind": "summarise",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "lastMessage": {
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
        "seq": 7,
        "timestamp": 1800000420000,
        "content": "Hello, Bruno!"
      },
      "acceptedAt": 1800000420000,
      "movesMarks": false,
      "charge": {
        "fullAt": 1800000360000
      }
    }
    "#);
}

#[test]
fn a_summary_of_a_repeated_message_is_not_charged() {
    assert_json_snapshot!(SummaryJob::of(&message()), @r#"
    {
      "kind": "summarise",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "lastMessage": {
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
        "seq": 7,
        "timestamp": 1800000420000,
        "content": "Hello, Bruno!"
      },
      "acceptedAt": 1800000420000,
      "movesMarks": true
    }
    "#);
}

#[test]
fn a_summary_check() {
    let seqs = BTreeSet::from([seq(6), seq(7)]);

    assert_json_snapshot!(SummaryJob::Check(SummaryCheck { chat_id: chat_id(), seqs }), @r#"
    {
      "kind": "check",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "seqs": [
        6,
        7
      ]
    }
    "#);
}

#[test]
fn a_notification_of_members() {
    let job = NotificationJob::Notify(Notification::of(&message(), vec![bruno(), carla()]));

    assert_json_snapshot!(job, @r#"
    {
      "kind": "notify",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "message": {
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
        "seq": 7,
        "timestamp": 1800000420000,
        "content": "Hello, Bruno!"
      },
      "target": {
        "members": [
          "bbbbbbbb-0000-4000-8000-000000000002",
          "cccccccc-0000-4000-8000-000000000003"
        ]
      },
      "acceptedAt": 1800000420000
    }
    "#);
}

#[test]
fn a_notification_of_one_device() {
    let mut notification = Notification::of(&message(), Vec::new());
    notification.target = PushTarget::Device { user_id: bruno(), device_id: device_id() };

    assert_json_snapshot!(NotificationJob::Notify(notification), @r#"
    {
      "kind": "notify",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "message": {
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
        "seq": 7,
        "timestamp": 1800000420000,
        "content": "Hello, Bruno!"
      },
      "target": {
        "device": {
          "userId": "bbbbbbbb-0000-4000-8000-000000000002",
          "deviceId": "00000000-0000-4000-8000-0000000000d1"
        }
      },
      "acceptedAt": 1800000420000
    }
    "#);
}

#[test]
fn a_badge_of_all_devices() {
    let job = BadgeJob { chat_id: chat_id(), user_id: bruno(), read_seq: Watermark::at(7), device_id: None };

    assert_json_snapshot!(NotificationJob::Badge(job), @r#"
    {
      "kind": "badge",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "readSeq": 7
    }
    "#);
}

#[test]
fn a_badge_of_one_device() {
    let job =
        BadgeJob { chat_id: chat_id(), user_id: bruno(), read_seq: Watermark::at(7), device_id: Some(device_id()) };

    assert_json_snapshot!(NotificationJob::Badge(job), @r#"
    {
      "kind": "badge",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "readSeq": 7,
      "deviceId": "00000000-0000-4000-8000-0000000000d1"
    }
    "#);
}

#[test]
fn domain_events_to_publish_later() {
    let events = vec![DomainEvent::user_connected(ana(), minute(8))];

    assert_json_snapshot!(NotificationJob::Publish { events }, @r#"
    {
      "kind": "publish",
      "events": [
        {
          "version": 1,
          "eventId": "aaaaaaaa-0000-4000-8000-000000000001/connected/1800000480000",
          "occurredAt": 1800000480000,
          "detailType": "UserConnected",
          "detail": {
            "userId": "aaaaaaaa-0000-4000-8000-000000000001"
          }
        }
      ]
    }
    "#);
}

#[test]
fn a_connection_check() {
    let check = ConnectionCheck { user_id: ana(), connection_id: connection_id(), due: minute(10) };

    assert_json_snapshot!(PresenceJob::ConnectionCheck(check), @r#"
    {
      "kind": "connectionCheck",
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "connectionId": "L0SM9cOFvHcCIhw=",
      "due": 1800000600000
    }
    "#);
}

#[test]
fn a_connection_that_closed() {
    let closed = ConnectionClosed { user_id: ana(), at: minute(10) };

    assert_json_snapshot!(PresenceJob::ConnectionClosed(closed), @r#"
    {
      "kind": "connectionClosed",
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "at": 1800000600000
    }
    "#);
}

#[test]
fn a_watch_that_started() {
    let watch = WatchStarted {
        user_id: bruno(),
        chat_id: chat_id(),
        connection_id: connection_id(),
        last_seen: Some(minute(8)),
        is_hidden: false,
    };

    assert_json_snapshot!(PresenceJob::WatchStarted(watch), @r#"
    {
      "kind": "watchStarted",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "connectionId": "L0SM9cOFvHcCIhw=",
      "lastSeen": 1800000480000
    }
    "#);
}

#[test]
fn sessions_that_ended() {
    let ended = SessionsEnded { user_id: ana(), void_before: minute(8), is_second: false };

    assert_json_snapshot!(PresenceJob::SessionsEnded(ended), @r#"
    {
      "kind": "sessionsEnded",
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "voidBefore": 1800000480000,
      "isSecond": false
    }
    "#);
}
