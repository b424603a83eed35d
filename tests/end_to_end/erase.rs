//! Erasure of an account (GDPR, article 17): the data that is removed, and the rights that end.

use aws_sdk_sqs::types::QueueAttributeName;
use paloma_tests::{EventListener, Execution, ExecutionResult, Person, Phone, Socket, World, until};
use serde_json::{Value, json};

/// Erases a user, and waits only 1 s for work in flight.
pub async fn erased(person: &Person) -> ExecutionResult {
    let input = json!({ "userId": person.id(), "sweepAfterSeconds": 1 });
    let ended = Execution::start(World::get().await, "eraseAccount", input).await.result().await;
    assert!(ended.succeeded, "{ended:?}");
    ended
}

/// Checks that a message has lost its content, and kept its id.
pub fn assert_redacted(message: &Value) {
    assert_eq!(message["content"], Value::Null, "{message}");
    assert!(message["erasedAt"].is_u64() && message["messageId"].is_string(), "{message}");
}

pub async fn until_summarised(person: &Person, chat: &str, seq: u64) {
    until("the summary", async || (person.listed(chat).await["lastMessage"]["seq"] == seq).then_some(())).await;
}

async fn until_closed(mut socket: Socket) {
    until("the socket to close", async || socket.is_closed().await.then_some(())).await;
}

/// A message of Ana has no content any more, and the system message names her successor.
fn assert_kept_or_redacted(message: &Value, ana: &Person, bruno: &Person) {
    if message["kind"].is_object() {
        assert_eq!(message["kind"], json!({ "type": "memberLeft", "newAdmin": bruno.id() }));
    } else if message["senderId"] == ana.id() {
        assert_redacted(message);
    } else {
        assert!(message["content"].is_string(), "{message}");
    }
}

#[tokio::test]
async fn erase_keeps_seqs_and_marks_for_the_others_and_removes_all_content() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let direct = ana.chat_with(&bruno).await;
    let mut socket = bruno.connects().await;
    ana.sends(&direct, "A secret for Bruno").await;
    bruno.sends(&direct, "From Bruno in the direct chat").await;
    let from_bruno = bruno.sends(&chat, "From Bruno").await;
    carla.acknowledges(&from_bruno, "read").await;
    ana.sends(&chat, "From Ana").await;
    ana.sends(&chat, "From Ana again").await;
    let last = carla.sends(&chat, "From Carla").await;
    // Ana has not received the last message, so hers are the lowest marks.
    bruno.acknowledges(&last, "read").await;
    ana.sends(&direct, "The last secret").await;
    until_summarised(&bruno, &direct, 3).await;

    let ended = erased(&ana).await;

    assert_eq!(ended.output["removed"]["messages"], 4, "{ended:?}");
    assert_eq!((&ended.output["removed"]["chats"], &ended.output["removed"]["logins"]), (&json!(2), &json!(1)));
    let event =
        socket.receives("the erased frame", |frame| frame["type"] == "erased" && frame["chatId"] == *chat).await;
    assert_eq!((&event["userId"], event["erasedAt"].is_u64()), (&json!(ana.id()), true), "{event}");

    // The last message of the group says that Ana left.
    for (person, chat, length) in [(&bruno, &chat, 5), (&carla, &chat, 5), (&bruno, &direct, 3)] {
        let history = person.history(chat, "").await;
        let seqs: Vec<_> = history.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, (1..=length).collect::<Vec<_>>());
        for message in &history {
            assert_kept_or_redacted(message, &ana, &bruno);
        }
        let listed = person.listed(chat).await;
        assert_eq!(listed["erased"], json!([ana.id()]), "{listed}");
        assert!(!format!("{history:?}{listed}").contains("ecret"));
    }
    assert_redacted(&bruno.listed(&direct).await["lastMessage"]);

    // Ana no longer counts as a recipient: Bruno has read, so all recipients have.
    let history = carla.history(&chat, "").await;
    assert_eq!(history[3]["status"], "read", "{history:?}");
    let receipts = carla.get(&format!("/messages/{}/receipts", last["messageId"].as_str().unwrap())).await;
    assert_eq!(receipts.body["receipts"].as_array().unwrap().len(), 1, "{receipts:?}");
    // Unread counts and ticks still move.
    let next = carla.sends(&chat, "Next").await;
    until_summarised(&bruno, &chat, 6).await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 1);
    bruno.acknowledges(&next, "read").await;
    until("the tick of the next message", async || {
        (carla.history(&chat, "?after=5").await[0]["status"] == "read").then_some(())
    })
    .await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
}

#[tokio::test]
async fn erase_ends_the_access_of_a_token_that_is_still_valid() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = bruno.sends(&chat, "Hello Ana").await;
    let phone = Phone::of(&ana, "fcm").await;
    let socket = ana.connects().await;
    let ticket = ana.ticket().await;
    let mut watching = bruno.connects().await;
    ana.acknowledges(&message, "read").await;
    watching.request_ok(json!({ "action": "watch", "chatId": chat })).await;

    let ended = erased(&ana).await;

    assert_eq!((&ended.output["removed"]["devices"], &ended.output["removed"]["receipts"]), (&json!(1), &json!(1)));
    until_closed(socket).await;
    let is_offline =
        |frame: &Value| frame["type"] == "presence" && frame["userId"] == ana.id() && frame["online"] == false;
    watching.receives("that Ana is offline", is_offline).await;
    assert_eq!(ana.connects_with(&ticket).await.unwrap_err(), 403);

    let body = json!({ "content": "Still here", "clientMessageId": "one" });
    let id = message["messageId"].as_str().unwrap();
    let device = json!({ "platform": "fcm", "token": phone.token });
    let direct = json!({ "type": "direct", "participants": [bruno.id()] });
    for rejected in [
        ana.post(&format!("/chats/{chat}/messages"), body).await,
        ana.put(&format!("/messages/{id}/status"), json!({ "status": "read" })).await,
        ana.put(&format!("/chats/{chat}/mute"), json!({ "until": null })).await,
        ana.get(&format!("/chats/{chat}")).await,
        ana.get(&format!("/chats/{chat}/messages")).await,
        ana.get(&format!("/messages/{id}/receipts")).await,
        ana.get("/me").await,
        ana.put("/me", json!({ "name": "Ana" })).await,
        ana.get(&format!("/users?ids={}", bruno.id())).await,
        ana.get("/chats").await,
        ana.get("/devices").await,
        ana.get(&format!("/users?email={}", bruno.user.email)).await,
        ana.post("/devices", device).await,
        ana.post("/chats", direct).await,
        ana.post("/ws/tickets", json!({})).await,
    ] {
        assert_eq!(rejected.problem(401), Vec::<String>::new());
    }
    let login = json!({ "email": ana.user.email, "password": ana.user.password });
    assert_eq!(bruno.post("/auth/login", login).await.status, 401);

    // Others cannot find Ana, and her phone gets no push.
    assert_eq!(bruno.get(&format!("/users?email={}", ana.user.email)).await.status, 404);
    assert_eq!(bruno.post("/chats", json!({ "type": "direct", "participants": [ana.id()] })).await.status, 400);
    assert_eq!(phone.attributes().await, None);
    bruno.sends(&chat, "Hello?").await;
    until_summarised(&bruno, &chat, 2).await;
    assert_eq!(phone.alerts().await.iter().filter(|alert| alert.seq == 2).count(), 0);
    let row = world.row("users", "userId", ana.id()).await.unwrap();
    assert_eq!(row.len(), 2, "the id and the time of the erasure: {row:?}");
}

#[tokio::test]
async fn erase_can_be_repeated_at_any_time() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "Once").await;
    let first = erased(&ana).await;
    let history = bruno.history(&chat, "").await;
    let again = erased(&ana).await;
    assert_eq!(again.output["erasedAt"], first.output["erasedAt"]);
    let removed = again.output["removed"].as_object().unwrap();
    assert!(removed.values().all(|count| count == 0), "{removed:?}");
    assert_eq!(bruno.history(&chat, "").await, history);
}

#[tokio::test]
async fn erase_of_an_unknown_user_fails_with_a_sentence_and_is_reported() {
    let world = World::get().await;
    let unknown = paloma::domain::UserId::random().to_string();
    let inbox = operators_inbox().await;
    let execution = Execution::start(world, "eraseAccount", json!({ "userId": unknown })).await;
    let ended = execution.result().await;
    assert!(!ended.succeeded && ended.failure.contains("No user has this id"), "{ended:?}");
    let states = execution.states().await;
    assert_eq!(states, ["Begin", "Block the login", "Report the failure", "Not erased"]);
    assert_eq!(execution.failures().await, 1, "a failure that no retry can fix is not retried");
    let report = report_about(&inbox, &unknown).await;
    assert_eq!((&report["outcome"], &report["error"]), (&json!("failed"), &json!("NoSuchAccount")), "{report}");
}

#[tokio::test]
async fn erase_sends_operators_a_report_without_personal_data() {
    let [ana] = World::get().await.people().await;
    let inbox = operators_inbox().await;
    let ended = erased(&ana).await;
    let report = report_about(&inbox, ana.id()).await;
    assert_eq!(report, ended.output, "the report is the output of the workflow");
    let fields: Vec<_> = report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["erasedAt", "execution", "outcome", "removed", "startedAt", "userId", "workflow"]);
    assert!(!report.to_string().contains(&ana.user.email));
}

#[tokio::test]
async fn erase_publishes_an_event_for_other_systems() {
    let [ana] = World::get().await.people().await;
    let listener = EventListener::start().await;
    erased(&ana).await;
    let event = until("the event", async || {
        listener
            .events()
            .await
            .into_iter()
            .find(|received| received.name == "UserErased" && received.is_about(&[ana.id()]))
    })
    .await;
    crate::events::check(&event, &crate::events::schemas());
}

/// A queue that receives every later notice of the operations topic.
async fn operators_inbox() -> String {
    let world = World::get().await;
    let name = format!("operators-{:08x}", fastrand::u32(..));
    let url = world.sqs().create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
    let ask = world.sqs().get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::QueueArn);
    let arn = ask.send().await.unwrap().attributes.unwrap()[&QueueAttributeName::QueueArn].clone();
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }] });
    let set = world.sqs().set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::Policy, policy.to_string()).send().await.unwrap();
    let topic = &world.description().topics["operations"];
    let subscribe = world.sns().subscribe().topic_arn(topic).protocol("sqs").endpoint(arn);
    subscribe.attributes("RawMessageDelivery", "true").send().await.unwrap();
    url
}

/// Waits for the report about a user.
async fn report_about(inbox: &str, user_id: &str) -> Value {
    let sqs = World::get().await.sqs();
    until("a report", async || {
        let received = sqs.receive_message().queue_url(inbox).max_number_of_messages(10).send().await.unwrap();
        let bodies = received.messages().iter().filter_map(|message| message.body());
        bodies.filter_map(|body| serde_json::from_str::<Value>(body).ok()).find(|report| report["userId"] == user_id)
    })
    .await
}
