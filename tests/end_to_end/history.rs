//! Paging through a chat by seq, in both directions.

use paloma_tests::World;
use serde_json::{Value, json};

fn seqs(messages: &[Value]) -> Vec<u64> {
    messages.iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_history_is_paged_by_seq_with_exclusive_bounds() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    assert!(bruno.history(&chat, "").await.is_empty());
    for number in 1..=30 {
        ana.say(&chat, &format!("number {number}")).await;
    }
    for (query, expected) in [
        ("?limit=5", 26..=30),
        ("?limit=5&before=26", 21..=25),
        ("?limit=5&before=4", 1..=3),
        ("?limit=5&before=1000", 26..=30),
        ("?limit=5&after=0", 1..=5),
        ("?limit=5&after=17", 18..=22),
        ("?limit=5&after=27", 28..=30),
        ("", 1..=30),
    ] {
        assert_eq!(seqs(&bruno.history(&chat, query).await), expected.collect::<Vec<_>>(), "{query}");
    }
    for nothing in ["?before=1", "?before=0", "?after=30", "?after=1000"] {
        assert!(bruno.history(&chat, nothing).await.is_empty(), "{nothing}");
    }
    let page = bruno.get(&format!("/chats/{chat}/messages?limit=5&after=17")).await.body;
    assert_eq!((&page["lastSeq"], &page["hasMore"]), (&json!(30), &json!(true)));
    let page = bruno.get(&format!("/chats/{chat}/messages?limit=5&after=25")).await.body;
    assert_eq!(page["hasMore"], false);
}

#[tokio::test]
async fn the_list_of_chats_is_newest_first_and_paged() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let mut chats = Vec::new();
    for other in [&bruno, &carla, &dora] {
        chats.push(ana.chat_with(other).await);
    }
    ana.say(&chats[1], "The latest word").await;
    paloma_tests::until("the list in its order", async || {
        let page = ana.get("/chats?limit=2").await.body;
        let first = page["chats"][0]["chatId"].as_str()? == chats[1];
        let second = page["chats"][1]["chatId"].as_str()? == chats[2];
        (first && second).then_some(())
    })
    .await;
    let page = ana.get("/chats?limit=2").await.body;
    let cursor = page["cursor"].as_str().expect("there is a next page");
    let rest = ana.get(&format!("/chats?limit=2&cursor={cursor}")).await.body;
    assert_eq!(rest["chats"].as_array().unwrap().len(), 1);
    assert_eq!(rest["chats"][0]["chatId"], chats[0]);
    assert!(rest["cursor"].is_null());

    // A cursor is a place in one's own list: in somebody else's hands it shows theirs, never hers.
    let theirs = bruno.get(&format!("/chats?cursor={cursor}")).await;
    let chats_of_bruno = theirs.body["chats"].as_array().unwrap();
    assert!(chats_of_bruno.iter().all(|chat| chat["chatId"] == chats[0].as_str()), "{theirs:?}");
}
