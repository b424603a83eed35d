//! Invariant 8 for several phones: a phone that has acknowledged gets no push, and the others still do.

use ::push::Pusher;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use paloma::domain::{DeviceId, Receipt, Timestamp};
use paloma::edge::Request;
use paloma::queue::Notification;
use paloma::store::Sharing;
use paloma_tests::{Calls, Person, Phone, World, until};
use serde_json::{Value, json};
use update_status::UpdateStatus;

use crate::push::{GRACE, accepted_at, consume, pushed_seq, until_not_needed, until_outcome};

#[tokio::test]
async fn quiet_an_acknowledgement_of_a_laptop_stops_no_push() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut laptop = bruno.connects().await;
    let sent = ana.sends(&chat, "Your laptop is open, and you are out").await;
    laptop.receives_message(&chat, 1).await;
    laptop.request_ok(json!({ "action": "updateStatus", "chatId": chat, "seq": 1, "status": "delivered" })).await;

    let alert = phone.receives_alert(&chat, 1).await;
    assert!(alert.time >= accepted_at(&sent) + GRACE, "{} ms", alert.time - accepted_at(&sent));
    assert_eq!((alert.badge, phone.alerts().await.len()), (1, 1));
}

#[tokio::test]
async fn quiet_a_phone_that_acknowledges_gets_no_push_and_the_other_does() {
    let [ana, bruno] = World::get().await.people().await;
    let (open, pocketed) = (Phone::of(&bruno, "apns").await, Phone::of(&bruno, "fcm").await);
    let named = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    // One socket belongs to a phone by its ticket. On the other, the frame names the phone.
    let (mut socket, mut laptop) = (bruno.connects_on(&open.device_id).await, bruno.connects().await);
    let sent = ana.sends(&chat, "Which phone?").await;
    socket.receives_message(&chat, 1).await;
    // After this receipt of no device, the receipts of the phones move their device marks alone.
    assert_eq!(bruno.acknowledges(&sent, "delivered").await.status, 200);
    let receipt = json!({ "action": "updateStatus", "messageId": sent["messageId"], "status": "delivered" });
    let by_name = json!({ "deviceId": named.device_id });
    socket.request_ok(receipt.clone()).await;
    laptop.request_ok(merged(receipt, by_name)).await;

    pocketed.receives_alert(&chat, 1).await;
    until_outcome(&sent, "pushed").await;
    assert_eq!((open.pushes().await, named.pushes().await), (vec![], vec![]));
}

fn merged(mut frame: Value, fields: Value) -> Value {
    frame.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    frame
}

#[tokio::test]
async fn quiet_a_member_who_has_read_gets_no_push() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut laptop = bruno.connects().await;
    let sent = ana.sends(&chat, "Seen").await;
    laptop.receives_message(&chat, 1).await;
    laptop.request_ok(json!({ "action": "updateStatus", "messageId": sent["messageId"], "status": "read" })).await;
    until_not_needed(&sent).await;
    assert_eq!(phone.pushes().await, []);
}

/// A member without a socket: a push wakes one phone, which acknowledges over REST. The other phone has not
/// acknowledged.
#[tokio::test]
async fn quiet_a_phone_woken_by_a_push_acknowledges_for_itself_alone() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (woken, asleep) = (Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await);
    asleep.behave("throttle").await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Wake up").await;
    woken.receives_alert(&chat, 1).await;
    assert_eq!(bruno.acknowledges_on(&woken.device_id, &sent, "delivered").await.status, 200);
    asleep.behave("").await;
    assert_eq!(asleep.receives_alert(&chat, 1).await.badge, 1, "the job of this phone is retried");

    // A replay of the first job sends nothing.
    until("the mark", async || (pushed_seq(&chat, &bruno).await == 1).then_some(())).await;
    let message = bruno.history(&chat, "").await.remove(0);
    let job = Notification::of(&serde_json::from_value(message).unwrap(), vec![bruno.id().parse().unwrap()]);
    let pusher = Pusher::new(&world.environment(&Calls::default())).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert_eq!((woken.alerts().await.len(), asleep.alerts().await.len()), (1, 1));

    // Both phones get the next message.
    ana.sends(&chat, "Are you up?").await;
    woken.receives_alert(&chat, 2).await;
    asleep.receives_alert(&chat, 2).await;
}

/// The job of the older message pushes the newest one, and the mark covers both. The phone that has acknowledged only
/// the older one gets the newest from a job of its own.
#[tokio::test]
async fn quiet_a_phone_that_acknowledged_the_older_message_is_pushed_the_newer() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (quick, other) = (Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await);
    let chat = ana.chat_with(&bruno).await;
    // With an open socket, the jobs of the stack wait for the grace period.
    let mut laptop = bruno.connects().await;
    let older = ana.sends(&chat, "First").await;
    laptop.receives_message(&chat, 1).await;
    assert_eq!(bruno.acknowledges_on(&quick.device_id, &older, "delivered").await.status, 200);
    ana.sends(&chat, "Second").await;
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 2).then_some(())).await;

    let message = bruno.history(&chat, "").await.remove(0);
    let job = Notification::of(&serde_json::from_value(message).unwrap(), vec![bruno.id().parse().unwrap()]);
    let pusher = Pusher::new(&world.environment(&Calls::default())).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    other.receives_alert(&chat, 2).await;
    assert_eq!(pushed_seq(&chat, &bruno).await, 2);
    quick.receives_alert(&chat, 2).await;
}

/// A receipt of a session that begins in a second.
pub(crate) fn receipt_request(reader: &Person, message: &Value, status: &str, device: Option<&str>) -> Request {
    let in_a_second = Timestamp::now().as_secs() + 1;
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": "PUT /messages/{messageId}/status",
        "headers": {},
        "pathParameters": { "messageId": message["messageId"] },
        "requestContext": {
            "http": { "method": "PUT" },
            "authorizer": { "jwt": { "claims": { "sub": reader.id(), "auth_time": in_a_second.to_string() } } },
        },
        "body": json!({ "status": status, "deviceId": device }).to_string(),
        "isBase64Encoded": false,
    }))
    .unwrap();
    Request::from(event)
}

/// The number of writes for one receipt.
async fn writes_of(bruno: &Person, message: &Value, status: &str, device: Option<&str>) -> usize {
    let calls = Calls::default();
    let update_status = UpdateStatus::new(&World::get().await.environment(&calls)).unwrap();
    let request = receipt_request(bruno, message, status, device);
    let answer = update_status.answer(request).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    assert_eq!(answer.status, 200);
    let made = calls.made();
    let reads = made.iter().filter(|call| matches!(call.as_str(), "GetItem" | "BatchGetItem")).count();
    let writes = made.iter().filter(|call| *call == "UpdateItem").count();
    assert_eq!((reads, reads + writes), (2, made.len()), "two reads, and writes: {made:?}");
    writes
}

#[tokio::test]
async fn the_first_acknowledgement_of_each_further_device_costs_one_write() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "How much is it?").await;
    let (phone, tablet) = (DeviceId::random().to_string(), DeviceId::random().to_string());
    assert_eq!(
        writes_of(&bruno, &sent, "delivered", Some(&phone)).await,
        2,
        "the receipt, and one write for all marks"
    );
    assert_eq!(writes_of(&bruno, &sent, "delivered", Some(&phone)).await, 0, "a repetition writes nothing");
    assert_eq!(writes_of(&bruno, &sent, "delivered", Some(&tablet)).await, 1, "the mark of the tablet");
    assert_eq!(writes_of(&bruno, &sent, "delivered", Some(&tablet)).await, 0);
    assert_eq!(writes_of(&bruno, &sent, "delivered", None).await, 0);
    assert_eq!(writes_of(&bruno, &sent, "read", None).await, 2);
    assert_eq!(writes_of(&bruno, &sent, "read", Some(&tablet)).await, 1);
    assert_eq!(writes_of(&bruno, &sent, "delivered", Some(&tablet)).await, 0, "a step backwards writes nothing");
    let bad = json!({ "status": "read", "deviceId": "phone" });
    let path = format!("/messages/{}/status", sent["messageId"].as_str().unwrap());
    assert_eq!(bruno.put(&path, bad).await.problem(400), ["deviceId"]);
}

/// Invariant 4: concurrent receipts of several devices lose no mark.
#[tokio::test]
async fn convergent_concurrent_acknowledgements_of_devices_are_all_stored() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "All at once").await;
    let devices: Vec<_> = (0..8).map(|_| DeviceId::random()).collect();
    let ids: Vec<_> = devices.iter().map(DeviceId::to_string).collect();
    futures::future::join_all(ids.iter().map(|device| bruno.acknowledges_on(device, &sent, "delivered"))).await;
    let chats = world.environment(&Calls::default()).chats().unwrap();
    let (chat_id, user_id) = (chat.parse().unwrap(), bruno.id().parse().unwrap());
    let member = async || chats.membership(chat_id, user_id).await.unwrap().unwrap().1;
    let (seq, before) = (1.try_into().unwrap(), member().await);
    assert!(devices.iter().all(|device| before.has_acknowledged(*device, seq)), "{before:?}");

    // A write from an outdated row overwrites no mark.
    let late = DeviceId::random();
    let stale = paloma::domain::Member { device_marks: Default::default(), ..before.clone() };
    chats.advance_on(late, chat_id, &stale, Receipt::Read, (seq, None), Sharing::Shared).await.unwrap();
    let after = member().await;
    assert!(devices.iter().chain([&late]).all(|device| after.has_acknowledged(*device, seq)), "{after:?}");
}
