//! The right to be forgotten: what is left of somebody whose account was erased, for them and for everybody else.

use paloma_tests::{Device, Ended, Execution, Person, Phone, World, until};
use serde_json::{Value, json};

/// Erases somebody, without waiting long for what is under way.
async fn erased(person: &Person) -> Ended {
    let input = json!({ "userId": person.id(), "sweepAfterSeconds": 1 });
    let ended = Execution::start(World::get().await, "eraseAccount", input).await.ended().await;
    assert!(ended.succeeded, "{ended:?}");
    ended
}

/// What everybody else may still see of a message of theirs.
fn assert_redacted(message: &Value) {
    assert_eq!(message["content"], Value::Null, "{message}");
    assert!(message["erasedAt"].is_u64() && message["messageId"].is_string(), "{message}");
}

async fn summarised(person: &Person, chat: &str, seq: u64) {
    until("the summary", async || (person.listed(chat).await["lastMessage"]["seq"] == seq).then_some(())).await;
}

/// Waits until a socket has ended.
async fn closed(mut socket: Device) {
    until("the socket to close", async || socket.is_closed().await.then_some(())).await;
}

#[tokio::test]
async fn erase_leaves_the_others_a_gapless_history_with_right_marks_and_nothing_that_was_said() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let direct = ana.chat_with(&bruno).await;
    let mut socket = bruno.connect().await;
    ana.say(&direct, "A secret for Bruno").await;
    bruno.say(&direct, "Mine stays").await;
    let hers = bruno.say(&chat, "From Bruno").await;
    carla.receipt(&hers, "read").await;
    ana.say(&chat, "From Ana").await;
    ana.say(&chat, "From Ana again").await;
    let last = carla.say(&chat, "From Carla").await;
    // Ana has neither received nor read it: she holds the lowest marks.
    bruno.receipt(&last, "read").await;
    ana.say(&direct, "The last secret").await;
    summarised(&bruno, &direct, 3).await;

    let ended = erased(&ana).await;

    assert_eq!(ended.output["removed"]["messages"], 4, "{ended:?}");
    assert_eq!((&ended.output["removed"]["chats"], &ended.output["removed"]["logins"]), (&json!(2), &json!(1)));
    let told = socket.hear("what was erased", |frame| frame["type"] == "erased" && frame["chatId"] == *chat).await;
    assert_eq!((&told["userId"], told["erasedAt"].is_u64()), (&json!(ana.id()), true), "{told}");

    for (person, chat, length) in [(&bruno, &chat, 4), (&carla, &chat, 4), (&bruno, &direct, 3)] {
        let history = person.history(chat, "").await;
        let seqs: Vec<_> = history.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (1..=length).collect::<Vec<_>>());
        for message in &history {
            if message["senderId"] == ana.id() {
                assert_redacted(message);
            } else {
                assert!(message["content"].is_string(), "{message}");
            }
        }
        let listed = person.listed(chat).await;
        assert_eq!(listed["erased"], json!([ana.id()]), "{listed}");
        assert!(!format!("{history:?}{listed}").contains("ecret"));
    }
    assert_redacted(&bruno.listed(&direct).await["lastMessage"]);

    // Nobody waits for who has gone: what the other one has read is read by all.
    let history = carla.history(&chat, "").await;
    assert_eq!(history[3]["status"], "read", "{history:?}");
    let receipts = carla.get(&format!("/messages/{}/receipts", last["messageId"].as_str().unwrap())).await;
    assert_eq!(receipts.body["receipts"].as_array().unwrap().len(), 1, "{receipts:?}");
    // And it goes on: unread counts and ticks move.
    let next = carla.say(&chat, "Is anybody there?").await;
    summarised(&bruno, &chat, 5).await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 1);
    bruno.receipt(&next, "read").await;
    until("the tick of the next", async || {
        (carla.history(&chat, "?after=4").await[0]["status"] == "read").then_some(())
    })
    .await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
}

#[tokio::test]
async fn erase_leaves_a_token_that_still_lives_nothing_to_open() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = bruno.say(&chat, "Hello Ana").await;
    let phone = Phone::of(&ana, "fcm").await;
    let socket = ana.connect().await;
    let ticket = ana.ticket().await;
    let mut watching = bruno.connect().await;
    ana.receipt(&message, "read").await;
    watching.tell(json!({ "action": "watch", "chatId": chat })).await;

    let ended = erased(&ana).await;

    assert_eq!((&ended.output["removed"]["devices"], &ended.output["removed"]["receipts"]), (&json!(1), &json!(1)));
    closed(socket).await;
    let gone = |frame: &Value| frame["type"] == "presence" && frame["userId"] == ana.id() && frame["online"] == false;
    watching.hear("that she has gone", gone).await;
    assert_eq!(ana.connect_with(&ticket).await.unwrap_err(), 403);

    let body = json!({ "content": "Still here", "clientMessageId": "one" });
    let id = message["messageId"].as_str().unwrap();
    assert_eq!(ana.post(&format!("/chats/{chat}/messages"), body).await.status, 404);
    assert_eq!(ana.put(&format!("/messages/{id}/status"), json!({ "status": "read" })).await.status, 404);
    assert_eq!(ana.put(&format!("/chats/{chat}/mute"), json!({ "until": null })).await.status, 404);
    assert_eq!(ana.put("/me", json!({ "name": "Ana" })).await.status, 404);
    for path in
        ["/me", &format!("/chats/{chat}"), &format!("/chats/{chat}/messages"), &format!("/messages/{id}/receipts")]
    {
        assert_eq!(ana.get(path).await.status, 404, "{path}");
    }
    let device = json!({ "platform": "fcm", "token": phone.token });
    let direct = json!({ "type": "direct", "participants": [bruno.id()] });
    for refused in [
        ana.get("/chats").await,
        ana.get("/devices").await,
        ana.get(&format!("/users?email={}", bruno.user.email)).await,
        ana.post("/devices", device).await,
        ana.post("/chats", direct).await,
        ana.post("/ws/tickets", json!({})).await,
    ] {
        assert_eq!(refused.problem(401), Vec::<String>::new());
    }
    let login = json!({ "email": ana.user.email, "password": ana.user.password });
    assert_eq!(bruno.post("/auth/login", login).await.status, 401);

    // For the others there is no such person, and no push goes to where her phone was.
    assert_eq!(bruno.get(&format!("/users?email={}", ana.user.email)).await.status, 404);
    assert_eq!(bruno.post("/chats", json!({ "type": "direct", "participants": [ana.id()] })).await.status, 400);
    assert_eq!(phone.attributes().await, None);
    bruno.say(&chat, "To nobody").await;
    summarised(&bruno, &chat, 2).await;
    assert_eq!(phone.buzzes().await.iter().filter(|buzz| buzz.seq == 2).count(), 0);
    let row = world.row("users", "userId", ana.id()).await.unwrap();
    assert_eq!(row.len(), 2, "the id and the time: {row:?}");
}

#[tokio::test]
async fn erase_may_be_done_again_at_any_time() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.say(&chat, "Once").await;
    let first = erased(&ana).await;
    let history = bruno.history(&chat, "").await;
    let again = erased(&ana).await;
    assert_eq!(again.output["erasedAt"], first.output["erasedAt"]);
    let removed = again.output["removed"].as_object().unwrap();
    assert!(removed.values().all(|count| count == 0), "{removed:?}");
    assert_eq!(bruno.history(&chat, "").await, history);
}

#[tokio::test]
async fn erase_of_nobody_fails_with_a_sentence_and_is_reported() {
    let world = World::get().await;
    let nobody = paloma::domain::UserId::random().to_string();
    let execution = Execution::start(world, "eraseAccount", json!({ "userId": nobody })).await;
    let ended = execution.ended().await;
    assert!(!ended.succeeded && ended.failure.contains("Nobody has this user id"), "{ended:?}");
    let states = execution.states().await;
    assert_eq!(states, ["Begin", "Block the login", "Report the failure", "Not erased"]);
    assert_eq!(execution.failures().await, 1, "what no try can mend is tried once");
}
