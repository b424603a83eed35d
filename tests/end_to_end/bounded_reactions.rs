//! The functions of reactions write reactions and their summary, and nothing else.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use paloma::domain::{ChatId, UserId};
use paloma_tests::World;

use crate::bounded::{head, member, message, row};
use crate::role::Role;

#[tokio::test]
async fn reactions_writes_reactions_and_buckets_and_touches_no_message() {
    let world = World::get().await;
    let (chat_id, user_id) = (ChatId::random(), UserId::random());
    let role = Role::of(world, "reactions").await;
    role.cannot_update("MESSAGES", &message(), &["reactions"]).await;
    role.cannot_update("CHATS", &head(chat_id), &["changeSeq"]).await;
    role.cannot_update("CHATS", &member(chat_id, user_id), &["readSeq"]).await;
    role.cannot_delete("MESSAGES", &message()).await;
    role.cannot_put("CHANGES", &row([("chatId", &chat_id.to_string())])).await;
    let account = row([("userId", &user_id.to_string())]);
    role.cannot_update("ACCOUNTS", &account, &["sendFullAt", "voidBefore"]).await;
    let reaction = row([("messageId", "m"), ("userId", &user_id.to_string())]);
    role.cannot_read("REACTIONS", &reaction).await;
    role.cannot_update("REACTIONS", &reaction, &["emoji"]).await;
    role.cannot_batch("REACTIONS", &reaction).await;
}

#[tokio::test]
async fn summarise_reactions_writes_the_summary_in_a_transaction_alone() {
    let world = World::get().await;
    let (chat_id, user_id) = (ChatId::random(), UserId::random());
    let role = Role::of(world, "summarise-reactions").await;
    role.cannot_update("MESSAGES", &message(), &["reactions"]).await; // Allowed in a transaction only.
    role.cannot_update("CHATS", &head(chat_id), &["changeSeq"]).await;
    role.cannot_read("CHATS", &member(chat_id, user_id)).await;
    role.cannot_read("ACCOUNTS", &row([("userId", &user_id.to_string())])).await;
    role.cannot_put("REACTIONS", &row([("messageId", "m"), ("userId", "u"), ("emoji", "👍")])).await;
    let set = |table: &str, key, attribute: &str| {
        let update = Update::builder().table_name(role.table(table)).set_key(Some(key));
        let update = update.update_expression(format!("SET {attribute} = {attribute}")).build().unwrap();
        vec![TransactWriteItem::builder().update(update).build()]
    };
    for attribute in ["content", "editedAt", "deletedBy", "senderId", "seq"] {
        role.cannot_transact(attribute, set("MESSAGES", message(), attribute)).await;
    }
    for attribute in ["lastSeq", "lastMessage", "changedSeq", "deleted"] {
        role.cannot_transact(attribute, set("CHATS", head(chat_id), attribute)).await;
    }
    role.cannot_transact("a member", set("CHATS", member(chat_id, user_id), "changeSeq")).await;
}
