//! Registered devices: a registration repairs its SNS endpoint, and devices that are gone are removed.

use ::devices::RegisteredDevices;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use paloma::domain::{PushEndpoint, Timestamp};
use paloma_tests::{Calls, Person, Phone, World, until};
use serde_json::json;

async fn listed(person: &Person) -> Vec<String> {
    let answer = person.get("/devices").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let devices = answer.body["devices"].as_array().expect("devices").clone();
    devices.iter().map(|device| device["deviceId"].as_str().unwrap().to_owned()).collect()
}

async fn until_removed(person: &Person, phone: &Phone) {
    until("the device to be removed", async || (!listed(person).await.contains(&phone.device_id)).then_some(())).await;
}

#[tokio::test]
async fn registering_a_token_again_returns_the_same_device() {
    let [bruno] = World::get().await.people().await;
    let token = format!("{:032x}", fastrand::u128(..));
    let body = json!({ "platform": "fcm", "token": token, "colour": "ignored" });
    let first = bruno.post("/devices", body.clone()).await;
    assert_eq!((first.status, &first.body["platform"]), (201, &json!("fcm")), "{first:?}");
    let again = bruno.post("/devices", body).await;
    assert_eq!((again.status, &again.body["deviceId"]), (200, &first.body["deviceId"]), "{again:?}");
    assert_eq!(listed(&bruno).await, [first.text("deviceId")]);
    let shown = bruno.get("/devices").await.body.to_string();
    assert!(!shown.contains(&token) && !shown.contains("arn:"), "the answer shows neither token nor endpoint: {shown}");
}

#[tokio::test]
async fn a_changed_token_keeps_the_device_and_the_old_token_gets_no_push() {
    let [ana, bruno] = World::get().await.people().await;
    let old = Phone::of(&bruno, "fcm").await;
    let token = format!("{:032x}", fastrand::u128(..));
    let change = json!({ "platform": "fcm", "token": token, "deviceId": old.device_id });
    let changed = bruno.post("/devices", change).await;
    assert_eq!((changed.status, changed.text("deviceId")), (200, old.device_id.clone()), "{changed:?}");
    assert_eq!(old.attributes().await, None, "the old endpoint is removed");

    let new = Phone::with_token(&bruno, "fcm", &token).await;
    assert_eq!(listed(&bruno).await, [new.device_id.as_str()]);
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "Hello").await;
    new.receives_alert(&chat, 1).await;
    assert_eq!(old.pushes().await, []);
}

#[tokio::test]
async fn registering_again_enables_a_disabled_endpoint() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    phone.disable().await;
    ana.sends(&chat, "Into the void").await;
    until_removed(&bruno, &phone).await;

    let again = Phone::with_token(&bruno, "apns", &phone.token).await;
    assert_eq!(again.attributes().await.expect("an endpoint")["Enabled"], "true");
    ana.sends(&chat, "Welcome back").await;
    assert_eq!(again.receives_alert(&chat, 2).await.badge, 2);
}

/// SNS rejects a second CreatePlatformEndpoint with other attributes, and its message names the existing endpoint.
#[tokio::test]
async fn registering_finds_an_endpoint_with_foreign_attributes() {
    let [bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    phone.behave("a foreign attribute").await;
    let again = Phone::with_token(&bruno, "fcm", &phone.token).await;
    assert_eq!((again.device_id, again.endpoint), (phone.device_id, phone.endpoint));
}

#[tokio::test]
async fn private_a_phone_with_a_new_owner_gets_no_push_for_the_former_one() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let bruno_phone = Phone::of(&bruno, "fcm").await;
    let carla_phone = Phone::with_token(&carla, "fcm", &bruno_phone.token).await;
    assert_eq!(listed(&bruno).await, Vec::<String>::new());
    assert_eq!(listed(&carla).await, [carla_phone.device_id.as_str()]);

    let (with_bruno, with_carla) = (ana.chat_with(&bruno).await, ana.chat_with(&carla).await);
    let secret = ana.sends(&with_bruno, "For Bruno alone").await;
    until("push to find no device of Bruno", async || {
        let log = World::get().await.log_of("push");
        log.iter().any(|line| line["messageId"] == secret["messageId"] && line["outcome"] == "no device").then_some(())
    })
    .await;
    ana.sends(&with_carla, "For Carla").await;
    carla_phone.receives_alert(&with_carla, 1).await;
    let chats: Vec<_> = carla_phone.alerts().await.into_iter().map(|alert| alert.chat).collect();
    assert_eq!(chats, [with_carla]);
}

#[tokio::test]
async fn a_device_can_be_removed_twice() {
    let [bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let path = format!("/devices/{}", phone.device_id);
    assert_eq!(carla.delete(&path).await.status, 204, "Carla cannot remove the device of Bruno");
    assert_eq!(listed(&bruno).await, [phone.device_id.as_str()]);
    assert_eq!(bruno.delete(&path).await.status, 204);
    assert_eq!(bruno.delete(&path).await.status, 204, "the second call changes nothing");
    assert_eq!(listed(&bruno).await, Vec::<String>::new());
    assert_eq!(phone.attributes().await, None);
    assert_eq!(bruno.delete("/devices/none").await.problem(404), Vec::<String>::new());
}

#[tokio::test]
async fn a_delivery_failure_that_sns_reports_later_removes_the_device() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    phone.behave("uninstalled").await;
    ana.sends(&chat, "Anybody?").await;
    until_removed(&bruno, &phone).await;
}

#[tokio::test]
async fn a_delivery_failure_older_than_the_registration_removes_nothing() {
    let world = World::get().await;
    let [bruno] = world.people().await;
    let (phone, other) = (Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "fcm").await);
    let report = async |phone: &Phone, kind: &str, time: &str| {
        let notice = json!({
            "DeliveryAttempts": 1, "EndpointArn": phone.endpoint, "EventType": "DeliveryFailure", "Service": "SNS",
            "FailureType": kind, "FailureMessage": "…", "MessageId": format!("{kind} {time}"), "Time": time,
        });
        let publish = world.sns().publish().topic_arn(&world.description().topics["pushFailures"]);
        publish.message(notice.to_string()).send().await.unwrap();
    };
    report(&phone, "InvalidPlatformToken", "2026-01-01T00:00:00.000Z").await;
    report(&phone, "PlatformUnavailable", "2999-01-01T00:00:00.000Z").await;
    until("push-feedback to handle both", async || {
        let log = world.log_of("push-feedback");
        let kept = log.iter().filter(|line| line["deviceId"] == phone.device_id && line["outcome"] == "device kept");
        (kept.count() == 2).then_some(())
    })
    .await;
    assert!(listed(&bruno).await.contains(&phone.device_id));
    report(&other, "InvalidPlatformToken", "2999-01-01T00:00:00.000Z").await;
    until_removed(&bruno, &other).await;
    assert!(listed(&bruno).await.contains(&phone.device_id), "the other device stays");
}

#[tokio::test]
async fn a_failed_push_older_than_the_registration_removes_nothing() {
    let [bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let devices = World::get().await.environment(&Calls::default()).devices().unwrap();
    let seen = devices.of_user(bruno.id().parse().unwrap()).await.unwrap().remove(0);
    let failed_at = Timestamp::now();
    until("the next millisecond", async || (Timestamp::now() > failed_at).then_some(())).await;
    Phone::with_token(&bruno, "fcm", &phone.token).await;
    assert!(!devices.delete_if_unchanged(&seen, failed_at).await.unwrap());
    assert_eq!(listed(&bruno).await, [phone.device_id]);
}

#[tokio::test]
async fn the_oldest_of_more_than_16_devices_is_removed() {
    let [bruno] = World::get().await.people().await;
    let first = Phone::of(&bruno, "fcm").await;
    for _ in 0..16 {
        Phone::of(&bruno, "fcm").await;
    }
    let devices = listed(&bruno).await;
    assert_eq!(devices.len(), 16);
    assert!(!devices.contains(&first.device_id));
    assert_eq!(first.attributes().await, None);
}

#[tokio::test]
async fn an_invalid_device_is_rejected_by_field() {
    let [bruno] = World::get().await.people().await;
    let token = "token";
    for (body, fields) in [
        (json!({}), ["platform"]),
        (json!({ "platform": "fcm" }), ["token"]),
        (json!({ "platform": "pigeon", "token": token }), ["platform"]),
        (json!({ "platform": "FCM", "token": token }), ["platform"]),
        (json!({ "platform": "fcm", "token": "" }), ["token"]),
        (json!({ "platform": "fcm", "token": "two words" }), ["token"]),
        (json!({ "platform": "fcm", "token": "a".repeat(2_049) }), ["token"]),
        (json!({ "platform": "fcm", "token": 7 }), ["token"]),
        (json!({ "platform": "fcm", "token": token, "deviceId": "mine" }), ["deviceId"]),
    ] {
        assert_eq!(bruno.post("/devices", body.clone()).await.problem(400), fields, "{body}");
    }
    let mut browser = bruno;
    browser.token.clear();
    assert_eq!(browser.get("/devices").await.status, 401);
}

/// The device id of another user is ignored.
#[tokio::test]
async fn private_a_device_of_another_user_cannot_be_taken_over_by_its_id() {
    let [bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let token = format!("{:032x}", fastrand::u128(..));
    let stolen =
        carla.post("/devices", json!({ "platform": "fcm", "token": token, "deviceId": phone.device_id })).await;
    assert_eq!(stolen.status, 201, "{stolen:?}");
    assert_ne!(stolen.text("deviceId"), phone.device_id);
    assert_eq!(listed(&bruno).await, [phone.device_id]);
}

/// A registration as API Gateway sends it to the function.
fn registration(person: &Person, platform: &str, token: &str) -> paloma::edge::Request {
    let event = json!({
        "routeKey": "POST /devices",
        "requestContext": {
            "authorizer": { "jwt": { "claims": { "sub": person.id() } } },
            "http": { "method": "POST" },
        },
        "body": json!({ "platform": platform, "token": token }).to_string(),
    });
    serde_json::from_value::<ApiGatewayV2httpRequest>(event).unwrap().into()
}

/// Invariant 3: the next registration repairs one that crashed. A phone never belongs to two users.
#[tokio::test]
async fn durable_a_registration_that_crashes_anywhere_is_finished_by_the_next() {
    let world = World::get().await;
    crate::durable::at_every_call(async |calls| {
        // New users each time: with more than 16 devices the function would also remove one.
        let [bruno, carla] = world.people().await;
        let phone = Phone::of(&bruno, "fcm").await;
        phone.disable().await;
        let crashing = RegisteredDevices::new(&world.environment(&calls)).unwrap();
        assert_eq!(crashing.answer(registration(&carla, "fcm", &phone.token)).await.is_err(), calls.crashed());
        let devices = world.environment(&Calls::default()).devices().unwrap();
        assert!(
            devices.with_endpoint(&PushEndpoint::new(&phone.endpoint)).await.unwrap().len() <= 1,
            "at most one owner"
        );

        let next = RegisteredDevices::new(&world.environment(&Calls::default())).unwrap();
        next.answer(registration(&carla, "fcm", &phone.token)).await.unwrap();
        let owners = devices.with_endpoint(&PushEndpoint::new(&phone.endpoint)).await.unwrap();
        assert_eq!(owners.iter().map(|device| device.user_id.to_string()).collect::<Vec<_>>(), [carla.id()]);
        assert_eq!(phone.attributes().await.expect("an endpoint")["Enabled"], "true");
    })
    .await;
}

#[tokio::test]
async fn without_a_platform_application_registering_answers_501() {
    let world = World::get().await;
    let [bruno] = world.people().await;
    let app = RegisteredDevices::new(&world.environment_with(&[("FCM_APPLICATION", "")])).unwrap();
    let problem = app.answer(registration(&bruno, "fcm", "t")).await.unwrap_err();
    assert_eq!(problem.status, 501);
    assert!(problem.detail.contains("FcmApplicationArn"), "{problem}");
    let token = format!("{:032x}", fastrand::u128(..));
    assert_eq!(
        app.answer(registration(&bruno, "apns", &token)).await.unwrap().status,
        201,
        "the other platform is configured"
    );
}
