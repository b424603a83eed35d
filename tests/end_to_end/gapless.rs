//! Invariant 1: the accepted messages of a chat have seq 1..n, each once, and timestamps that rise with seq.

use futures::future::join_all;
use paloma_tests::World;
use serde_json::Value;

#[tokio::test]
async fn gapless_eight_members_send_25_messages_each_at_once() {
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
        // Sending moves the mark of the sender, so the status may still change between two pages.
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
async fn gapless_thirty_concurrent_sends_are_all_accepted() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let accepted = join_all((0..30).map(|number| {
        let (person, chat) = (if number % 2 == 0 { &ana } else { &bruno }, &chat);
        async move { person.sends(chat, &format!("number {number}")).await["seq"].as_u64().unwrap() }
    }))
    .await;
    let mut seqs = accepted;
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=30).collect::<Vec<_>>());
}
