//! Pins, archived chats and marks as unread: lists show them at once, without a write for any message or receipt.

use futures::future::join_all;
use paloma::domain::Timestamp;
use paloma_tests::{Answer, Person, World, until};
use serde_json::{Value, json};

use crate::group_members::remove;

pub(crate) async fn pin(person: &Person, chat: &str, pinned: bool) -> Answer {
    person.put(&format!("/chats/{chat}/pin"), json!({ "pinned": pinned })).await
}

pub(crate) async fn archive(person: &Person, chat: &str, archived: bool) -> Answer {
    person.put(&format!("/chats/{chat}/archive"), json!({ "archived": archived })).await
}

pub(crate) async fn mark_unread(person: &Person, chat: &str, marked: bool) -> Answer {
    person.put(&format!("/chats/{chat}/unread"), json!({ "markedUnread": marked })).await
}

pub(crate) async fn mute_for(person: &Person, chat: &str, millis: Option<u64>) {
    let end = millis.map(|millis| Timestamp::now().as_millis() + millis);
    assert_eq!(person.put(&format!("/chats/{chat}/mute"), json!({ "until": end })).await.status, 200);
}

/// The settings of a chat as a list shows them: pinned, archived, marked as unread. The answer for the one chat must
/// be the same.
pub(crate) async fn shown(person: &Person, chat: &str) -> [bool; 3] {
    let one = person.get(&format!("/chats/{chat}")).await.body;
    let listed = person.listed(chat).await;
    let [one, listed] = [one, listed]
        .map(|view| ["pinned", "archived", "markedUnread"].map(|field| view[field].as_bool().unwrap_or_default()));
    assert_eq!(one, listed);
    listed
}

const NONE: [bool; 3] = [false, false, false];
pub(crate) const PINNED: [bool; 3] = [true, false, false];
pub(crate) const ARCHIVED: [bool; 3] = [false, true, false];
const UNREAD: [bool; 3] = [false, false, true];

/// The user's direct chats with these others.
async fn chats_of<const N: usize>(user: &Person, others: [&Person; N]) -> [String; N] {
    let chats: Vec<_> = join_all(others.map(|other| user.chat_with(other))).await;
    chats.try_into().unwrap()
}

#[tokio::test]
async fn at_most_three_chats_are_pinned_and_the_fourth_names_the_remedy() {
    let [ana, bruno, carla, dora, emil] = World::get().await.people().await;
    let chats = chats_of(&ana, [&bruno, &carla, &dora, &emil]).await;
    for chat in &chats[..3] {
        let answer = pin(&ana, chat, true).await;
        assert_eq!((answer.status, &answer.body["pinned"]), (200, &json!(true)), "{answer:?}");
        assert_eq!(pin(&ana, chat, true).await.status, 200, "a repeated pin");
    }
    let fourth = pin(&ana, &chats[3], true).await;
    assert_eq!(fourth.problem(409), Vec::<String>::new());
    assert!(fourth.text("detail").contains("Remove the pin of one first"), "{fourth:?}");
    assert_eq!(shown(&ana, &chats[3]).await, NONE);
    assert_eq!(shown(&ana, &chats[0]).await, PINNED);
    assert_eq!(shown(&bruno, &chats[0]).await, NONE, "only the user sees the pin");
    assert_eq!(ana.chat_with(&bruno).await, chats[0]);
    let again = ana.post("/chats", json!({ "type": "direct", "participants": [bruno.id()] })).await;
    assert_eq!((again.status, &again.body["pinned"]), (200, &json!(true)), "{again:?}");

    assert_eq!(pin(&ana, &chats[0], false).await.body["pinned"], json!(false));
    assert_eq!(pin(&ana, &chats[3], true).await.status, 200);
    assert_eq!([shown(&ana, &chats[0]).await, shown(&ana, &chats[3]).await], [NONE, PINNED]);
}

#[tokio::test]
async fn pins_at_once_never_make_four() {
    let [ana, bruno, carla, dora, emil, fay] = World::get().await.people().await;
    let chats = chats_of(&ana, [&bruno, &carla, &dora, &emil, &fay]).await;
    assert_eq!(pin(&ana, &chats[0], true).await.status, 200);
    for _ in 0..5 {
        let answers = join_all(chats[1..].iter().map(|chat| pin(&ana, chat, true))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
        let listed = ana.get("/chats").await.body;
        let pinned = listed["chats"].as_array().unwrap().iter().filter(|chat| chat["pinned"] == true);
        assert_eq!(pinned.count(), 3);
        join_all(chats[1..].iter().map(|chat| pin(&ana, chat, false))).await;
    }
}

#[tokio::test]
async fn the_first_page_has_the_pinned_chats_however_old() {
    let [ana, bruno, carla, dora, emil] = World::get().await.people().await;
    let chats = chats_of(&ana, [&bruno, &carla, &dora, &emil]).await;
    let all = until("the index to show all chats", async || {
        let listed = ana.get("/chats").await.body["chats"].as_array()?.clone();
        (listed.len() == 4).then_some(listed)
    })
    .await;
    let last = all[3]["chatId"].as_str().unwrap().to_owned();
    assert!(chats.contains(&last));
    assert_eq!(pin(&ana, &last, true).await.status, 200);
    let ids = |page: &Value| -> Vec<String> {
        page["chats"].as_array().unwrap().iter().map(|chat| chat["chatId"].as_str().unwrap().to_owned()).collect()
    };
    let first = ana.get("/chats?limit=2").await.body;
    assert_eq!((ids(&first).len(), ids(&first).contains(&last)), (3, true));
    let second = ana.get(&format!("/chats?limit=2&cursor={}", first["cursor"].as_str().unwrap())).await.body;
    assert_eq!((ids(&second).len(), ids(&second).contains(&last)), (2, true), "the pass misses nothing");
    assert_eq!(second["cursor"], Value::Null);
}

#[tokio::test]
async fn a_message_brings_an_archived_chat_back_unless_it_is_muted() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "One").await;
    let answer = archive(&bruno, &chat, true).await;
    assert_eq!((answer.status, &answer.body["archived"], &answer.body["lastCount"]), (200, &json!(true), &json!(1)));
    assert_eq!([shown(&bruno, &chat).await, shown(&ana, &chat).await], [ARCHIVED, NONE]);
    ana.sends(&chat, "Two").await;
    assert_eq!(shown(&bruno, &chat).await, NONE, "at once, without any job");

    // A mute after that does not archive it again.
    mute_for(&bruno, &chat, Some(3_600_000)).await;
    assert_eq!(shown(&bruno, &chat).await, NONE);
    archive(&bruno, &chat, true).await;
    ana.sends(&chat, "Three").await;
    assert_eq!(shown(&bruno, &chat).await, ARCHIVED, "the chat is muted");
    // The message of the muted time does not bring it back, the next one does.
    mute_for(&bruno, &chat, None).await;
    assert_eq!(shown(&bruno, &chat).await, ARCHIVED);
    ana.sends(&chat, "Four").await;
    assert_eq!(shown(&bruno, &chat).await, NONE);

    // A mute that ends by itself does the same.
    archive(&bruno, &chat, true).await;
    mute_for(&bruno, &chat, Some(1_500)).await;
    let end = bruno.listed(&chat).await["mutedUntil"].as_u64();
    ana.sends(&chat, "Five").await;
    until("the mute to end", async || end.is_none_or(|end| Timestamp::now().as_millis() > end).then_some(())).await;
    let last = ana.history(&chat, "").await.last().unwrap()["timestamp"].as_u64();
    assert!(last < end, "this machine is too slow for the test: {last:?}, {end:?}");
    assert_eq!(shown(&bruno, &chat).await, ARCHIVED);
    ana.sends(&chat, "Six").await;
    assert_eq!(shown(&bruno, &chat).await, NONE);

    archive(&bruno, &chat, true).await;
    bruno.sends(&chat, "Seven").await;
    assert_eq!(shown(&bruno, &chat).await, NONE, "the user's own message");
    archive(&bruno, &chat, true).await;
    assert_eq!(archive(&bruno, &chat, false).await.body["archived"], json!(false));
    assert_eq!(shown(&bruno, &chat).await, NONE);
}

#[tokio::test]
async fn a_chat_is_pinned_or_archived() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    pin(&ana, &chat, true).await;
    archive(&ana, &chat, true).await;
    assert_eq!(shown(&ana, &chat).await, ARCHIVED);
    pin(&ana, &chat, true).await;
    assert_eq!(shown(&ana, &chat).await, PINNED);
}

#[tokio::test]
async fn a_mark_as_unread_ends_when_the_user_reads_or_writes() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "One").await;
    bruno.acknowledges(&sent, "read").await;
    let answer = mark_unread(&bruno, &chat, true).await;
    assert_eq!((&answer.body["markedUnread"], &answer.body["readSeq"]), (&json!(true), &json!(1)), "{answer:?}");
    assert_eq!([shown(&bruno, &chat).await, shown(&ana, &chat).await], [UNREAD, NONE]);
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0, "a mark counts nothing");
    let sent = ana.sends(&chat, "Two").await;
    bruno.acknowledges(&sent, "delivered").await;
    assert_eq!(shown(&bruno, &chat).await, UNREAD, "a delivery is no reading");
    bruno.acknowledges(&sent, "read").await;
    assert_eq!(shown(&bruno, &chat).await, NONE);

    mark_unread(&bruno, &chat, true).await;
    bruno.sends(&chat, "Three").await;
    assert_eq!(shown(&bruno, &chat).await, NONE, "sending is reading");
    ana.sends(&chat, "Four").await;
    assert_eq!(shown(&bruno, &chat).await, NONE);
    mark_unread(&bruno, &chat, true).await;
    assert_eq!(shown(&bruno, &chat).await, UNREAD);
    assert_eq!(mark_unread(&bruno, &chat, false).await.body["markedUnread"], json!(false));
    assert_eq!(shown(&bruno, &chat).await, NONE);
}

#[tokio::test]
async fn a_former_member_may_arrange_the_group_and_a_rejoining_brings_it_back() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    ana.sends(&chat, "One").await;
    archive(&carla, &chat, true).await;
    assert_eq!(remove(&ana, &chat, bruno.id()).await.status, 200);
    assert_eq!(shown(&carla, &chat).await, ARCHIVED, "a system message does not bring it back");
    assert_eq!(archive(&bruno, &chat, true).await.status, 200);
    ana.sends(&chat, "Two").await;
    assert_eq!([shown(&bruno, &chat).await, shown(&carla, &chat).await], [ARCHIVED, NONE], "Bruno does not see it");
    assert_eq!(mark_unread(&bruno, &chat, true).await.status, 200);
    assert_eq!(mark_unread(&bruno, &chat, false).await.status, 200);
    assert_eq!(pin(&bruno, &chat, true).await.status, 200);
    assert_eq!(shown(&bruno, &chat).await, PINNED);
    archive(&bruno, &chat, true).await;
    let mute = bruno.put(&format!("/chats/{chat}/mute"), json!({ "until": null })).await;
    assert_eq!(mute.problem(403), Vec::<String>::new());
    assert_eq!(crate::group_members::add(&ana, &chat, &[bruno.id()]).await.status, 200);
    assert_eq!(shown(&bruno, &chat).await, NONE);
}

#[tokio::test]
async fn settings_of_lists_reject_bad_input_and_strangers_and_change_nothing() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    for (call, field) in [("pin", "pinned"), ("archive", "archived"), ("unread", "markedUnread")] {
        let path = format!("/chats/{chat}/{call}");
        for bad in [json!({}), json!({ field: null }), json!({ field: "true" }), json!({ field: 1 })] {
            assert_eq!(ana.put(&path, bad.clone()).await.problem(400), [field], "{bad}");
        }
        assert_eq!(ana.put(&path, json!([])).await.status, 400);
        let stranger = carla.put(&path, json!({ field: true })).await;
        assert_eq!(stranger.problem(404), Vec::<String>::new());
        let unknown = ana.put(&format!("/chats/{}/{call}", ana.id()), json!({ field: true })).await;
        assert_eq!(unknown.without_request_id().body, stranger.without_request_id().body, "invariant 6");
    }
    assert_eq!([shown(&ana, &chat).await, shown(&bruno, &chat).await], [NONE, NONE]);
    let list = carla.get("/chats").await.body;
    assert_eq!(list["chats"], json!([]));
}
