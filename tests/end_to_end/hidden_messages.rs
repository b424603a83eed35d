//! Messages that users remove from their own view: gone on all their devices, and nowhere else.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use hide_messages::HideMessages;
use paloma::domain::Timestamp;
use paloma::edge::Request;
use paloma_tests::{Answer, Calls, Person, World};
use serde_json::{Value, json};

use crate::durable::at_every_call;
use crate::group_members::remove;
use crate::message_changes::{edit, page};

async fn hide(person: &Person, message: &Value) -> Answer {
    person.post(&format!("/messages/{}/hide", message["messageId"].as_str().unwrap()), json!({})).await
}

async fn clear(person: &Person, chat: &str, up_to: u64) -> Answer {
    person.post(&format!("/chats/{chat}/clear"), json!({ "upTo": up_to })).await
}

/// A request to hide-messages, as API Gateway sends it.
fn request(person: &Person, route: &str, parameters: &Value, body: &Value) -> Request {
    let in_a_second = Timestamp::now().as_secs() + 1;
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": route,
        "headers": {},
        "pathParameters": parameters,
        "requestContext": {
            "http": { "method": "POST" },
            "authorizer": { "jwt": { "claims": { "sub": person.id(), "auth_time": in_a_second.to_string() } } },
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    }))
    .unwrap();
    Request::from(event)
}

/// The status of a request that hide-messages answers in this process; `None` for a failure.
async fn status_of(calls: &Calls, request: Request) -> Option<u16> {
    let hide_messages = HideMessages::new(&World::get().await.environment(calls)).unwrap();
    hide_messages.answer(request).await.ok().map(|answer| answer.status)
}

fn hiding(person: &Person, message: &Value) -> Request {
    request(person, "POST /messages/{messageId}/hide", &json!({ "messageId": message["messageId"] }), &json!({}))
}

fn clearing(person: &Person, chat: &str, up_to: u64) -> Request {
    request(person, "POST /chats/{chatId}/clear", &json!({ "chatId": chat }), &json!({ "upTo": up_to }))
}

#[tokio::test]
async fn durable_a_hiding_and_a_clearing_that_crash_anywhere_are_finished_by_their_retries() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    // A clearing up to the last message makes fewer calls than one up to an earlier message.
    for number in 0..20 {
        ana.sends(&chat, &format!("Message {number}")).await;
    }
    let mut screen = bruno.connects().await;
    let mut last = 0;
    at_every_call(async |calls| {
        let sent = ana.sends(&chat, "Hide me").await;
        last = sent["seq"].as_u64().unwrap();
        let first = status_of(&calls, hiding(&bruno, &sent)).await;
        assert_eq!(first, (!calls.crashed()).then_some(200));
        assert_eq!(status_of(&Calls::default(), hiding(&bruno, &sent)).await, Some(200));
        screen.receives("the settings", |frame| frame["hidden"]["seq"] == last).await;
        let seen = page(&bruno, &chat, &format!("?after={}", last - 1)).await;
        assert_eq!(seen["messages"][0]["hidden"], true, "{seen}");
    })
    .await;
    let mut cleared = 0;
    at_every_call(async |calls| {
        cleared += 1;
        let first = status_of(&calls, clearing(&bruno, &chat, cleared)).await;
        assert_eq!(first, (!calls.crashed()).then_some(200));
        assert_eq!(status_of(&Calls::default(), clearing(&bruno, &chat, cleared)).await, Some(200));
        let seen = page(&bruno, &chat, "?after=0&limit=1").await;
        assert_eq!(seen["windows"], json!([{ "from": cleared + 1 }]), "{seen}");
    })
    .await;
    assert!(cleared < last);
}

#[tokio::test]
async fn a_hidden_message_costs_two_write_units_and_a_cleared_chat_one() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Hide me").await;
    for (request, expected) in [(hiding(&bruno, &sent), (5, 4.0, 2.0)), (clearing(&bruno, &chat, 1), (3, 3.0, 1.0))] {
        let calls = Calls::counted();
        assert_eq!(status_of(&calls, request).await, Some(200));
        let work = world.work_of(&calls).await;
        assert_eq!((work.calls, work.reads, work.writes), expected);
    }
}

fn contents(page: &Value) -> Vec<Value> {
    page["messages"].as_array().unwrap().iter().map(|message| message["content"].clone()).collect()
}

#[tokio::test]
async fn a_hidden_message_is_gone_on_all_devices_of_its_user_and_stays_for_the_others() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (first, second) = (ana.sends(&chat, "First").await, ana.sends(&chat, "Second").await);
    let (mut screen, mut other) = (bruno.connects().await, ana.connects().await);
    assert_eq!(bruno.listed(&chat).await["hiddenVersion"], Value::Null);
    let hidden = hide(&bruno, &second).await;
    assert_eq!((hidden.status, &hidden.body["seq"]), (200, &json!(2)), "{hidden:?}");
    let frame = screen.receives("the settings", |frame| frame["type"] == "settings").await;
    assert_eq!(frame["hidden"], json!({ "chatId": chat, "seq": 2 }));
    assert_eq!(hide(&bruno, &second).await.status, 200, "a repetition");
    assert_eq!(hide(&carla, &second).await.status, 404);

    let seen = page(&bruno, &chat, "").await;
    assert_eq!(contents(&seen), [json!("First"), Value::Null], "{seen}");
    assert_eq!((&seen["messages"][1]["hidden"], &seen["hidden"]), (&json!(true), &json!([2])));
    let listed = bruno.listed(&chat).await;
    assert_eq!((&listed["lastMessage"], listed["hiddenVersion"].is_u64()), (&Value::Null, true), "{listed}");
    // An edit does not bring it back, also not to a device that was offline.
    assert_eq!(edit(&ana, &second, "Second, edited", 0).await.status, 200);
    assert_eq!(edit(&ana, &first, "First, edited", 0).await.status, 200);
    let caught_up = page(&bruno, &chat, "?after=2&changedAfter=0").await;
    let changed = caught_up["changed"].as_array().unwrap();
    assert!(!caught_up.to_string().contains("Second"), "{caught_up}");
    assert_eq!((changed.len(), &caught_up["hidden"]), (2, &json!([2])), "{caught_up}");
    assert_eq!(bruno.listed(&chat).await["lastMessage"], Value::Null);

    assert_eq!(contents(&page(&ana, &chat, "").await), [json!("First, edited"), json!("Second, edited")]);
    assert_eq!(ana.listed(&chat).await["lastMessage"]["content"], "Second, edited");
    let third = ana.sends(&chat, "Third").await;
    other.receives_message(&chat, 3).await;
    assert_eq!(bruno.listed(&chat).await["lastMessage"]["messageId"], third["messageId"]);
    let frames = other.received_frames().await;
    assert!(frames.iter().all(|frame| frame["type"] != "settings"), "Ana learns nothing: {frames:?}");
}

#[tokio::test]
async fn a_cleared_chat_shows_later_messages_alone_and_counts_them_alone() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    for number in 1..=4 {
        ana.sends(&chat, &format!("Message {number}")).await;
    }
    assert_eq!(remove(&ana, &chat, carla.id()).await.status, 200);
    ana.sends(&chat, "Message 6").await;
    let mut screen = bruno.connects().await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 5);
    let cleared = clear(&bruno, &chat, 2).await;
    assert_eq!((cleared.status, &cleared.body), (200, &json!({ "chatId": chat, "clearedSeq": 2 })), "{cleared:?}");
    let frame = screen.receives("the settings", |frame| frame["type"] == "settings").await;
    assert_eq!(frame["hidden"], json!({ "chatId": chat, "clearedSeq": 2 }));
    let listed = bruno.listed(&chat).await;
    assert_eq!((&listed["unreadCount"], &listed["windows"]), (&json!(3), &json!([{ "from": 3 }])), "{listed}");
    for query in ["", "?after=0", "?before=99"] {
        let seen = page(&bruno, &chat, query).await;
        let first = &seen["messages"][0]["seq"];
        assert_eq!((first, &seen["windows"]), (&json!(3), &json!([{ "from": 3 }])), "{query}: {seen}");
    }
    assert_eq!(page(&ana, &chat, "").await["messages"][0]["seq"], 1);

    assert_eq!(clear(&bruno, &chat, 6).await.body["clearedSeq"], 6);
    assert_eq!(clear(&bruno, &chat, 3).await.body["clearedSeq"], 6, "the mark only moves forward");
    let listed = bruno.listed(&chat).await;
    assert_eq!((&listed["unreadCount"], &listed["lastMessage"]), (&json!(0), &Value::Null), "{listed}");
    assert_eq!(page(&bruno, &chat, "").await["messages"], json!([]));
    ana.sends(&chat, "Message 7").await;
    let seen = page(&bruno, &chat, "?after=6").await;
    assert_eq!(contents(&seen), [json!("Message 7")]);
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 1);

    for bad in [json!({}), json!({ "upTo": 0 }), json!({ "upTo": 99 }), json!({ "upTo": "all" })] {
        let rejected = bruno.post(&format!("/chats/{chat}/clear"), bad.clone()).await;
        assert_eq!(rejected.problem(400), ["upTo"], "{bad}");
    }
    // A former member clears what is left, up to the end of the membership.
    assert_eq!(clear(&carla, &chat, 6).await.problem(400), ["upTo"]);
    assert_eq!(clear(&carla, &chat, 5).await.status, 200);
    let left = page(&carla, &chat, "").await;
    assert_eq!((&left["messages"], &left["lastSeq"]), (&json!([]), &json!(5)), "{left}");
}
