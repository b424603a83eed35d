//! Paging through the list of chats while chats move up. `shared/src/domain/paging.rs` explains the rule.

use std::collections::BTreeMap;

use paloma_tests::{Person, World, until};
use serde_json::{Value, json};

/// Reads all pages as a client does, and calls `between` before each page except the first.
async fn pages(person: &Person, query: &str, mut between: impl AsyncFnMut()) -> Vec<Value> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.get(&format!("/chats?limit=2{query}{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let next = page.body["cursor"].as_str().map(|next| format!("&cursor={next}"));
        pages.push(page.body);
        match next {
            Some(next) => cursor = next,
            None => return pages,
        }
        between().await;
    }
}

fn ids(pages: &[Value]) -> Vec<&str> {
    pages
        .iter()
        .flat_map(|page| page["chats"].as_array().unwrap())
        .map(|chat| chat["chatId"].as_str().unwrap())
        .collect()
}

/// Ana with four direct chats, the last one on top of her list.
async fn four_chats() -> (Person, Vec<(Person, String)>) {
    let [ana, bruno, carla, dora, emil] = World::get().await.people().await;
    let mut chats = Vec::new();
    for other in [bruno, carla, dora, emil] {
        let chat = ana.chat_with(&other).await;
        chats.push((other, chat));
    }
    until("the index to show all chats", async || {
        (ana.get("/chats").await.body["chats"].as_array()?.len() == 4).then_some(())
    })
    .await;
    (ana, chats)
}

#[tokio::test]
async fn a_list_of_exactly_two_pages_has_no_third() {
    let (ana, chats) = four_chats().await;
    let list = pages(&ana, "", async || {}).await;
    assert_eq!(list.iter().map(|page| page["chats"].as_array().unwrap().len()).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(ids(&list), chats.iter().rev().map(|(_, chat)| chat.as_str()).collect::<Vec<_>>());
    assert!(list[0]["asOf"].is_u64() && list[0]["asOf"] == list[1]["asOf"], "all pages have the same mark: {list:?}");
}

#[tokio::test]
async fn a_chat_that_moves_up_during_paging_is_found_by_its_mark() {
    let (ana, chats) = four_chats().await;
    let (bruno, moving) = &chats[0];
    let list = pages(&ana, "", async || {
        bruno.sends(moving, "Up").await;
        until("the chat to move", async || {
            let first = ana.get("/chats?limit=1").await;
            (first.body["chats"][0]["chatId"] == moving.as_str()).then_some(())
        })
        .await;
    })
    .await;
    assert!(!ids(&list).contains(&moving.as_str()), "it moved to a page that was already read: {list:?}");

    // The rule: list the chats since the mark, until that takes one page.
    let mut known: BTreeMap<String, u64> = BTreeMap::new();
    let mut merge = |list: &[Value]| {
        for chat in list.iter().flat_map(|page| page["chats"].as_array().unwrap()) {
            known.insert(chat["chatId"].as_str().unwrap().to_owned(), chat["lastSeq"].as_u64().unwrap());
        }
    };
    merge(&list);
    let mut mark = list[0]["asOf"].clone();
    loop {
        let moved = pages(&ana, &format!("&since={mark}"), async || {}).await;
        merge(&moved);
        if moved.len() == 1 {
            break;
        }
        mark = moved[0]["asOf"].clone();
        // The mark is set back by a margin, and all chats of this test are younger. A later mark lists the moved chat
        // alone.
        let now = paloma::domain::Timestamp::now().as_millis();
        assert!(mark.as_u64().unwrap() < now);
        mark = json!(ana.listed(moving).await["lastMessageTime"]);
    }
    assert_eq!(known.len(), 4, "{known:?}");
    assert_eq!(known[moving], 1, "the state after the move");
}

#[tokio::test]
async fn since_lists_only_the_chats_that_moved() {
    let (ana, chats) = four_chats().await;
    let (carla, chat) = &chats[1];
    let sent = carla.sends(chat, "Hello").await;
    let since = format!("&since={}", sent["timestamp"]);
    until("the chat to move", async || {
        let list = pages(&ana, &since, async || {}).await;
        (ids(&list) == [chat.as_str()]).then_some(())
    })
    .await;
    assert_eq!(ids(&pages(&ana, &format!("&since={}", u64::MAX), async || {}).await), Vec::<&str>::new());
    for bad in ["", "-1", "1.5", "yesterday"] {
        assert_eq!(ana.get(&format!("/chats?since={bad}")).await.problem(400), ["since"], "{bad}");
    }

    // A made-up cursor that points before `since` gives an empty page.
    let place = json!({ "chatId": chat, "lastMessageTime": 1, "asOf": 1, "since": 2 });
    let cursor = data_encoding::BASE64URL_NOPAD.encode(place.to_string().as_bytes());
    let page = ana.get(&format!("/chats?cursor={cursor}")).await;
    assert_eq!((page.status, &page.body["chats"]), (200, &json!([])), "{page:?}");
}

/// A late summary moves the chat to the time of the summary. With the time of the message, a younger mark would miss
/// it.
#[tokio::test]
async fn a_chat_moved_by_a_late_summary_is_found_by_an_earlier_mark() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chats = world.environment(&Default::default()).chats().unwrap();
    let created = bruno.listed(&chat).await["lastMessageTime"].as_u64().unwrap();
    // The summary of a message that was sent 1 ms after the chat was created.
    let at = paloma::domain::Timestamp::from_millis;
    let mark = paloma::domain::Timestamp::now();
    chats.move_to_top(chat.parse().unwrap(), bruno.id().parse().unwrap(), at(created + 1)).await.unwrap();
    let since = format!("/chats?since={}", mark.as_millis());
    until("the chat", async || (bruno.get(&since).await.body["chats"][0]["chatId"] == *chat).then_some(())).await;
    // The same job again, or an older one, changes nothing.
    let row = world.row("chats", "chatId", &format!("{chat}#{}", bruno.id())).await;
    for time in [created, created + 1] {
        chats.move_to_top(chat.parse().unwrap(), bruno.id().parse().unwrap(), at(time)).await.unwrap();
    }
    assert_eq!(world.row("chats", "chatId", &format!("{chat}#{}", bruno.id())).await, row);
}
