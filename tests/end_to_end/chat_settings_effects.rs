//! Effects of pins, archived chats and marks as unread beyond the list: frames, badges and costs.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chat_settings::ChatSettingsApi;
use paloma::domain::Timestamp;
use paloma::edge::Request;
use paloma_tests::{Calls, Person, Phone, World};
use serde_json::{Value, json};

use crate::chat_settings::{ARCHIVED, PINNED, archive, mark_unread, mute_for, pin, shown};
use crate::durable::at_every_call;

#[tokio::test]
async fn settings_of_lists_reach_the_other_sockets_of_the_user_and_no_others() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "One").await;
    let (mut laptop, mut ana_socket) = (bruno.connects().await, ana.connects().await);
    for (name, answer) in [
        ("pin", pin(&bruno, &chat, true).await),
        ("archive", archive(&bruno, &chat, true).await),
        ("unread", mark_unread(&bruno, &chat, true).await),
        ("pin", pin(&bruno, &chat, false).await),
        ("archive", archive(&bruno, &chat, false).await),
        ("unread", mark_unread(&bruno, &chat, false).await),
    ] {
        assert_eq!(answer.status, 200, "{answer:?}");
        let expected = json!({ "type": "settings", name: answer.body });
        laptop.receives(&expected.to_string(), |frame| *frame == expected).await;
    }
    let received = ana_socket.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] != "settings"), "{received:?}");
}

#[tokio::test]
async fn quiet_an_archived_chat_does_not_count_for_the_badge() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let (archived, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    mute_for(&bruno, &archived, Some(3_600_000)).await;
    archive(&bruno, &archived, true).await;
    ana.sends(&archived, "Psst").await;
    carla.sends(&other, "Hello").await;
    assert_eq!(phone.receives_alert(&other, 1).await.badge, 1);
    // A message brings it back, and counts.
    mute_for(&bruno, &archived, None).await;
    ana.sends(&archived, "Loud").await;
    assert_eq!(phone.receives_alert(&archived, 2).await.badge, 3);
}

fn request(person: &Person, chat: &str, call: &str, body: &Value) -> Request {
    let in_a_second = Timestamp::now().as_secs() + 1;
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": format!("PUT /chats/{{chatId}}/{call}"),
        "headers": {},
        "pathParameters": { "chatId": chat },
        "requestContext": {
            "http": { "method": "PUT" },
            "authorizer": { "jwt": { "claims": { "sub": person.id(), "auth_time": in_a_second.to_string() } } },
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    }))
    .unwrap();
    Request::from(event)
}

#[tokio::test]
async fn each_setting_costs_one_read_one_write_unit_and_one_enqueue() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "One").await;
    let calls = Calls::counted();
    let settings = ChatSettingsApi::new(&world.environment(&calls)).unwrap();
    let later = Timestamp::now().as_millis() + 3_600_000;
    let mut made = 0;
    for (call, body) in [
        ("pin", json!({ "pinned": true })),
        ("pin", json!({ "pinned": false })),
        ("archive", json!({ "archived": true })),
        ("mute", json!({ "until": later })),
        ("mute", json!({ "until": null })),
        ("archive", json!({ "archived": false })),
        ("unread", json!({ "markedUnread": true })),
        ("unread", json!({ "markedUnread": false })),
    ] {
        let answer = settings.answer(request(&ana, &chat, call, &body)).await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(calls.made()[made..], ["BatchGetItem", "UpdateItem", "SendMessage"], "{call} {body}");
        made = calls.made().len();
        let work = world.work_of(&calls).await;
        assert_eq!((work.reads, work.writes), (3.0, 1.0), "{call} {body}");
    }
}

#[tokio::test]
async fn a_setting_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let change = async |calls: &Calls, call: &str, body: &Value| {
        let settings = ChatSettingsApi::new(&world.environment(calls)).unwrap();
        settings.answer(request(&ana, &chat, call, body)).await
    };
    for (before, call, body, after) in [
        (("pin", json!({ "pinned": true })), "archive", json!({ "archived": true }), ARCHIVED),
        (("archive", json!({ "archived": true })), "pin", json!({ "pinned": true }), PINNED),
    ] {
        at_every_call(async |calls| {
            change(&Calls::default(), before.0, &before.1).await.unwrap();
            // The crash may have come before any write, between two, or after all of them.
            let _ = change(&calls, call, &body).await;
            change(&Calls::default(), call, &body).await.unwrap();
            assert_eq!(shown(&ana, &chat).await, after);
        })
        .await;
    }
}
