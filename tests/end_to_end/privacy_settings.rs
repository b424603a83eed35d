//! Privacy settings: the user's own view of them, the search by address, and groups.

use paloma_tests::{Answer, Calls, Person, World};
use profile::Profile;
use serde_json::{Value, json};

use crate::blocks::block;
use crate::blocks_unnoticed::rest_request_with_query;

pub(crate) async fn set_privacy(person: &Person, change: Value) -> Value {
    let answer = person.put("/me/privacy", change).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn privacy(person: &Person) -> Value {
    person.get("/me").await.body["privacy"].clone()
}

/// A unique client id.
fn client_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

fn all(presence: &str, receipts: &str, discoverable_by_email: &str, groups: &str) -> Value {
    json!({
        "presence": presence, "receipts": receipts, "discoverableByEmail": discoverable_by_email, "groups": groups
    })
}

fn without_time(mut settings: Value) -> Value {
    assert!(settings["changedAt"].is_u64(), "{settings}");
    settings.as_object_mut().unwrap().remove("changedAt");
    settings
}

/// A user, a contact of this user, and a stranger who has made a chat with the user.
pub(crate) async fn user_contact_stranger() -> [Person; 3] {
    let [user, friend, stranger] = World::get().await.people().await;
    let chat = friend.chat_with(&user).await;
    friend.sends(&chat, "Hello").await;
    user.sends(&chat, "Hello, my friend").await;
    let unwanted = stranger.chat_with(&user).await;
    stranger.sends(&unwanted, "Buy this").await;
    [user, friend, stranger]
}

#[tokio::test]
async fn a_change_of_privacy_names_some_settings_and_reaches_the_other_devices() {
    let [ana] = World::get().await.people().await;
    let everyone = all("everyone", "everyone", "everyone", "everyone");
    assert_eq!(without_time(privacy(&ana).await), everyone);
    let mut tablet = ana.connects().await;
    let changed = set_privacy(&ana, json!({ "receipts": "nobody", "groups": "contacts" })).await;
    let expected = all("everyone", "nobody", "everyone", "contacts");
    assert_eq!(without_time(changed.clone()), expected);
    let is_settings = |frame: &Value| frame["type"] == "settings" && frame["privacy"]["receipts"] == "nobody";
    assert_eq!(tablet.receives("the settings", is_settings).await["privacy"], changed);
    assert_eq!(privacy(&ana).await, changed);
    assert_eq!(set_privacy(&ana, json!({})).await, changed, "no setting is named");
    assert_eq!(ana.put("/me", json!({ "name": "Ana Maria" })).await.body["privacy"], changed);
    set_privacy(&ana, json!({ "receipts": "everyone", "groups": null })).await;
    assert_eq!(privacy(&ana).await["groups"], "contacts", "null names no value");
    assert_eq!(privacy(&ana).await["receipts"], "everyone");
}

#[tokio::test]
async fn bad_privacy_settings_change_nothing() {
    let [ana] = World::get().await.people().await;
    let before = set_privacy(&ana, json!({ "presence": "contacts" })).await;
    for (body, field) in [
        (json!({ "groups": "nobody", "presence": "friends" }), "presence"),
        (json!({ "receipts": "Nobody" }), "receipts"),
        (json!({ "discoverableByEmail": "" }), "discoverableByEmail"),
    ] {
        let answer = ana.put("/me/privacy", body).await;
        assert_eq!(answer.problem(400), [field]);
        let reason = answer.body["errors"][0]["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("everyone"), "{reason}");
    }
    for no_text in [json!(["nobody"]), json!({ "receipts": true }), json!({ "groups": ["contacts"] })] {
        ana.put("/me/privacy", no_text).await.problem(400);
    }
    assert_eq!(privacy(&ana).await, before);
}

#[tokio::test]
async fn changes_of_different_settings_at_the_same_time_both_hold() {
    let [ana] = World::get().await.people().await;
    let (one, other) = tokio::join!(
        set_privacy(&ana, json!({ "presence": "nobody" })),
        set_privacy(&ana, json!({ "receipts": "nobody", "groups": "nobody" })),
    );
    let now = privacy(&ana).await;
    assert_eq!(without_time(now), all("nobody", "nobody", "everyone", "nobody"));
    assert!(one["presence"] == "nobody" && other["groups"] == "nobody");
}

#[tokio::test]
async fn a_user_is_found_by_address_only_by_those_whom_the_setting_lets_in() {
    let [bruno, friend, stranger] = user_contact_stranger().await;
    let unknown = stranger.get("/users?email=nobody-has-this@example.com").await.without_request_id();
    assert_eq!(unknown.status, 404);
    let find = async |person: &Person| -> Answer {
        person.get(&format!("/users?email={}", bruno.user.email)).await.without_request_id()
    };
    for (circle, friend_finds, stranger_finds) in
        [("everyone", true, true), ("contacts", true, false), ("nobody", false, false)]
    {
        set_privacy(&bruno, json!({ "discoverableByEmail": circle })).await;
        assert_eq!(find(&bruno).await.text("userId"), bruno.id(), "a user finds themselves");
        for (person, finds) in [(&friend, friend_finds), (&stranger, stranger_finds)] {
            let found = find(person).await;
            if finds {
                assert_eq!(found.text("userId"), bruno.id());
                assert_eq!(found.body.get("privacy"), None, "settings are the user's own");
            } else {
                assert_eq!(found, unknown, "{circle}");
            }
        }
    }
    set_privacy(&bruno, json!({ "discoverableByEmail": "contacts" })).await;
    block(&bruno, friend.id()).await;
    assert_eq!(find(&friend).await, unknown, "a blocked user is no contact");
}

#[tokio::test]
async fn a_search_makes_the_same_calls_for_every_address() {
    let world = World::get().await;
    let [bruno, friend, stranger] = user_contact_stranger().await;
    set_privacy(&bruno, json!({ "discoverableByEmail": "contacts" })).await;
    let calls_for = async |person: &Person, email: &str| {
        let calls = Calls::default();
        let profile = Profile::new(&world.environment(&calls)).unwrap();
        let query = json!({ "email": email });
        let request = rest_request_with_query(person, "GET /users", (&json!({}), &query), &Value::Null);
        let status = profile.answer(request).await.map_or_else(|problem| problem.status, |answer| answer.status);
        (status, sorted(calls.made()))
    };
    let unknown = calls_for(&stranger, "nobody-has-this@example.com").await;
    let hidden = calls_for(&stranger, &bruno.user.email).await;
    let shown = calls_for(&friend, &bruno.user.email).await;
    assert_eq!((unknown.0, hidden.0, shown.0), (404, 404, 200));
    assert_eq!(unknown.1, hidden.1);
    assert_eq!(unknown.1, shown.1);
}

fn sorted(mut calls: Vec<String>) -> Vec<String> {
    calls.sort();
    calls
}

#[tokio::test]
async fn a_group_gets_only_members_whose_setting_lets_the_inviter_in() {
    let [bruno, friend, stranger] = user_contact_stranger().await;
    let [other] = World::get().await.people().await;
    let body = json!({ "type": "group", "participants": [other.id(), bruno.id()], "name": "Us" });
    for (circle, friend_may, stranger_may) in
        [("everyone", true, true), ("contacts", true, false), ("nobody", false, false)]
    {
        set_privacy(&bruno, json!({ "groups": circle })).await;
        for (person, may) in [(&friend, friend_may), (&stranger, stranger_may)] {
            let made = person.post("/chats", body.clone()).await;
            let group = person.group_with(&[other.id()]).await;
            let request = json!({ "userIds": [other.id(), bruno.id()], "clientMessageId": client_id() });
            let added = person.post(&format!("/chats/{group}/members"), request).await;
            if may {
                assert_eq!((made.status, added.status), (201, 200), "{circle}: {made:?} {added:?}");
                continue;
            }
            assert_eq!(made.problem(400), ["participants[1]"], "{circle}");
            assert_eq!(added.problem(400), ["userIds[1]"], "{circle}");
            let text = made.body.to_string();
            assert!(!text.contains("nobody") && !text.contains("contact"), "the setting is not told: {text}");
            let members = person.get(&format!("/chats/{group}")).await.body["participants"].clone();
            assert_eq!(members, json!([person.id(), other.id()]), "no user was added");
        }
    }
}

#[tokio::test]
async fn members_of_a_group_stay_when_they_close_it_and_repetitions_find_it() {
    let [bruno, friend, stranger] = user_contact_stranger().await;
    let client = client_id();
    let body = json!({ "type": "group", "participants": [bruno.id()], "name": "Us", "clientChatId": client });
    let made = stranger.post("/chats", body.clone()).await;
    let group = made.text("chatId");
    let request = json!({ "userIds": [bruno.id()], "clientMessageId": client_id() });
    set_privacy(&bruno, json!({ "groups": "nobody" })).await;
    let again = stranger.post("/chats", body).await;
    assert_eq!((again.status, again.text("chatId")), (200, group.clone()));
    let added = stranger.post(&format!("/chats/{group}/members"), request).await;
    assert_eq!(added.status, 200, "a member is not asked again: {added:?}");
    let both = json!({
        "userIds": [bruno.id(), friend.id()], "clientMessageId": client_id()
    });
    assert_eq!(stranger.post(&format!("/chats/{group}/members"), both).await.status, 200);
    assert_eq!(stranger.chat_with(&bruno).await, bruno.chat_with(&stranger).await, "direct chats are no groups");
}
