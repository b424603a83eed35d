//! Two users with two sockets each use the whole pipeline.

use paloma_tests::{World, until};
use serde_json::json;

#[tokio::test]
async fn a_message_and_its_receipts_reach_every_device() {
    let [ana, bruno] = World::get().await.people().await;
    let (mut ana_phone, mut ana_laptop) = (ana.connects().await, ana.connects().await);
    let (mut bruno_phone, mut bruno_laptop) = (bruno.connects().await, bruno.connects().await);
    let chat = ana.chat_with(&bruno).await;

    // Ana sends over REST: all four sockets receive the message.
    let first = ana.sends(&chat, "Hello over REST").await;
    assert_eq!(first["seq"], 1);
    for device in [&mut ana_phone, &mut ana_laptop, &mut bruno_phone, &mut bruno_laptop] {
        let received = device.receives_message(&chat, 1).await;
        assert_eq!(received["content"], "Hello over REST");
        assert_eq!(received["senderId"], ana.id());
        assert_eq!(received["messageId"], first["messageId"]);
    }

    // Ana sends over a socket: it gets the answer, and the three others receive the message.
    let frame =
        json!({ "action": "sendMessage", "chatId": chat, "content": "Hello over a socket", "clientMessageId": "two" });
    let second = ana_phone.request_ok(frame).await;
    assert_eq!(second["seq"], 2);
    assert_eq!(second["clientMessageId"], "two");
    for device in [&mut ana_laptop, &mut bruno_phone, &mut bruno_laptop] {
        assert_eq!(device.receives_message(&chat, 2).await["content"], "Hello over a socket");
    }

    // Bruno has two unread messages. Own messages never count, so Ana has none.
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 2);
    assert_eq!(ana.listed(&chat).await["unreadCount"], 0);
    until("the summary", async || {
        let listed = bruno.listed(&chat).await;
        (listed["lastMessage"]["content"] == "Hello over a socket" && listed["lastMessage"]["seq"] == 2).then_some(())
    })
    .await;

    // Bruno's phone sends `delivered` for both, then Bruno sends `read`: the ticks move on every device of Ana.
    let marks = bruno_phone
        .request_ok(json!({ "action": "updateStatus", "chatId": chat, "seq": 2, "status": "delivered" }))
        .await;
    assert_eq!(marks["unreadCount"], 2);
    for device in [&mut ana_phone, &mut ana_laptop] {
        device.receives_tick(&chat, 2, "delivered").await;
    }
    let answer = bruno.acknowledges(&second, "read").await;
    assert_eq!((answer.status, &answer.body["unreadCount"]), (200, &json!(0)));
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
    for device in [&mut ana_phone, &mut ana_laptop] {
        device.receives_tick(&chat, 2, "read").await;
    }
    let history = ana.history(&chat, "").await;
    assert_eq!(history.iter().map(|message| &message["status"]).collect::<Vec<_>>(), ["read", "read"]);

    // The socket that sent the second message did not receive it as a message frame.
    let received = ana_phone.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] != "message"), "{received:?}");
}
