//! The rows of users and of blocks that each function may write, like `bounded`.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use paloma::domain::{ChatId, UserId};
use paloma_tests::World;

use crate::bounded::{chat, head, member, message, row, user};
use crate::role::Role;

#[tokio::test]
async fn only_their_functions_create_change_and_erase_profiles() {
    let world = World::get().await;
    let user_id = UserId::random();
    let key = user(user_id);
    let whole = row([("userId", &user_id.to_string()), ("email", "a@example.com")]);

    let login = Role::of(world, "authenticate").await;
    login.cannot_put("USERS", &whole).await;
    login.cannot_delete("USERS", &key).await;
    login.cannot_put("ACCOUNTS", &key).await;
    login.cannot_delete("ACCOUNTS", &key).await;
    let put = Put::builder().table_name(login.table("USERS")).set_item(Some(whole.clone())).build().unwrap();
    login.cannot_transact("overwriting a user", vec![TransactWriteItem::builder().put(put).build()]).await;
    for attribute in ["erasedAt", "avatar", "online", "lastSeen"] {
        login.cannot_update("USERS", &key, &["name", attribute]).await;
    }
    for attribute in ["suspendedAt", "grant", "sendFullAt"] {
        login.cannot_update("ACCOUNTS", &key, &["createdAt", attribute]).await;
    }
    login.cannot_update("ACCOUNTS", &row([("userId", "email#a@example.com")]), &["ownerId"]).await;
    login.cannot_put("ACCOUNTS", &row([("userId", &user_id.to_string()), ("ownerId", "x")])).await;

    let profile = Role::of(world, "profile").await;
    for attribute in ["email", "erasedAt", "online"] {
        profile.cannot_update("USERS", &key, &["name", attribute]).await;
    }
    profile.cannot_put("USERS", &whole).await;

    let eraser = Role::of(world, "erase-account").await;
    eraser.cannot_put("USERS", &whole).await;
    let (chat_id, elsewhere) = (ChatId::random(), row([("userId", "limits#a@example.com")]));
    eraser.cannot_delete("CHATS", &head(chat_id)).await;
    eraser.cannot_delete("CHATS", &chat(chat_id)).await;
    eraser.cannot_delete("ACCOUNTS", &elsewhere).await;
    eraser.cannot_update("CHATS", &head(chat_id), &["lastSeq"]).await;
    eraser.cannot_update("CHATS", &member(chat_id, user_id), &["readSeq"]).await;
    eraser.cannot_update("MESSAGES", &message(), &["seq"]).await;
    eraser.cannot_update("REPORTS", &row([("reportId", "r")]), &["reportedAt"]).await;
    eraser.cannot_delete("REPORTS", &row([("reportId", "r")])).await;
    eraser.cannot_batch("MESSAGE_STATUS", &row([("messageId", "m"), ("userId", "u")])).await;
}

#[tokio::test]
async fn people_writes_blocks_and_the_rows_of_blockers_in_transactions_alone() {
    let world = World::get().await;
    let (role, chat_id, user_id) = (Role::of(world, "people").await, ChatId::random(), UserId::random());
    role.cannot_update("CHATS", &head(chat_id), &["lastSeq"]).await;
    role.cannot_update("CHATS", &member(chat_id, user_id), &["readSeq"]).await;
    role.cannot_put("CHATS", &chat(chat_id)).await;
    role.cannot_delete("CHATS", &head(chat_id)).await;
    role.cannot_put("BLOCKS", &row([("userId", "u"), ("blockedId", "b")])).await;
    role.cannot_delete("BLOCKS", &row([("userId", "u"), ("blockedId", "b")])).await;
    let report = row([("reportId", "r")]);
    role.cannot_update("REPORTS", &report, &["reason"]).await;
    role.cannot_delete("REPORTS", &report).await;
    role.cannot_put("REPORTS", &row([("reportId", "r"), ("resolution", "x")])).await;
}
