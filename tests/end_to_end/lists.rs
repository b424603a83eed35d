//! Paging through the list of chats while it moves: the rule is in `shared/src/domain/paging.rs`.

use std::collections::BTreeMap;

use paloma_tests::{Person, World, until};
use serde_json::{Value, json};

/// The pages of one paging, as a client reads them; `between` happens before each page but the first.
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

/// Ana with one chat with each of four users, the last of them on top of her list.
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
    assert!(list[0]["asOf"].is_u64() && list[0]["asOf"] == list[1]["asOf"], "one mark for one paging: {list:?}");
}

#[tokio::test]
async fn a_chat_that_moves_up_while_pages_are_read_is_found_by_the_mark() {
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
    assert!(!ids(&list).contains(&moving.as_str()), "it has passed the page that was still to be read: {list:?}");

    // The rule: everything since the mark, until that takes one page.
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
        // These chats are all younger than the mark is early. From one that is not, only what has moved is listed.
        let now = paloma::domain::Timestamp::now().as_millis();
        assert!(mark.as_u64().unwrap() < now);
        mark = json!(ana.listed(moving).await["lastMessageTime"]);
    }
    assert_eq!(known.len(), 4, "{known:?}");
    assert_eq!(known[moving], 1, "as it is after it has moved");
}

#[tokio::test]
async fn since_lists_what_has_moved_and_nothing_else() {
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

    // A cursor that a client has made up, of a place before what is asked for, is no fault of Paloma's.
    let place = json!({ "chatId": chat, "lastMessageTime": 1, "asOf": 1, "since": 2 });
    let cursor = data_encoding::BASE64URL_NOPAD.encode(place.to_string().as_bytes());
    let page = ana.get(&format!("/chats?cursor={cursor}")).await;
    assert_eq!((page.status, &page.body["chats"]), (200, &json!([])), "{page:?}");
}

/// A summary that comes late moves the chat to the time at which it comes: a mark that is younger than the message
/// would not find it otherwise.
#[tokio::test]
async fn a_chat_that_a_late_summary_moves_is_found_by_a_mark_from_before_it_came() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chats = world.environment(&Default::default()).chats().unwrap();
    let created = bruno.listed(&chat).await["lastMessageTime"].as_u64().unwrap();
    // Of a message that was sent a moment after the chat was made.
    let at = paloma::domain::Timestamp::from_millis;
    let mark = paloma::domain::Timestamp::now();
    chats.touch(chat.parse().unwrap(), bruno.id().parse().unwrap(), at(created + 1)).await.unwrap();
    let since = format!("/chats?since={}", mark.as_millis());
    until("the chat", async || (bruno.get(&since).await.body["chats"][0]["chatId"] == *chat).then_some(())).await;
    // The same job again, or an older one, moves nothing.
    let row = world.row("chats", "chatId", &format!("{chat}#{}", bruno.id())).await;
    for time in [created, created + 1] {
        chats.touch(chat.parse().unwrap(), bruno.id().parse().unwrap(), at(time)).await.unwrap();
    }
    assert_eq!(world.row("chats", "chatId", &format!("{chat}#{}", bruno.id())).await, row);
}
