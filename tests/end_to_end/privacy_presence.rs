//! The privacy setting of presence: live for existing watchers, and in answers.

use paloma_tests::{Person, World, until};
use serde_json::{Value, json};

use crate::presence::{chat_that_shows, connect, id, outcomes, receives_presence, stored_presence, watch};
use crate::privacy_settings::set_privacy;

async fn presence_in(person: &Person, chat: &str) -> Value {
    person.get(&format!("/chats/{chat}")).await.body["presence"].clone()
}

async fn show_to(person: &Person, circle: &str) {
    set_privacy(person, json!({ "presence": circle })).await;
}

#[tokio::test]
async fn presence_is_shown_to_those_whom_the_setting_lets_in_and_a_change_is_live() {
    let [bruno, friend, stranger] = World::get().await.people().await;
    let online = connect(&bruno).await;
    // Bruno has read what both wrote, and has answered his friend.
    let (known, unknown) = (chat_that_shows(&friend, id(&bruno)).await, chat_that_shows(&stranger, id(&bruno)).await);
    bruno.sends(&known, "Hello").await;
    let (mut friends, mut strangers) = (connect(&friend).await, connect(&stranger).await);
    assert_eq!(watch(&mut friends, &known, id(&bruno)).await["online"], true);
    assert_eq!(watch(&mut strangers, &unknown, id(&bruno)).await["online"], true);

    show_to(&bruno, "contacts").await;
    receives_presence(&mut strangers, false).await;
    receives_presence(&mut friends, true).await;
    assert_eq!(presence_in(&friend, &known).await["online"], true);
    let hidden = json!({ "online": false });
    assert_eq!(presence_in(&stranger, &unknown).await, hidden);
    assert_eq!(watch(&mut strangers, &unknown, id(&bruno)).await, hidden);

    show_to(&bruno, "nobody").await;
    receives_presence(&mut friends, false).await;
    assert_eq!(presence_in(&friend, &known).await, hidden);
    assert_eq!(watch(&mut friends, &known, id(&bruno)).await, hidden);
    friends.received_frames().await;
    strangers.received_frames().await;

    // Nothing of a change passes while the setting keeps the watchers out.
    drop(online);
    until("the user to be offline", async || (!stored_presence(id(&bruno)).await.online).then_some(())).await;
    let _again = connect(&bruno).await;
    let is_presence = |frame: &Value| frame["type"] == "presence" && frame["userId"] == bruno.id();
    for socket in [&mut friends, &mut strangers] {
        let frames = socket.received_frames().await;
        assert!(!frames.iter().any(is_presence), "{frames:?}");
    }

    show_to(&bruno, "everyone").await;
    receives_presence(&mut friends, true).await;
    receives_presence(&mut strangers, true).await;
    assert!(presence_in(&stranger, &unknown).await["lastSeen"].is_u64());
    assert!(outcomes(id(&bruno)).await.iter().any(|outcome| outcome == "privacy changed, watchers notified"));
}

#[tokio::test]
async fn a_user_who_hides_presence_from_all_sees_none() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = chat_that_shows(&ana, id(&bruno)).await;
    let (mut phone, _online) = (connect(&ana).await, connect(&bruno).await);
    assert_eq!(watch(&mut phone, &chat, id(&bruno)).await["online"], true);
    show_to(&ana, "nobody").await;
    let hidden = json!({ "online": false });
    assert_eq!(watch(&mut phone, &chat, id(&bruno)).await, hidden);
    assert_eq!(presence_in(&ana, &chat).await, hidden);
    show_to(&ana, "contacts").await;
    assert_eq!(watch(&mut phone, &chat, id(&bruno)).await["online"], true);
    assert_eq!(presence_in(&ana, &chat).await["online"], true);
}
