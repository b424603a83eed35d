//! The rows and attributes that each function may write. Each test assumes the role of a function and makes calls that
//! IAM must deny. IAM decides before DynamoDB reads a row, so no row is needed. The other tests cover the allowed
//! calls.

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValue, TransactWriteItem, Update};
use paloma::domain::{ChatId, UserId};
use paloma_tests::{Calls, World};
use serde_json::json;

use crate::role::{Role, Row};

pub(crate) fn row<const COUNT: usize>(attributes: [(&str, &str); COUNT]) -> Row {
    attributes.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into()
}

pub(crate) fn chat(chat_id: ChatId) -> Row {
    row([("chatId", &chat_id.to_string())])
}

pub(crate) fn head(chat_id: ChatId) -> Row {
    row([("chatId", &format!("{chat_id}#head"))])
}

pub(crate) fn member(chat_id: ChatId, user: UserId) -> Row {
    row([("chatId", &format!("{chat_id}#{user}"))])
}

pub(crate) fn user(user: UserId) -> Row {
    row([("userId", &user.to_string())])
}

fn socket() -> Row {
    row([("connectionId", "x")])
}

pub(crate) fn message() -> Row {
    row([("messageId", &UserId::random().to_string())])
}

#[tokio::test]
async fn only_create_chat_makes_members_and_it_deletes_none() {
    let world = World::get().await;
    let (chat_id, user_id) = (ChatId::random(), UserId::random());
    let (chat, head, member) = (chat(chat_id), head(chat_id), member(chat_id, user_id));
    let whole = row([("chatId", &format!("{chat_id}#{user_id}")), ("userId", &user_id.to_string())]);
    for function in ["chat-settings", "update-status", "update-summaries", "propagate-status", "push", "send-message"] {
        let role = Role::of(world, function).await;
        for rows in [&chat, &head, &member] {
            role.cannot_update("CHATS", rows, &["userId"]).await;
            role.cannot_update("CHATS", rows, &["participants"]).await;
            role.cannot_delete("CHATS", rows).await;
        }
        role.cannot_update("CHATS", &chat, &["lastMessageTime"]).await;
        role.cannot_put("CHATS", &whole).await;
        role.cannot_batch("CHATS", &member).await;
    }
    let maker = Role::of(world, "create-chat").await;
    maker.cannot_batch("CHATS", &member).await;
    maker.cannot_delete("CHATS", &member).await;
    maker.cannot_put("CHATS", &whole).await;
    maker.cannot_update("CHATS", &head, &["lastSeq"]).await;
}

#[tokio::test]
async fn chat_settings_writes_settings_alone_and_a_mute_makes_no_member() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let (chat_id, user_id): (_, UserId) = (ChatId::random(), ana.id().parse().unwrap());
    let key = member(chat_id, user_id);
    let mute = Role::of(world, "chat-settings").await;
    for attribute in ["deliveredSeq", "readSeq", "pushedSeq", "lastMessageTime", "role"] {
        mute.cannot_update("CHATS", &key, &["mutedUntil", attribute]).await;
        mute.cannot_update("CHATS", &key, &["archivedCount", "unreadSeq", attribute]).await;
    }
    let account = row([("userId", &user_id.to_string())]);
    mute.cannot_update("ACCOUNTS", &account, &["pins", "voidBefore"]).await;
    mute.cannot_update("ACCOUNTS", &row([("userId", "email#ana@example.com")]), &["pins"]).await;
    mute.cannot_update("CHATS", &head(chat_id), &["mutedUntil"]).await;
    let read = mute.client.update_item().table_name(mute.table("CHATS")).set_key(Some(key.clone()));
    let read = read.update_expression("REMOVE mutedUntil").return_values(ReturnValue::AllOld).send().await;
    mute.denied("reading a member by muting", read.map_err(|error| format!("{error:?}")));

    // IAM cannot demand that the row exists.
    let head_of_chat = row([("chatId", &format!("{chat_id}#head"))]);
    mute.updates("CHATS", &key, &["mutedUntil"]).await.unwrap();
    let chats = world.environment(&Calls::default()).chats().unwrap();
    assert!(chats.members(chat_id, &[user_id]).await.unwrap().is_empty(), "a row with a mute alone is no member");
    assert!(chats.membership(chat_id, user_id).await.unwrap().is_none());
    assert!(
        world.dynamodb().get_item().table_name(mute.table("CHATS")).set_key(Some(head_of_chat)).send().await.is_ok()
    );
    ana.get(&format!("/chats/{chat_id}")).await.problem(404);
    ana.put(&format!("/chats/{chat_id}/mute"), json!({ "until": null })).await.problem(404);
    ana.get(&format!("/chats/{chat_id}/messages")).await.problem(404);
}

#[tokio::test]
async fn hide_messages_writes_hidden_messages_alone() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id = ana.chat_with(&bruno).await.parse().unwrap();
    let key = member(chat_id, ana.id().parse().unwrap());
    let hide = Role::of(world, "hide-messages").await;
    for attribute in ["deliveredSeq", "readSeq", "pushedSeq", "lastMessageTime", "role", "windows", "mutedUntil"] {
        hide.cannot_update("CHATS", &key, &["clearedSeq", attribute]).await;
    }
    hide.cannot_update("CHATS", &head(chat_id), &["clearedSeq"]).await;
    hide.updates("CHATS", &key, &["hiddenVersion"]).await.unwrap();
}

#[tokio::test]
async fn a_forged_mute_does_not_prevent_the_chat() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (a, b): (UserId, UserId) = (ana.id().parse().unwrap(), bruno.id().parse().unwrap());
    let mute = Role::of(world, "chat-settings").await;
    mute.updates("CHATS", &member(ChatId::direct(a, b), b), &["mutedUntil"]).await.unwrap();
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "Hello").await;
    assert_eq!(bruno.history(&chat, "").await.len(), 1);
}

#[tokio::test]
async fn each_function_writes_its_own_marks_and_summaries_alone() {
    let world = World::get().await;
    let (chat_id, user_id) = (ChatId::random(), UserId::random());
    let (head, member) = (head(chat_id), member(chat_id, user_id));

    let sender = Role::of(world, "send-message").await;
    sender.cannot_update("CHATS", &member, &["lastSeq"]).await;
    sender.cannot_update("CHATS", &head, &["lastMessage"]).await;
    sender.cannot_update("CHATS", &head, &["lastSeq"]).await; // Allowed in a transaction only.
    sender.cannot_put("MESSAGES", &row([("messageId", "m"), ("content", "x")])).await;
    let stored = |attribute: &str| {
        let row = row([("messageId", "m"), (attribute, "x")]);
        let put = Put::builder().table_name(sender.table("MESSAGES")).set_item(Some(row)).build().unwrap();
        vec![TransactWriteItem::builder().put(put).build()]
    };
    sender.cannot_transact("storing erasedAt", stored("erasedAt")).await;
    sender.cannot_delete("MESSAGES", &message()).await;
    let elsewhere = Update::builder().table_name(sender.table("CHATS")).set_key(Some(member.clone()));
    let elsewhere = elsewhere.update_expression("SET lastSeq = lastSeq").build().unwrap();
    sender
        .cannot_transact(
            "allotting a seq in the row of a member",
            vec![TransactWriteItem::builder().update(elsewhere).build()],
        )
        .await;

    let status = Role::of(world, "update-status").await;
    status.cannot_update("CHATS", &head, &["readSeq"]).await;
    status.cannot_update("CHATS", &member, &["readSeq", "mutedUntil"]).await;
    status.cannot_update("MESSAGES", &message(), &["status"]).await;
    let receipt = row([("messageId", "m"), ("userId", "u")]);
    status.cannot_update("MESSAGE_STATUS", &receipt, &["content"]).await;
    status.cannot_delete("MESSAGE_STATUS", &receipt).await;

    for function in ["update-summaries", "propagate-status"] {
        let role = Role::of(world, function).await;
        role.cannot_update("CHATS", &head, &["lastSeq"]).await;
        role.cannot_update("CHATS", &head, &["participantCount"]).await;
        role.cannot_update("CHATS", &member, &["mutedUntil"]).await;
        role.cannot_update("CHATS", &member, &["lastMessage"]).await;
        for attribute in ["content", "senderId", "seq", "chatId"] {
            role.cannot_update("MESSAGES", &message(), &["status", attribute]).await;
        }
    }
    let propagate_status = Role::of(world, "propagate-status").await;
    propagate_status.cannot_update("CHATS", &head, &["lastMessage"]).await;

    let push = Role::of(world, "push").await;
    push.cannot_update("CHATS", &member, &["readSeq"]).await;
    push.cannot_update("CHATS", &head, &["pushedSeq"]).await;

    let relay = Role::of(world, "relay").await;
    relay.cannot_read("CHATS", &member).await;
    relay.cannot_read("CHATS", &chat(chat_id)).await;
}

#[tokio::test]
async fn functions_of_sockets_change_no_owner_and_forge_no_ticket() {
    let world = World::get().await;
    let user_id = UserId::random();
    for function in ["connections", "track-presence", "watch-presence"] {
        let role = Role::of(world, function).await;
        role.cannot_update("CONNECTIONS", &socket(), &["userId"]).await;
        role.cannot_update("CONNECTIONS", &socket(), &["ttl"]).await;
        role.cannot_update("TICKETS", &row([("ticket", "t")]), &["userId"]).await;
        role.cannot_put("TICKETS", &row([("ticket", "t"), ("userId", "u")])).await;
        role.cannot_read("TICKETS", &row([("ticket", "t")])).await;
        role.cannot_update("ACCOUNTS", &user(user_id), &["suspendedAt"]).await;
        role.cannot_update("ACCOUNTS", &user(user_id), &["grant"]).await;
    }
    // Of these functions, track-presence alone ends sessions.
    for function in ["connections", "watch-presence"] {
        let role = Role::of(world, function).await;
        role.cannot_update("ACCOUNTS", &user(user_id), &["voidBefore"]).await;
    }
    for function in ["track-presence", "watch-presence"] {
        let role = Role::of(world, function).await;
        role.cannot_put("CONNECTIONS", &row([("connectionId", "x"), ("userId", "u")])).await;
        role.cannot_read("USERS", &user(user_id)).await;
        for attribute in ["email", "name", "erasedAt"] {
            role.cannot_update("USERS", &user(user_id), &["online", attribute]).await;
        }
    }
}

#[tokio::test]
async fn each_function_charges_its_own_buckets_and_ends_no_sessions() {
    let world = World::get().await;
    let account = user(UserId::random());
    for function in ["profile", "people", "create-chat", "devices", "issue-ticket", "account", "update-summaries"] {
        let role = Role::of(world, function).await;
        // Account suspends and grants for operators, and charges the bucket of passwords.
        let foreign: &[&str] =
            if function == "account" { &["sendFullAt"] } else { &["suspendedAt", "grant", "passwordsFullAt"] };
        for attribute in foreign {
            role.cannot_update("ACCOUNTS", &account, &[attribute]).await;
        }
        role.cannot_update("ACCOUNTS", &row([("userId", "email#a@example.com")]), &["ownerId"]).await;
        role.cannot_put("ACCOUNTS", &account).await;
        role.cannot_delete("ACCOUNTS", &account).await;
    }
    let sender = Role::of(world, "send-message").await;
    sender.cannot_update("ACCOUNTS", &account, &["sendFullAt"]).await;
}

#[tokio::test]
async fn queues_and_topics_reject_plain_http() {
    let world = World::get().await;
    let environment = world.environment_of("send-message").await;
    let sqs = environment.sqs();
    let send = || sqs.send_message().queue_url(world.queue("summaries")).message_body("x");
    // The engine has no TLS. This header marks the request as plain HTTP.
    let plain = send()
        .customize()
        .mutate_request(|request| _ = request.headers_mut().insert("x-forwarded-proto", "http"))
        .send()
        .await;
    let error = format!("{:?}", plain.expect_err("plain HTTP must be denied"));
    assert!(error.contains("AccessDenied"), "{error}");

    let sns = aws_sdk_sns::Client::new(world.environment(&Calls::default()).aws());
    let topics = sns.list_topics().send().await.unwrap().topics.unwrap_or_default();
    let topics: Vec<_> = topics.iter().filter_map(|topic| topic.topic_arn()).collect();
    assert_eq!(topics.len(), 2, "{topics:?}");
    for topic in topics {
        let plain = sns
            .publish()
            .topic_arn(topic)
            .message("x")
            .customize()
            .mutate_request(|request| _ = request.headers_mut().insert("x-forwarded-proto", "http"))
            .send()
            .await;
        let error = format!("{:?}", plain.expect_err("plain HTTP must be denied"));
        assert!(error.contains("AuthorizationError"), "{topic}: {error}");
    }
}
