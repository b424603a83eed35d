//! The flow of the system that Paloma replaces, as its README describes it.
//!
//! *Send a message*: store it, update the chat, look up the connections, post to them. *Update a status*: store it in
//! MessageStatus, update `Message.status`, post to the sender. Each is one REST call and one invocation.
//!
//! It does not do: idempotency (a retry sends twice), an order (two clocks, one timestamp), replay (a frame that is
//! lost stays lost, and so does the rest of a flow that stopped), a status of a group (the last receipt wins), pushes,
//! unread counts per message, limits, ended sessions, membership, events, a record of failures.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::designs::{Caller, Functions, Members, now, number, text};

const CONNECTIONS: &str = "seed-connections";

/// Stores the chat: one row with its participants and their unread counts.
pub async fn create(functions: &Functions, members: &Members) {
    let participants: Vec<_> = members.recipients.iter().chain([&members.sender]).collect();
    let unread = participants.iter().map(|user| ((*user).clone(), number(0))).collect();
    let row = [
        ("chatId", text(&members.chat)),
        ("participants", AttributeValue::L(participants.iter().map(|user| text(user)).collect())),
        ("unreadCount", AttributeValue::M(unread)),
        ("createdAt", now()),
    ];
    functions.send.put("seed-chats", row).await;
}

pub async fn send(function: &Caller, members: &Members, message: &str) {
    let row = [
        ("messageId", text(message)),
        ("chatId", text(&members.chat)),
        ("senderId", text(&members.sender)),
        ("content", text("Hello")),
        ("timestamp", now()),
        ("status", text("sent")),
        ("createdAt", now()),
    ];
    function.put("seed-messages", row).await;
    let last = [("content".to_owned(), text("Hello")), ("senderId".to_owned(), text(&members.sender))];
    let update = function.client.update_item().table_name("seed-chats").key("chatId", text(&members.chat));
    let update = update
        .update_expression("SET lastMessage = :last, lastMessageTime = :time")
        .expression_attribute_values(":last", AttributeValue::M(last.into()))
        .expression_attribute_values(":time", now())
        .return_values(ReturnValue::AllNew);
    let chat = update.send().await.expect("the chat").attributes.expect("its row");
    let participants = chat["participants"].as_l().expect("a list");
    let recipients = participants.iter().filter_map(|user| user.as_s().ok()).filter(|user| **user != members.sender);
    function.post(CONNECTIONS, &recipients.cloned().collect::<Vec<_>>()).await;
}

pub async fn acknowledge(function: &Caller, message: &str, reader: &str, status: &str) {
    let row = [("messageId", text(message)), ("userId", text(reader)), ("status", text(status)), ("timestamp", now())];
    function.put("seed-message-status", row).await;
    let update = function.client.update_item().table_name("seed-messages").key("messageId", text(message));
    let update = update
        .update_expression("SET #status = :status")
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":status", text(status))
        .return_values(ReturnValue::AllNew);
    let message = update.send().await.expect("the message").attributes.expect("its row");
    function.post(CONNECTIONS, &[message["senderId"].as_s().expect("a sender").clone()]).await;
}
