//! Invariant 1: a chat's accepted messages have seq 1..n, none missing, none twice; timestamps rise with it.

use futures::future::join_all;
use paloma_tests::World;
use serde_json::Value;

#[tokio::test]
async fn gapless_eight_people_write_25_messages_each_into_one_group_at_once() {
    let people: [_; 8] = World::get().await.people().await;
    let others: Vec<_> = people[1..].iter().map(|person| person.id()).collect();
    let chat = people[0].group_with(&others).await;

    let accepted: Vec<Value> = join_all(people.iter().map(async |person| {
        let mut accepted = Vec::new();
        for number in 0..25 {
            accepted.push(person.sends(&chat, &format!("{number} from {}", person.id())).await);
        }
        accepted
    }))
    .await
    .concat();

    let mut seqs: Vec<_> = accepted.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=200).collect::<Vec<_>>());

    let histories = join_all(people.iter().map(async |person| {
        let mut history = person.history(&chat, "?after=0&limit=100").await;
        history.extend(person.history(&chat, "?after=100&limit=100").await);
        // Who has written has read: ticks still move between one look and the next.
        history.iter_mut().for_each(|message| _ = message.as_object_mut().and_then(|fields| fields.remove("status")));
        history
    }))
    .await;
    let first = &histories[0];
    assert_eq!(first.len(), 200);
    assert!(first.is_sorted_by(|one, next| one["timestamp"].as_u64() < next["timestamp"].as_u64()));
    assert!(first.iter().zip(1_u64..).all(|(message, seq)| message["seq"] == seq));
    assert!(histories.iter().all(|history| history == first), "every member's history is the same");
}

#[tokio::test]
async fn gapless_a_race_of_thirty_ends_with_everyone_accepted() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let accepted = join_all((0..30).map(|number| {
        let (person, chat) = (if number % 2 == 0 { &ana } else { &bruno }, &chat);
        async move { person.sends(chat, &format!("racer {number}")).await["seq"].as_u64().unwrap() }
    }))
    .await;
    let mut seqs = accepted;
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=30).collect::<Vec<_>>());
}
