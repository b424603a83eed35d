//! Many reactions at once: right counts, few changes, and each user knows the own one.

use futures::future::join_all;
use lambda_runtime::{Context, LambdaEvent};
use paloma::domain::{ChangeSeq, Emoji, MessageId, Reaction, Timestamp, UserId};
use paloma_tests::{Calls, Person, World, until};
use serde_json::{Value, json};
use summarise_reactions::SummariseReactions;

use crate::message_changes::{edit, page};
use crate::reactions::{react, seen, unreact};

/// Members without a login in the large group.
const CROWD: usize = 120;

fn message_id(message: &Value) -> MessageId {
    message["messageId"].as_str().unwrap().parse().unwrap()
}

/// The summary of a message as its row has it.
async fn summary_of(message: &Value) -> Value {
    let messages = World::get().await.environment(&Calls::default()).messages().unwrap();
    let message = messages.message(message_id(message)).await.unwrap().expect("the message");
    serde_json::to_value(message).unwrap()["reactions"].clone()
}

async fn until_counted(message: &Value, count: usize) -> Value {
    until("all reactions", async || {
        let summary = summary_of(message).await;
        (summary["count"].as_u64().unwrap_or_default() == count as u64).then_some(summary)
    })
    .await
}

/// A group of this person with many members, and a message there.
async fn crowded(ana: &Person, bruno: &Person) -> (String, Value, Vec<UserId>) {
    let crowd = World::get().await.silent_people(CROWD).await;
    let ids: Vec<_> = crowd.iter().map(ToString::to_string).collect();
    let members: Vec<_> = ids.iter().map(String::as_str).chain([bruno.id()]).collect();
    let chat = ana.group_with(&members).await;
    let mut message = ana.sends(&chat, "We won").await;
    message["chatId"] = json!(chat);
    (chat, message, crowd)
}

/// Stores the reactions of these users, all at once.
async fn react_all(chat: &str, message: &Value, users: &[UserId], emoji: &str) {
    let reactions = World::get().await.environment(&Calls::default()).reactions().unwrap();
    let stored = users.iter().map(|user| {
        let reaction = Reaction {
            message_id: message_id(message),
            user_id: *user,
            chat_id: chat.parse().unwrap(),
            emoji: Emoji::try_from(emoji.to_owned()).unwrap(),
            reacted_at: Timestamp::now(),
        };
        reactions.set(reaction, None)
    });
    assert!(join_all(stored).await.into_iter().all(|stored| stored.unwrap().1));
}

#[tokio::test]
async fn a_burst_of_reactions_has_right_counts_and_few_changes_and_edits_go_through() {
    let [ana, bruno] = World::get().await.people().await;
    let (chat, message, crowd) = crowded(&ana, &bruno).await;
    let (likes, cheers) = crowd.split_at(80);
    let edits = async {
        for number in 0..5_u64 {
            let current = page(&ana, &chat, "").await["messages"][0]["version"].as_u64().unwrap_or_default();
            let edited = edit(&ana, &message, &format!("We won {number}"), current).await;
            assert_eq!(edited.status, 200, "{edited:?}");
        }
    };
    tokio::join!(
        react_all(&chat, &message, likes, "👍"),
        react_all(&chat, &message, cheers, "🎉"),
        async { assert_eq!(react(&bruno, &message, "👍").await.status, 200) },
        edits,
    );
    let summary = until_counted(&message, CROWD + 1).await;
    let kinds: Vec<_> = summary["kinds"].as_array().unwrap().iter().map(|kind| kind["count"].clone()).collect();
    assert_eq!(kinds, [json!(81), json!(40)], "{summary}");
    let changes = page(&ana, &chat, "").await["changeSeq"].as_u64().unwrap();
    assert!((6..=60).contains(&changes), "{changes} changes for 121 reactions and 5 edits");
    let log = World::get().await.environment(&Calls::default()).changes().unwrap();
    let records = log.after(chat.parse().unwrap(), ChangeSeq::START).await.unwrap();
    let numbers: Vec<_> = records.iter().map(|record| record.change_seq.as_u64()).collect();
    assert_eq!(numbers, (1..=changes).collect::<Vec<_>>(), "gapless");
}

#[tokio::test]
async fn a_user_learns_the_own_reaction_where_the_summary_names_others() {
    let [ana, bruno] = World::get().await.people().await;
    let (chat, message, crowd) = crowded(&ana, &bruno).await;
    react_all(&chat, &message, &crowd[..10], "👍").await;
    until_counted(&message, 10).await;
    let mut other_device = bruno.connects().await;
    let reacted = react(&bruno, &message, "👍").await;
    let own = |frame: &Value| frame["type"] == "settings" && frame["reaction"].is_object();
    let frame = other_device.receives("the own reaction", own).await;
    assert_eq!(frame["reaction"], reacted.body, "the same as the answer");
    until_counted(&message, 11).await;
    assert_eq!((seen(&bruno, &message).await.1, seen(&ana, &message).await.1), (json!("👍"), Value::Null));
    let caught_up = page(&bruno, &chat, "?after=1&changedAfter=0").await;
    assert_eq!(caught_up["changed"][0]["reactions"]["mine"], "👍", "{caught_up}");
    assert_eq!(unreact(&bruno, &message).await.status, 200);
    let frame = other_device.receives("the removal", own).await;
    assert_eq!(frame["reaction"]["emoji"], Value::Null, "{frame}");
    assert!(frame["reaction"]["changedAt"].as_u64() >= reacted.body["changedAt"].as_u64());
    until_counted(&message, 10).await;
    assert_eq!(seen(&bruno, &message).await.1, Value::Null);
}

/// Records of the stream of Reactions, as Lambda reads them.
fn records(message: &Value, users: &[&str], table: &str) -> LambdaEvent<aws_lambda_events::dynamodb::Event> {
    let record = |(number, user): (usize, &&str)| {
        json!({
            "eventID": number.to_string(),
            "eventName": "MODIFY",
            "awsRegion": "us-east-1",
            "eventSourceARN": format!("arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/x"),
            "dynamodb": {
                "ApproximateCreationDateTime": 0.0,
                "Keys": { "messageId": { "S": message["messageId"] }, "userId": { "S": user } },
                "SequenceNumber": number.to_string(),
                "SizeBytes": 1,
                "StreamViewType": "KEYS_ONLY",
            },
        })
    };
    let records: Vec<_> = users.iter().enumerate().map(record).collect();
    LambdaEvent::new(serde_json::from_value(json!({ "Records": records })).unwrap(), Context::default())
}

#[tokio::test]
async fn convergent_repeated_and_reordered_records_change_nothing() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = ana.sends(&chat, "Hello").await;
    for (person, emoji) in [(&ana, "🎉"), (&bruno, "👍"), (&bruno, "😂")] {
        assert_eq!(react(person, &message, emoji).await.status, 200);
    }
    let is_current = |summary: &Value| summary["count"] == 2 && summary.to_string().contains("😂");
    let summary = until("the summary", async || Some(summary_of(&message).await).filter(is_current)).await;
    let changes = page(&ana, &chat, "").await["changeSeq"].clone();
    let summarise = SummariseReactions::new(&world.environment(&Calls::default())).unwrap();
    let table = &world.description().tables["reactions"];
    for users in [vec![bruno.id(), ana.id(), bruno.id()], vec![ana.id()]] {
        let answer = summarise.handle(records(&message, &users, table)).await.unwrap();
        assert!(answer.batch_item_failures.is_empty(), "{answer:?}");
    }
    assert_eq!((summary_of(&message).await, page(&ana, &chat, "").await["changeSeq"].clone()), (summary, changes));
    // The record of a message that does not exist is no failure, either.
    let unknown = json!({ "messageId": ana.id() });
    let answer = summarise.handle(records(&unknown, &[ana.id()], table)).await.unwrap();
    assert!(answer.batch_item_failures.is_empty(), "{answer:?}");
}

#[tokio::test]
async fn convergent_summaries_at_once_end_with_all_reactions() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (chat, message, crowd) = crowded(&ana, &bruno).await;
    let table = &world.description().tables["reactions"];
    let summarise = SummariseReactions::new(&world.environment(&Calls::default())).unwrap();
    let rounds = crowd.chunks(12).take(5).map(async |users| {
        react_all(&chat, &message, users, "👍").await;
        let users: Vec<_> = users.iter().map(ToString::to_string).collect();
        let users: Vec<_> = users.iter().map(String::as_str).collect();
        summarise.handle(records(&message, &users, table)).await.unwrap()
    });
    for answer in join_all(rounds).await {
        assert!(answer.batch_item_failures.is_empty(), "{answer:?}");
    }
    until_counted(&message, 60).await;
}
