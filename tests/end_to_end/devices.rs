//! Devices: registering repairs what it finds, and what is gone is forgotten.

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

async fn forgotten(person: &Person, phone: &Phone) {
    until("the device to be forgotten", async || (!listed(person).await.contains(&phone.device_id)).then_some(()))
        .await;
}

#[tokio::test]
async fn registering_again_is_the_same_device() {
    let [bruno] = World::get().await.people().await;
    let token = format!("{:032x}", fastrand::u128(..));
    let body = json!({ "platform": "fcm", "token": token, "colour": "ignored" });
    let first = bruno.post("/devices", body.clone()).await;
    assert_eq!((first.status, &first.body["platform"]), (201, &json!("fcm")), "{first:?}");
    let again = bruno.post("/devices", body).await;
    assert_eq!((again.status, &again.body["deviceId"]), (200, &first.body["deviceId"]), "{again:?}");
    assert_eq!(listed(&bruno).await, [first.text("deviceId")]);
    let shown = bruno.get("/devices").await.body.to_string();
    assert!(!shown.contains(&token) && !shown.contains("arn:"), "neither token nor endpoint is shown: {shown}");
}

#[tokio::test]
async fn a_changed_token_is_the_same_device_and_the_old_one_is_not_pushed_to() {
    let [ana, bruno] = World::get().await.people().await;
    let old = Phone::of(&bruno, "fcm").await;
    let token = format!("{:032x}", fastrand::u128(..));
    let change = json!({ "platform": "fcm", "token": token, "deviceId": old.device_id });
    let changed = bruno.post("/devices", change).await;
    assert_eq!((changed.status, changed.text("deviceId")), (200, old.device_id.clone()), "{changed:?}");
    assert_eq!(old.attributes().await, None, "an endpoint without a device is removed");

    let new = Phone::with_token(&bruno, "fcm", &token).await;
    assert_eq!(listed(&bruno).await, [new.device_id.as_str()]);
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "Hello").await;
    new.receives_alert(&chat, 1).await;
    assert_eq!(old.pushes().await, []);
}

#[tokio::test]
async fn an_endpoint_that_sns_disabled_is_enabled_by_registering() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    phone.disable().await;
    ana.sends(&chat, "Into the void").await;
    forgotten(&bruno, &phone).await;

    let again = Phone::with_token(&bruno, "apns", &phone.token).await;
    assert_eq!(again.attributes().await.expect("an endpoint")["Enabled"], "true");
    ana.sends(&chat, "Welcome back").await;
    assert_eq!(again.receives_alert(&chat, 2).await.badge, 2);
}

/// Somebody has given the endpoint attributes: then SNS does not find it by its token, and names it in the refusal.
#[tokio::test]
async fn an_endpoint_with_attributes_of_others_is_found_all_the_same() {
    let [bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    phone.behave("somebody's note").await;
    let again = Phone::with_token(&bruno, "fcm", &phone.token).await;
    assert_eq!((again.device_id, again.endpoint), (phone.device_id, phone.endpoint));
}

#[tokio::test]
async fn private_a_phone_that_changes_hands_hears_nothing_for_its_former_owner() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let bruno_phone = Phone::of(&bruno, "fcm").await;
    let carla_phone = Phone::with_token(&carla, "fcm", &bruno_phone.token).await;
    assert_eq!(listed(&bruno).await, Vec::<String>::new());
    assert_eq!(listed(&carla).await, [carla_phone.device_id.as_str()]);

    let (with_bruno, with_carla) = (ana.chat_with(&bruno).await, ana.chat_with(&carla).await);
    let secret = ana.sends(&with_bruno, "For Bruno alone").await;
    until("push to find no device of Bruno's", async || {
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
async fn a_device_is_removed_once_and_for_all() {
    let [bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let path = format!("/devices/{}", phone.device_id);
    assert_eq!(carla.delete(&path).await.status, 204, "what is not hers is not there");
    assert_eq!(listed(&bruno).await, [phone.device_id.as_str()]);
    assert_eq!(bruno.delete(&path).await.status, 204);
    assert_eq!(bruno.delete(&path).await.status, 204, "who logs out twice has logged out");
    assert_eq!(listed(&bruno).await, Vec::<String>::new());
    assert_eq!(phone.attributes().await, None);
    assert_eq!(bruno.delete("/devices/none").await.problem(404), Vec::<String>::new());
}

#[tokio::test]
async fn a_failure_that_sns_reports_later_forgets_the_device() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    phone.behave("uninstalled").await;
    ana.sends(&chat, "Anybody?").await;
    forgotten(&bruno, &phone).await;
}

#[tokio::test]
async fn a_failure_from_before_the_device_was_registered_again_forgets_nothing() {
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
    until("both to be taken", async || {
        let log = world.log_of("push-feedback");
        let kept = log.iter().filter(|line| line["deviceId"] == phone.device_id && line["outcome"] == "device kept");
        (kept.count() == 2).then_some(())
    })
    .await;
    assert!(listed(&bruno).await.contains(&phone.device_id));
    report(&other, "InvalidPlatformToken", "2999-01-01T00:00:00.000Z").await;
    forgotten(&bruno, &other).await;
    assert!(listed(&bruno).await.contains(&phone.device_id), "and that one alone");
}

#[tokio::test]
async fn a_push_that_failed_before_the_device_was_registered_again_forgets_nothing() {
    let [bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let devices = World::get().await.environment(&Calls::default()).devices().unwrap();
    let seen = devices.of_user(bruno.id().parse().unwrap()).await.unwrap().remove(0);
    let failed_at = Timestamp::now();
    until("time to pass", async || (Timestamp::now() > failed_at).then_some(())).await;
    Phone::with_token(&bruno, "fcm", &phone.token).await;
    assert!(!devices.forget(&seen, failed_at).await.unwrap());
    assert_eq!(listed(&bruno).await, [phone.device_id]);
}

#[tokio::test]
async fn the_oldest_of_too_many_devices_makes_room() {
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
async fn bad_devices_are_refused_with_their_fields() {
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
    let mut nobody = bruno;
    nobody.token.clear();
    assert_eq!(nobody.get("/devices").await.status, 401);
}

/// Somebody else's device id is not theirs to take over: it is as if it had not been given.
#[tokio::test]
async fn private_a_device_of_somebody_else_cannot_be_taken_over_by_its_id() {
    let [bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let token = format!("{:032x}", fastrand::u128(..));
    let stolen =
        carla.post("/devices", json!({ "platform": "fcm", "token": token, "deviceId": phone.device_id })).await;
    assert_eq!(stolen.status, 201, "{stolen:?}");
    assert_ne!(stolen.text("deviceId"), phone.device_id);
    assert_eq!(listed(&bruno).await, [phone.device_id]);
}

/// A registration, as the gateway hands it to the function.
fn registration(person: &Person, platform: &str, token: &str) -> paloma::edge::Request {
    let event = json!({
        "routeKey": "POST /devices",
        "requestContext": { "authorizer": { "jwt": { "claims": { "sub": person.id() } } }, "http": { "method": "POST" } },
        "body": json!({ "platform": platform, "token": token }).to_string(),
    });
    serde_json::from_value::<ApiGatewayV2httpRequest>(event).unwrap().into()
}

/// Invariant 3: a registration that dies anywhere is repaired by the app's next, and never leaves a phone to two people.
#[tokio::test]
async fn durable_a_registration_that_dies_anywhere_is_finished_by_the_next() {
    let world = World::get().await;
    crate::durable::at_every_call(async |calls| {
        // New ones each time: with too many devices it would also have to make room.
        let [bruno, carla] = world.people().await;
        let phone = Phone::of(&bruno, "fcm").await;
        phone.disable().await;
        let dying = RegisteredDevices::new(&world.environment(&calls)).unwrap();
        assert_eq!(dying.answer(registration(&carla, "fcm", &phone.token)).await.is_err(), calls.crashed());
        let devices = world.environment(&Calls::default()).devices().unwrap();
        assert!(devices.at(&PushEndpoint::new(&phone.endpoint)).await.unwrap().len() <= 1, "never two owners");

        let next = RegisteredDevices::new(&world.environment(&Calls::default())).unwrap();
        next.answer(registration(&carla, "fcm", &phone.token)).await.unwrap();
        let there = devices.at(&PushEndpoint::new(&phone.endpoint)).await.unwrap();
        assert_eq!(there.iter().map(|device| device.user_id.to_string()).collect::<Vec<_>>(), [carla.id()]);
        assert_eq!(phone.attributes().await.expect("an endpoint")["Enabled"], "true");
    })
    .await;
}

#[tokio::test]
async fn without_platform_applications_registering_says_that_push_is_not_configured() {
    let world = World::get().await;
    let [bruno] = world.people().await;
    let app = RegisteredDevices::new(&world.environment_with(&[("FCM_APPLICATION", "")])).unwrap();
    let problem = app.answer(registration(&bruno, "fcm", "t")).await.unwrap_err();
    assert_eq!(problem.status, 501);
    assert!(problem.detail.contains("FcmApplicationArn"), "{problem}");
    let token = format!("{:032x}", fastrand::u128(..));
    assert_eq!(app.answer(registration(&bruno, "apns", &token)).await.unwrap().status, 201, "what is configured works");
}
