//! A user's receipts and settings reach the other devices of that user.

use paloma_tests::{Person, Socket, World};
use serde_json::{Value, json};

async fn own_status(device: &mut Socket, person: &Person, status: &str, seq: u64) -> Value {
    device
        .receives(&format!("own {status} up to {seq}"), |frame| {
            frame["type"] == "status"
                && frame["userId"] == person.id()
                && frame["everyone"] == false
                && frame["status"] == status
                && frame["seq"] == seq
        })
        .await
}

#[tokio::test]
async fn a_receipt_reaches_the_other_sockets_of_the_reader_and_not_the_sending_one() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let silent: Vec<_> = world.silent_people(40).await.iter().map(ToString::to_string).collect();
    let many: Vec<_> = silent.iter().map(String::as_str).chain([bruno.id()]).collect();
    let direct = ana.chat_with(&bruno).await;
    let (small, large) = (ana.group_with(&[bruno.id(), many[0]]).await, ana.group_with(&many).await);
    let (mut phone, mut laptop) = (bruno.connects().await, bruno.connects().await);
    let mut ana_socket = ana.connects().await;
    for chat in [&direct, &small, &large] {
        ana.sends(chat, "Read this").await;
        for device in [&mut phone, &mut laptop] {
            device.receives_message(chat, 1).await;
        }
        for status in ["delivered", "read"] {
            phone.request_ok(json!({ "action": "updateStatus", "chatId": chat, "seq": 1, "status": status })).await;
            let received = own_status(&mut laptop, &bruno, status, 1).await;
            assert_eq!(received["chatId"], **chat);
        }
    }
    // A receipt over REST reaches all sockets.
    let sent = ana.sends(&direct, "And this").await;
    bruno.acknowledges(&sent, "read").await;
    for device in [&mut phone, &mut laptop] {
        own_status(device, &bruno, "read", 2).await;
    }
    let received = phone.received_frames().await;
    let own = received.iter().filter(|frame| frame["type"] == "status" && frame["userId"] == bruno.id());
    assert_eq!(own.collect::<Vec<_>>(), Vec::<&Value>::new(), "receipts of this socket");
    ana_socket.receives_tick(&direct, 2, "read").await;
    let received = ana_socket.received_frames().await;
    let of_large = received.iter().filter(|frame| frame["type"] == "status" && frame["chatId"] == large);
    assert_eq!(of_large.count(), 0, "in groups above 32 members, the sender gets no frame for one reader");
}

#[tokio::test]
async fn settings_reach_all_sockets_of_the_user_and_no_others() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (mut phone, mut laptop, mut ana_socket) =
        (bruno.connects().await, bruno.connects().await, ana.connects().await);
    let until = paloma::domain::Timestamp::now().as_millis() + 3_600_000;
    bruno.put(&format!("/chats/{chat}/mute"), json!({ "until": until })).await;
    bruno.put(&format!("/chats/{chat}/mute"), json!({ "until": null })).await;
    bruno.put("/me", json!({ "name": "Bruno the second" })).await;
    bruno.put("/me", json!({ "avatar": "https://example.com/bruno.png" })).await;
    let expected = [
        json!({ "type": "settings", "chat": { "chatId": chat, "mutedUntil": until } }),
        json!({ "type": "settings", "chat": { "chatId": chat, "mutedUntil": null } }),
        json!({ "type": "settings", "profile": { "name": "Bruno the second", "avatar": null } }),
        json!({
            "type": "settings",
            "profile": { "name": "Bruno the second", "avatar": "https://example.com/bruno.png" },
        }),
    ];
    for device in [&mut phone, &mut laptop] {
        for frame in &expected {
            device.receives(&frame.to_string(), |received| received == frame).await;
        }
    }
    let received = ana_socket.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] != "settings"), "{received:?}");
}
