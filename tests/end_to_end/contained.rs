//! Invariant 7: a poison job fails alone, and reaches its dead-letter queue with a readable cause.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use paloma::domain::{ChatId, UserId};
use paloma_tests::{World, typing_job};

#[tokio::test]
async fn contained_an_unreadable_job_fails_alone_among_ten() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut phone = bruno.connects().await;
    let chat: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let typists: Vec<_> = (0..9).map(|_| UserId::random()).collect();

    // One batch holds nine valid jobs, each with its own typist, and one unreadable job.
    let poison = format!("poison {}", UserId::random());
    let mut bodies: Vec<_> =
        typists.iter().map(|typist| typing_job(chat, *typist, bruno.id().parse().unwrap())).collect();
    bodies.insert(4, poison.clone());
    let entries = bodies.iter().enumerate().map(|(index, body)| {
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_group_id(chat.to_string())
            .message_body(body)
            .build()
            .unwrap()
    });
    let sent =
        world.sqs().send_message_batch().queue_url(world.queue("deliveries")).set_entries(Some(entries.collect()));
    assert!(sent.send().await.unwrap().failed().is_empty());

    for typist in typists {
        phone.receives("a valid job", |frame| frame["type"] == "typing" && frame["userId"] == typist.to_string()).await;
    }
    let dead = world.take_from("deliveriesDeadLetter", &poison).await;
    let attribute = |name: &str| {
        let attributes = dead.message_attributes().expect("attributes");
        attributes.get(name).and_then(|value| value.string_value()).unwrap_or_else(|| panic!("no {name}")).to_owned()
    };
    assert_eq!(dead.body(), Some(poison.as_str()), "unchanged, so that it can be replayed");
    assert!(
        attribute("cause").starts_with("the job is unreadable: it is not JSON, at line 1"),
        "{}",
        attribute("cause")
    );
    assert_eq!(attribute("tries"), "5");
    assert_eq!(attribute("function"), "dev-fan-out");
    assert!(attribute("firstTriedAt").parse::<u64>().unwrap() < attribute("lastTriedAt").parse::<u64>().unwrap());
    assert!(!attribute("requestId").is_empty());
}

#[tokio::test]
async fn contained_a_summary_of_a_missing_chat_fails_alone_with_its_cause() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let nowhere = ChatId::random();
    let job = serde_json::json!({
        "kind": "summarise",
        "chatId": nowhere,
        "lastMessage": {
            "messageId": UserId::random(), "senderId": ana.id(), "seq": 1, "timestamp": 1, "content": "lost",
        },
        "acceptedAt": 1,
        "movesMarks": true,
    });
    let sent = world.sqs().send_message().queue_url(world.queue("summaries")).message_body(job.to_string());
    sent.send().await.unwrap();

    // Other chats are not affected.
    ana.sends(&chat, "Hello").await;
    paloma_tests::until("the summary of the other chat", async || {
        (bruno.listed(&chat).await["lastMessage"]["content"] == "Hello").then_some(())
    })
    .await;
    let dead = world.take_from("summariesDeadLetter", &nowhere.to_string()).await;
    let cause =
        dead.message_attributes().and_then(|attributes| attributes.get("cause")?.string_value()).expect("a cause");
    assert_eq!(cause, format!("chat {nowhere} does not exist"));
}

#[tokio::test]
async fn contained_an_unreadable_stream_record_fails_alone() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut phone = ana.connects().await;
    let sent = ana.sends(&chat, "Hello").await;
    bruno.acknowledges(&sent, "delivered").await;
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let poison = UserId::random().to_string();
    let put = world.dynamodb().put_item().table_name(&world.description().tables["messageStatus"]);
    put.item("messageId", text(&poison)).item("userId", text("nobody")).send().await.unwrap();
    bruno.acknowledges(&sent, "read").await;

    phone.receives_tick(&chat, 1, "read").await;
    let dead = world.take_from("propagateStatusDeadLetter", &poison).await;
    let cause =
        dead.message_attributes().and_then(|attributes| attributes.get("cause")?.string_value()).expect("a cause");
    assert!(cause.starts_with("a row of the MessageStatus table cannot be parsed as a receipt"), "{cause}");
}
