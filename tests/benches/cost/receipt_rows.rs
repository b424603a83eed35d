//! The design that many chat systems begin with: each receipt of each member is a row, the status of a message is
//! counted by reading its rows, and each member has a row with an unread count, which moves with every message.
//!
//! It is given a `seq` and an idempotent put, which the seed lacks. It does not do: replay (a flow that stopped leaves
//! some members without the message, and their counts wrong), a sequence without gaps, receipts for several messages at
//! once, pushes, limits, ended sessions, events, a record of failures.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use futures::StreamExt;

use crate::designs::{Caller, Functions, Members, now, number, text};

const CONNECTIONS: &str = "rows-connections";
/// Requests under way at once.
const AT_ONCE: usize = 16;

/// Stores the chat: a small row that every message updates, and a row with the participants.
pub async fn create(functions: &Functions, members: &Members) {
    let participants = members.recipients.iter().chain([&members.sender]).map(|user| text(user)).collect();
    functions.send.put("rows-chats", [("chatId", text(&members.chat)), ("lastSeq", number(0))]).await;
    let key = format!("{}#members", members.chat);
    functions.send.put("rows-chats", [("chatId", text(&key)), ("participants", AttributeValue::L(participants))]).await;
}

pub async fn send(function: &Caller, members: &Members, message: &str) {
    let (client, chat) = (&function.client, &members.chat);
    let read = client.get_item().table_name("rows-chats").key("chatId", text(&format!("{chat}#members")));
    let row = read.send().await.expect("the members").item.expect("a row");
    let participants: Vec<_> = row["participants"].as_l().unwrap().iter().map(|user| user.as_s().unwrap()).collect();
    assert!(participants.contains(&&members.sender), "only members may send");
    let update = client.update_item().table_name("rows-chats").key("chatId", text(chat));
    let update = update
        .update_expression("SET lastMessage = :content, lastMessageTime = :time ADD lastSeq :one")
        .expression_attribute_values(":content", text("Hello"))
        .expression_attribute_values(":time", now())
        .expression_attribute_values(":one", number(1))
        .return_values(ReturnValue::UpdatedNew);
    let head = update.send().await.expect("the head").attributes.expect("its attributes");
    let put = client.put_item().table_name("rows-messages").item("messageId", text(message));
    let put = put.item("chatId", text(chat)).item("seq", head["lastSeq"].clone()).item("content", text("Hello"));
    let put = put.item("senderId", text(&members.sender)).item("status", text("sent")).item("createdAt", now());
    put.condition_expression("attribute_not_exists(messageId)").send().await.expect("a new message");
    let moves = participants.iter().map(|user| move_up(function, chat, user, u64::from(**user != members.sender)));
    futures::stream::iter(moves).buffer_unordered(AT_ONCE).for_each(async |()| {}).await;
    function.post(CONNECTIONS, &members.recipients).await;
}

/// Moves the chat up in the list of a member, and adds to the unread messages there.
async fn move_up(function: &Caller, chat: &str, user: &str, unread: u64) {
    let update = function.client.update_item().table_name("rows-lists");
    let update = update.key("userId", text(user)).key("chatId", text(chat));
    let update = update
        .update_expression("SET lastMessageTime = :time ADD unread :unread")
        .expression_attribute_values(":time", now())
        .expression_attribute_values(":unread", number(unread));
    update.send().await.expect("a row of the list");
}

pub async fn acknowledge(function: &Caller, members: &Members, message: &str, reader: &str, status: &str) {
    let client = &function.client;
    let receipt = format!("{status}#{reader}");
    function.put("rows-receipts", [("messageId", text(message)), ("receipt", text(&receipt)), ("at", now())]).await;
    if status == "read" {
        let update = client.update_item().table_name("rows-lists").key("userId", text(reader));
        let update = update.key("chatId", text(&members.chat)).update_expression("SET unread = :none");
        update.expression_attribute_values(":none", number(0)).send().await.expect("a row of the list");
    }
    let query = client.query().table_name("rows-receipts").consistent_read(true);
    let query = query
        .key_condition_expression("messageId = :message AND begins_with(receipt, :status)")
        .expression_attribute_values(":message", text(message))
        .expression_attribute_values(":status", text(&format!("{status}#")));
    if query.send().await.expect("the receipts").items().len() < members.recipients.len() {
        return;
    }
    let update = client.update_item().table_name("rows-messages").key("messageId", text(message));
    let update = update.update_expression("SET #status = :status").expression_attribute_names("#status", "status");
    update.expression_attribute_values(":status", text(status)).send().await.expect("the message");
    function.post(CONNECTIONS, std::slice::from_ref(&members.sender)).await;
}
