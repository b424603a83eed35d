//! The list of blocks, blocks before a chat, invalid requests, erasure and export.

use paloma::domain::{ChatId, UserId};
use paloma_tests::{Calls, World, until};
use serde_json::{Value, json};

use crate::blocks::{block, seen, unblock};
use crate::erase::erased;
use crate::export::exported;
use crate::presence::id;

#[tokio::test]
async fn blocks_are_listed_with_profiles_and_repetitions_change_nothing() {
    let [ana, bruno, carla] = World::get().await.people().await;
    for _ in 0..2 {
        block(&ana, bruno.id()).await;
        block(&ana, carla.id()).await;
    }
    let mut expected = [&bruno, &carla].map(|person| (person.id().to_owned(), person.user.email.clone()));
    expected.sort();
    let first = ana.get("/blocks?limit=1").await.body;
    assert_eq!(first["blocks"][0]["userId"], expected[0].0);
    assert_eq!(Some(first["blocks"][0]["name"].as_str().unwrap()), expected[0].1.split('@').next());
    assert!(first["blocks"][0]["blockedAt"].is_u64(), "{first}");
    let cursor = first["cursor"].as_str().unwrap();
    let second = ana.get(&format!("/blocks?limit=1&cursor={cursor}")).await.body;
    assert_eq!((&second["blocks"][0]["userId"], &second["cursor"]), (&json!(expected[1].0), &Value::Null));
    assert_eq!(bruno.get("/blocks").await.body, json!({ "blocks": [] }), "the blocked user sees nothing");

    for _ in 0..2 {
        unblock(&ana, bruno.id()).await;
        unblock(&ana, carla.id()).await;
    }
    assert_eq!(ana.get("/blocks").await.body, json!({ "blocks": [] }));
}

#[tokio::test]
async fn invalid_blocks_get_clear_problems_and_change_nothing() {
    let [ana, bruno] = World::get().await.people().await;
    erased(&bruno).await;
    assert_eq!(ana.put(&format!("/blocks/{}", ana.id()), json!({})).await.problem(400), ["userId"]);
    for unknown in [UserId::random().to_string().as_str(), bruno.id(), "ana"] {
        let answer = ana.put(&format!("/blocks/{unknown}"), json!({})).await;
        assert_eq!(answer.problem(404), Vec::<String>::new());
        assert!(answer.text("detail").contains("no such user"), "{answer:?}");
    }
    assert_eq!(ana.delete(&format!("/blocks/{}", ana.id())).await.problem(400), ["userId"]);
    for nobody in [bruno.id(), UserId::random().to_string().as_str()] {
        assert_eq!(ana.delete(&format!("/blocks/{nobody}")).await.status, 204);
    }
    assert_eq!(ana.get("/blocks?limit=0").await.problem(400), ["limit"]);
    assert_eq!(ana.get("/blocks?cursor=x").await.problem(400), ["cursor"]);
    assert_eq!(ana.get("/blocks").await.body, json!({ "blocks": [] }));
}

#[tokio::test]
async fn a_chat_that_begins_during_a_block_appears_with_the_end_of_the_block() {
    let [ana, bruno] = World::get().await.people().await;
    let mut socket = ana.connects().await;
    block(&ana, bruno.id()).await;
    let chat = bruno.chat_with(&ana).await;
    bruno.sends(&chat, "hidden").await;
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.status, 404);
    assert_eq!(ana.get("/chats").await.body["chats"], json!([]));
    let create = json!({ "type": "direct", "participants": [bruno.id()] });
    assert_eq!(ana.post("/chats", create.clone()).await.problem(403), Vec::<String>::new());

    unblock(&ana, bruno.id()).await;
    assert_eq!(ana.post("/chats", create).await.status, 200);
    bruno.sends(&chat, "visible").await;
    assert_eq!(socket.receives_message(&chat, 2).await["content"], "visible");
    assert_eq!(seen(&ana, &chat).await, [(2, "sent".to_owned())]);
    assert_eq!(ana.listed(&chat).await["unreadCount"], 1);
    let received = socket.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] == "settings"), "{received:?}");
}

/// A chat without a message leaves the blocker's list, and comes back.
#[tokio::test]
async fn an_empty_chat_is_away_during_a_block() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = bruno.chat_with(&ana).await;
    block(&ana, bruno.id()).await;
    assert_eq!(ana.get("/chats").await.body["chats"], json!([]));
    assert_eq!(bruno.listed(&chat).await["chatId"], *chat);
    unblock(&ana, bruno.id()).await;
    assert_eq!(ana.listed(&chat).await.get("windows"), None, "nothing was hidden");
    bruno.sends(&chat, "Hello").await;
    assert_eq!(seen(&ana, &chat).await.len(), 1);
}

#[tokio::test]
async fn both_users_may_block_each_other() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "Hello").await;
    block(&ana, bruno.id()).await;
    block(&bruno, ana.id()).await;
    let send = json!({ "content": "x", "clientMessageId": "x" });
    for person in [&ana, &bruno] {
        assert_eq!(person.post(&format!("/chats/{chat}/messages"), send.clone()).await.status, 403);
    }
    unblock(&ana, bruno.id()).await;
    ana.sends(&chat, "Are you there?").await;
    assert_eq!(seen(&bruno, &chat).await.len(), 1, "Bruno's block hides it");
    unblock(&bruno, ana.id()).await;
    ana.sends(&chat, "And now?").await;
    assert_eq!(seen(&bruno, &chat).await.len(), 2);
}

#[tokio::test]
async fn an_export_lists_the_blocks_and_an_erasure_removes_them() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    block(&ana, bruno.id()).await;
    block(&carla, ana.id()).await;
    // Ana has no row in this chat.
    let chat = bruno.chat_with(&ana).await;
    bruno.sends(&chat, "hidden").await;
    let lines = exported(&ana).await;
    let blocks: Vec<_> = lines.iter().filter(|line| line["kind"] == "block").collect();
    assert_eq!((blocks.len(), &blocks[0]["userId"]), (1, &json!(bruno.id())), "a block of Ana by others is theirs");
    assert!(blocks[0]["blockedAt"].is_u64());

    erased(&ana).await;
    let stored = world.environment(&Calls::default()).blocks().unwrap().of_user(id(&ana)).await.unwrap();
    assert_eq!(stored, []);
    let chat_id: ChatId = chat.parse().unwrap();
    until("the erasure in the chat", async || {
        let head = world.environment(&Calls::default()).chats().unwrap().head(chat_id).await.unwrap().unwrap();
        head.roster.erased().contains(&id(&ana)).then_some(())
    })
    .await;
    assert_eq!(bruno.listed(&chat).await["erased"], json!([ana.id()]));
    assert_eq!(carla.get("/blocks").await.body, json!({ "blocks": [] }), "an erased user is not listed");
    unblock(&carla, ana.id()).await;
}
