//! DynamoDB removes messages at the end of their time, in any order.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use paloma::domain::Body;
use paloma_tests::{Calls, World, until};
use reactions::SetReactions;
use send_message::SendMessage;
use serde_json::json;

use crate::export::{exported, of_kind};
use crate::message_changes::page;
use crate::retention::{OldChat, body, kept, request, seqs};

type Row = HashMap<String, AttributeValue>;

fn ttl(row: &Row) -> Option<u64> {
    row.get("ttl").map(|ttl| ttl.as_n().unwrap().parse().unwrap())
}

#[tokio::test]
async fn only_with_a_limit_the_rows_of_messages_and_reactions_say_when_they_are_removed() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    for days in ["3", "0"] {
        let calls = Calls::default();
        let environment = kept(days, &calls).await;
        let new = json!({ "content": "Hello", "clientMessageId": format!("kept-{days}") });
        let sending = request(&ana, "POST /chats/{chatId}/messages", &json!({ "chatId": chat }), (json!({}), new));
        let sent = body(SendMessage::new(&environment).unwrap().answer(sending).await.unwrap());
        assert_eq!(calls.made(), ["BatchGetItem", "TransactWriteItems", "SendMessage", "SendMessage"]);
        let path = json!({ "messageId": sent["messageId"] });
        let emoji = (json!({}), json!({ "emoji": "👍" }));
        let reacting = request(&bruno, "PUT /messages/{messageId}/reaction", &path, emoji);
        SetReactions::new(&environment).unwrap().answer(reacting).await.unwrap();
        let id = sent["messageId"].as_str().unwrap();
        let message = world.row("messages", "messageId", id).await.unwrap();
        let reaction = world.dynamodb().get_item().table_name(&world.description().tables["reactions"]);
        let reaction = reaction.key("messageId", AttributeValue::S(id.to_owned()));
        let reaction = reaction.key("userId", AttributeValue::S(bruno.id().to_owned())).send().await.unwrap();
        let removal = (days == "3").then(|| sent["timestamp"].as_u64().unwrap() / 1_000 + 3 * 86_400 + 1);
        assert_eq!((ttl(&message), ttl(&reaction.item.unwrap())), (removal, removal), "{days} days");
    }
}

/// Rows that were written under a limit are removed in any order, also after the limit was raised or ended.
#[tokio::test]
async fn without_a_limit_pages_receipts_and_exports_pass_messages_that_were_removed() {
    let world = World::get().await;
    let old = OldChat::new(6).await;
    let last = old.message(10).await;
    for seq in [1, 2, 3, 5] {
        let id = old.message(seq).await["messageId"].as_str().unwrap().to_owned();
        let delete = world.dynamodb().delete_item().table_name(&world.description().tables["messages"]);
        delete.key("messageId", AttributeValue::S(id)).send().await.unwrap();
    }
    let kept = [4, 6, 7, 8, 9, 10];
    until("the index", async || (old.bruno.history(&old.chat, "").await.len() == kept.len()).then_some(())).await;
    let newest = page(&old.bruno, &old.chat, "").await;
    assert_eq!((seqs(&newest["messages"]), &newest["hasMore"]), (kept.to_vec(), &json!(false)), "{newest}");
    assert_eq!(newest["windows"], json!([{ "from": 4 }]), "the client asks for no earlier ones");
    for (query, expected) in [("?after=0", &kept[..]), ("?after=4&limit=2", &kept[1..3]), ("?before=6", &kept[..1])] {
        assert_eq!(seqs(&page(&old.bruno, &old.chat, query).await["messages"]), expected, "{query}");
    }
    let sent = old.ana.sends(&old.chat, "Are you back?").await;
    assert_eq!(old.bruno.acknowledges(&sent, "read").await.status, 200);
    for message in [&old.message(7).await, &old.message(9).await, &sent] {
        let id = message["messageId"].as_str().unwrap();
        until("the status", async || (world.stored_status(id).await == "read").then_some(())).await;
    }
    assert_eq!(last["seq"], 10);
    let lines = exported(&old.ana).await;
    let sent: Vec<_> = of_kind(&lines, "message").iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    assert_eq!(sent, [7, 9, 11]);
    assert!(matches!(old.stored(4).await.body, Body::Content(_)));
}
