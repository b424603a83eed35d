//! Invariant 7: one poison job fails alone, and reaches its dead-letter queue with its cause legible.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use paloma::domain::{ChatId, UserId};
use paloma_tests::{World, typing_job};

#[tokio::test]
async fn contained_one_undecodable_job_among_ten_dies_alone() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut phone = bruno.connects().await;
    let chat: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let typists: Vec<_> = (0..9).map(|_| UserId::random()).collect();

    // Nine good jobs, told apart by who types, around one that nobody can read, in one batch.
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
        phone.receives("a good job", |frame| frame["type"] == "typing" && frame["userId"] == typist.to_string()).await;
    }
    let dead = world.take_from("deliveriesDeadLetter", &poison).await;
    let note = |name: &str| {
        let attributes = dead.message_attributes().expect("notes");
        attributes.get(name).and_then(|note| note.string_value()).unwrap_or_else(|| panic!("no {name}")).to_owned()
    };
    assert_eq!(dead.body(), Some(poison.as_str()), "it is as it was, so that it can be replayed");
    assert!(note("cause").starts_with("the job does not read: it is no JSON, at line 1"), "{}", note("cause"));
    assert_eq!(note("tries"), "5");
    assert_eq!(note("function"), "dev-fan-out");
    assert!(note("firstTriedAt").parse::<u64>().unwrap() < note("lastTriedAt").parse::<u64>().unwrap());
    assert!(!note("requestId").is_empty());
}

#[tokio::test]
async fn contained_a_summary_of_a_chat_that_is_not_there_dies_alone_and_says_so() {
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
    });
    let sent = world.sqs().send_message().queue_url(world.queue("summaries")).message_body(job.to_string());
    sent.send().await.unwrap();

    // Its neighbours go on.
    ana.sends(&chat, "I go on").await;
    paloma_tests::until("the neighbour's summary", async || {
        (bruno.listed(&chat).await["lastMessage"]["content"] == "I go on").then_some(())
    })
    .await;
    let dead = world.take_from("summariesDeadLetter", &nowhere.to_string()).await;
    let cause = dead.message_attributes().and_then(|notes| notes.get("cause")?.string_value()).expect("a cause");
    assert_eq!(cause, format!("chat {nowhere} does not exist"));
}

#[tokio::test]
async fn contained_a_poison_record_of_the_stream_is_isolated_and_its_neighbours_go_on() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut phone = ana.connects().await;
    let sent = ana.sends(&chat, "Before and after").await;
    bruno.acknowledges(&sent, "delivered").await;
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let poison = UserId::random().to_string();
    let put = world.dynamodb().put_item().table_name(&world.description().tables["messageStatus"]);
    put.item("messageId", text(&poison)).item("userId", text("nobody")).send().await.unwrap();
    bruno.acknowledges(&sent, "read").await;

    phone.receives_tick(&chat, 1, "read").await;
    let dead = world.take_from("propagateStatusDeadLetter", &poison).await;
    let cause = dead.message_attributes().and_then(|notes| notes.get("cause")?.string_value()).expect("a cause");
    assert!(cause.starts_with("a row of the MessageStatus table does not read as a receipt"), "{cause}");
}
