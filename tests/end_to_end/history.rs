//! Paging through a chat by seq, and through the list of chats.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt, stream};
use paloma::domain::{ChatId, UserId};
use paloma_tests::{Person, World};
use serde_json::{Value, json};

/// Lambda's limit for an answer, in bytes. The body is a JSON string in it.
const MAX_ANSWER: usize = 6_291_556;

fn answer_bytes(page: &Value) -> usize {
    json!({ "body": page.to_string() }).to_string().len()
}

fn seqs(messages: &[Value]) -> Vec<u64> {
    messages.iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_history_is_paged_by_seq_with_exclusive_bounds() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    assert!(bruno.history(&chat, "").await.is_empty());
    for number in 1..=30 {
        ana.sends(&chat, &format!("number {number}")).await;
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
    ana.sends(&chats[1], "The latest word").await;
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

    // A cursor is a position, and gives no access: with Ana's cursor, Bruno pages through his own list.
    let page = bruno.get(&format!("/chats?cursor={cursor}")).await;
    let chats_of_bruno = page.body["chats"].as_array().unwrap();
    assert!(chats_of_bruno.iter().all(|chat| chat["chatId"] == chats[0].as_str()), "{page:?}");
}

/// Messages of the greatest length, in characters that JSON escapes twice.
#[tokio::test]
async fn a_page_of_long_messages_ends_early_and_no_message_is_missing() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let quotes = "\"".repeat(16_384);
    stream::iter(0..110).map(|_| ana.sends(&chat, &quotes)).buffer_unordered(10).collect::<Vec<_>>().await;

    let page = async |bruno: &Person, query: &str| {
        let page = bruno.get(&format!("/chats/{chat}/messages?limit=100{query}")).await.body;
        assert!(answer_bytes(&page) < MAX_ANSWER, "{} bytes", answer_bytes(&page));
        let seqs = seqs(page["messages"].as_array().unwrap_or_else(|| panic!("no messages in {page}")));
        assert!(seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{seqs:?}");
        (seqs, page["hasMore"].as_bool().unwrap(), page["lastSeq"].as_u64().unwrap())
    };
    // Backward from the newest message to the first.
    let (mut seen, mut more, last) = page(&bruno, "").await;
    assert_eq!((seen.last(), last, more), (Some(&110), 110, true));
    assert!((50..100).contains(&seen.len()), "a page of {}", seen.len());
    while more {
        let (older, is_more, _) = page(&bruno, &format!("&before={}", seen[0])).await;
        assert!(!older.is_empty());
        (seen, more) = ([older, seen].concat(), is_more);
    }
    assert_eq!(seen, (1..=110).collect::<Vec<_>>());
    // Forward from several positions.
    for after in [0, 5, 20] {
        let (mut seen, mut more) = (Vec::new(), true);
        while more {
            let from = seen.last().copied().unwrap_or(after);
            let (newer, is_more, _) = page(&bruno, &format!("&after={from}")).await;
            assert!(!newer.is_empty());
            (seen, more) = ([seen, newer].concat(), is_more);
        }
        assert_eq!(seen, (after + 1..=110).collect::<Vec<_>>(), "after {after}");
    }
}

/// Creates a small group, and 100 copies of its rows with 1,024 participants each. Returns all chat ids.
async fn large_groups(ana: &Person, bruno: &Person) -> BTreeSet<String> {
    let world = World::get().await;
    let small = ana.group_with(&[bruno.id()]).await;
    ana.sends(&small, &"\"".repeat(300)).await;
    paloma_tests::until("the summary", async || (!ana.listed(&small).await["lastMessage"].is_null()).then_some(()))
        .await;
    let names = [small.clone(), format!("{small}#head"), format!("{small}#{}", ana.id())];
    let mut rows = Vec::new();
    for name in &names {
        rows.push(world.row("chats", "chatId", name).await.unwrap());
    }
    let people = (2..1_024).map(|_| UserId::random().to_string());
    let people = [ana.id().to_owned(), bruno.id().to_owned()].into_iter().chain(people).map(AttributeValue::S);
    rows[0].insert("participants".to_owned(), AttributeValue::L(people.collect()));

    let (dynamodb, table) = (world.dynamodb(), &world.description().tables["chats"]);
    let mut groups = BTreeSet::from([small.clone()]);
    while groups.len() < 101 {
        let group = ChatId::random().to_string();
        let puts = rows.iter().zip(&names).map(|(row, name)| {
            let mut row: HashMap<_, _> = row.clone();
            row.insert("chatId".to_owned(), AttributeValue::S(name.replace(&small, &group)));
            WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(row)).build().unwrap()).build()
        });
        dynamodb.batch_write_item().request_items(table, puts.collect()).send().await.unwrap();
        groups.insert(group);
    }
    groups
}

#[tokio::test]
async fn a_page_of_large_chats_ends_early_and_no_chat_is_missing() {
    let [ana, bruno] = World::get().await.people().await;
    let groups = large_groups(&ana, &bruno).await;
    let (mut listed, mut cursor, mut pages) = (Vec::new(), String::new(), Vec::new());
    loop {
        let page = ana.get(&format!("/chats?limit=100{cursor}")).await.body;
        assert!(answer_bytes(&page) < MAX_ANSWER, "{} bytes", answer_bytes(&page));
        let chats = page["chats"].as_array().unwrap_or_else(|| panic!("no chats in {page}"));
        pages.push(chats.len());
        listed.extend(chats.iter().map(|chat| chat["chatId"].as_str().unwrap().to_owned()));
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert!(pages.len() > 1 && pages[0] < 100, "pages of {pages:?}");
    assert_eq!(listed.len(), groups.len(), "each chat once");
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), groups);
}
