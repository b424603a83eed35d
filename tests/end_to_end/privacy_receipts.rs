//! Read receipts that a user does not share: the user's own marks move, and other users see messages as delivered.

use paloma_tests::{Person, Socket, World, until};
use serde_json::{Value, json};

use crate::blocks::seen;
use crate::erase::until_summarised;
use crate::privacy_settings::{set_privacy, user_contact_stranger};

pub(crate) async fn hides(person: &Person) {
    set_privacy(person, json!({ "receipts": "nobody" })).await;
}

pub(crate) async fn shares(person: &Person) {
    set_privacy(person, json!({ "receipts": "everyone" })).await;
}

pub(crate) async fn reads(person: &Person, message: &Value) {
    assert_eq!(person.acknowledges(message, "read").await.status, 200);
}

/// The receipts of a message by user: the status, and whether the time of reading is shown.
async fn receipt_of(viewer: &Person, message: &Value, reader: &Person) -> (String, bool) {
    let id = message["messageId"].as_str().unwrap();
    let answer = viewer.get(&format!("/messages/{id}/receipts")).await;
    let receipts = answer.body["receipts"].as_array().unwrap().clone();
    let receipt = receipts.into_iter().find(|receipt| receipt["userId"] == reader.id()).expect("a receipt");
    (receipt["status"].as_str().unwrap().to_owned(), receipt.get("readAt").is_some())
}

/// No frame about reading by this user came.
pub(crate) async fn has_no_read_of(socket: &mut Socket, reader: &Person) {
    let frames = socket.received_frames().await;
    let is_read =
        |frame: &&Value| frame["type"] == "status" && frame["status"] == "read" && frame["userId"] == reader.id();
    assert_eq!(frames.iter().find(is_read), None, "{frames:?}");
}

fn all(statuses: &[(u64, &str)]) -> Vec<(u64, String)> {
    statuses.iter().map(|(seq, status)| (*seq, (*status).to_owned())).collect()
}

#[tokio::test]
async fn hidden_receipts_in_a_direct_chat_tick_twice_and_never_blue() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut ana_phone = ana.connects().await;
    let (mut phone, mut tablet) = (bruno.connects().await, bruno.connects().await);
    let before = ana.sends(&chat, "Before").await;
    reads(&bruno, &before).await;
    ana_phone.receives_tick(&chat, 1, "read").await;

    hides(&bruno).await;
    let sent = ana.sends(&chat, "Now").await;
    phone.receives_message(&chat, 2).await;
    let frame = json!({ "action": "updateStatus", "chatId": chat, "seq": 2, "status": "read" });
    let marks = phone.request_ok(frame).await;
    assert_eq!((&marks["readSeq"], &marks["unreadCount"]), (&json!(2), &json!(0)), "the own marks move");
    // The other device of the reader learns of it.
    tablet
        .receives("the own receipt", |frame| {
            frame["type"] == "status" && frame["status"] == "read" && frame["seq"] == 2 && frame["userId"] == bruno.id()
        })
        .await;
    ana_phone.receives_tick(&chat, 2, "delivered").await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
    assert_eq!(seen(&ana, &chat).await, all(&[(1, "read"), (2, "delivered")]), "earlier ticks stay");
    assert_eq!(receipt_of(&ana, &sent, &bruno).await, ("delivered".to_owned(), false));

    // Writing is reading, and tells no more.
    bruno.sends(&chat, "An answer").await;
    until_summarised(&ana, &chat, 3).await;
    let later = ana.sends(&chat, "And later").await;
    until_summarised(&ana, &chat, 4).await;
    assert_eq!(bruno.acknowledges(&later, "delivered").await.status, 200);
    ana_phone.receives_tick(&chat, 4, "delivered").await;
    has_no_read_of(&mut ana_phone, &bruno).await;
    assert_eq!(seen(&ana, &chat).await[..2], all(&[(1, "read"), (2, "delivered")]));
    assert_eq!(world_status(&sent).await, "delivered");

    // A receipt that is shared again covers what came before, but not the time of the hidden one.
    shares(&bruno).await;
    reads(&bruno, &later).await;
    ana_phone.receives_tick(&chat, 4, "read").await;
    until("the stored status", async || (world_status(&sent).await == "read").then_some(())).await;
    assert_eq!(receipt_of(&ana, &sent, &bruno).await, ("read".to_owned(), false));
    assert_eq!(receipt_of(&ana, &later, &bruno).await, ("read".to_owned(), true));
}

async fn world_status(message: &Value) -> String {
    World::get().await.stored_status(message["messageId"].as_str().unwrap()).await
}

#[tokio::test]
async fn a_user_who_hides_receipts_sees_none() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = bruno.chat_with(&ana).await;
    let mut phone = bruno.connects().await;
    let earlier = bruno.sends(&chat, "Earlier").await;
    hides(&bruno).await;
    let later = bruno.sends(&chat, "Later").await;
    reads(&ana, &later).await;
    phone.receives_tick(&chat, 2, "delivered").await;
    has_no_read_of(&mut phone, &ana).await;
    assert_eq!(seen(&bruno, &chat).await, all(&[(1, "read"), (2, "delivered")]), "sent before the change");
    assert_eq!(receipt_of(&bruno, &later, &ana).await, ("delivered".to_owned(), false));
    assert_eq!(receipt_of(&bruno, &earlier, &ana).await.0, "read");
    hides(&bruno).await;
    assert_eq!(seen(&bruno, &chat).await[1].1, "delivered", "a repetition changes nothing");
    shares(&bruno).await;
    assert_eq!(seen(&bruno, &chat).await, all(&[(1, "read"), (2, "read")]));
}

#[tokio::test]
async fn receipts_for_contacts_pass_only_between_users_who_have_written() {
    let [bruno, friend, stranger] = user_contact_stranger().await;
    set_privacy(&bruno, json!({ "receipts": "contacts" })).await;
    let (of_friend, of_stranger) = (friend.chat_with(&bruno).await, stranger.chat_with(&bruno).await);
    let (mut friends, mut strangers) = (friend.connects().await, stranger.connects().await);
    let (known, unknown) = (friend.sends(&of_friend, "?").await, stranger.sends(&of_stranger, "?").await);
    reads(&bruno, &known).await;
    reads(&bruno, &unknown).await;
    friends.receives_tick(&of_friend, 3, "read").await;
    strangers.receives_tick(&of_stranger, 2, "delivered").await;
    has_no_read_of(&mut strangers, &bruno).await;
    // With the answer the stranger is a contact.
    bruno.sends(&of_stranger, "No, thank you").await;
    strangers.receives_tick(&of_stranger, 2, "read").await;
}

#[tokio::test]
async fn read_by_all_leaves_out_a_member_who_hides_receipts() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let group = ana.group_with(&[bruno.id(), carla.id()]).await;
    let (mut phone, mut tablet) = (ana.connects().await, bruno.connects().await);
    hides(&bruno).await;
    let first = ana.sends(&group, "All?").await;
    reads(&carla, &first).await;
    phone
        .receives("the receipt of Carla", |frame| {
            frame["type"] == "status" && frame["userId"] == carla.id() && frame["status"] == "read"
        })
        .await;
    assert_eq!(seen(&ana, &group).await, all(&[(1, "sent")]), "Bruno has not received it");
    reads(&bruno, &first).await;
    phone.receives_tick(&group, 1, "read").await;
    tablet.receives("the own receipt", |frame| frame["type"] == "status" && frame["userId"] == bruno.id()).await;
    assert_eq!(seen(&ana, &group).await, all(&[(1, "read")]));
    assert_eq!(seen(&bruno, &group).await, all(&[(1, "delivered")]), "Bruno sees no receipts of later messages");
    assert_eq!(receipt_of(&ana, &first, &bruno).await, ("delivered".to_owned(), false));
    assert_eq!(receipt_of(&ana, &first, &carla).await, ("read".to_owned(), true));
    assert_eq!(bruno.listed(&group).await["unreadCount"], 0);

    // Bruno has read nothing of the second one, and it does not wait for him.
    let second = ana.sends(&group, "And this?").await;
    assert_eq!(bruno.acknowledges(&second, "delivered").await.status, 200);
    reads(&carla, &second).await;
    phone.receives_tick(&group, 2, "read").await;

    // Bruno shares again: from then on messages wait for him.
    shares(&bruno).await;
    reads(&bruno, &second).await;
    let third = ana.sends(&group, "Well?").await;
    until_summarised(&ana, &group, 3).await;
    assert_eq!(bruno.acknowledges(&third, "delivered").await.status, 200);
    reads(&carla, &third).await;
    phone.receives_tick(&group, 3, "delivered").await;
    assert_eq!(seen(&ana, &group).await[2].1, "delivered");
    reads(&bruno, &third).await;
    phone.receives_tick(&group, 3, "read").await;
    has_no_read_of_hidden(&mut phone, &bruno).await;
}

/// Bruno's only read receipts are of message 2, which he had not read before, and of message 3.
async fn has_no_read_of_hidden(socket: &mut Socket, reader: &Person) {
    let frames = socket.received_frames().await;
    let hidden = frames.iter().find(|frame| {
        frame["userId"] == reader.id() && frame["status"] == "read" && frame["everyone"] == false && frame["seq"] == 1
    });
    assert_eq!(hidden, None, "{frames:?}");
}

#[tokio::test]
async fn a_message_is_read_by_nobody_if_all_its_recipients_hide_receipts() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let group = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut phone = ana.connects().await;
    set_privacy(&bruno, json!({ "receipts": "contacts" })).await;
    hides(&carla).await;
    let sent = ana.sends(&group, "Hello?").await;
    reads(&bruno, &sent).await;
    reads(&carla, &sent).await;
    phone.receives_tick(&group, 1, "delivered").await;
    // A later message of a recipient changes nothing either.
    carla.sends(&group, "Yes").await;
    until_summarised(&ana, &group, 2).await;
    assert_eq!(seen(&ana, &group).await[0].1, "delivered");
    for reader in [&bruno, &carla] {
        assert_eq!(receipt_of(&ana, &sent, reader).await, ("delivered".to_owned(), false));
        has_no_read_of(&mut phone, reader).await;
    }
}
