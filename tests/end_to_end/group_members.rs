//! Members of a group: their rights, and the messages that new and former members see (invariants 6, 11 and 12).

use paloma_tests::{Answer, Person, World};
use reqwest::Method;
use serde_json::{Value, json};

/// Adds users to a group.
pub(crate) async fn add(admin: &Person, chat: &str, users: &[&str]) -> Answer {
    add_with(admin, chat, json!({ "userIds": users })).await
}

pub(crate) async fn add_with(admin: &Person, chat: &str, mut body: Value) -> Answer {
    if body["clientMessageId"].is_null() {
        body["clientMessageId"] = json!(format!("{:032x}", fastrand::u128(..)));
    }
    admin.post(&format!("/chats/{chat}/members"), body).await
}

/// Removes a member, or leaves.
pub(crate) async fn remove(actor: &Person, chat: &str, user: &str) -> Answer {
    actor.delete(&format!("/chats/{chat}/members/{user}")).await
}

pub(crate) async fn set_role(actor: &Person, chat: &str, user: &str, role: &str) -> Answer {
    actor.put(&format!("/chats/{chat}/members/{user}/role"), json!({ "role": role })).await
}

pub(crate) async fn patch(actor: &Person, chat: &str, change: Value) -> Answer {
    Answer::to(actor.request(Method::PATCH, &format!("/chats/{chat}")).json(&change)).await
}

/// The seqs of a page.
pub(crate) async fn seqs(person: &Person, chat: &str, query: &str) -> Vec<u64> {
    person.history(chat, query).await.iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn windows_a_new_member_sees_messages_from_the_joining_on() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    for number in 1..=3 {
        ana.sends(&chat, &format!("Before {number}")).await;
    }
    let old = ana.history(&chat, "").await[2].clone();
    let mut socket = carla.connects().await;
    let added = add(&ana, &chat, &[carla.id()]).await;
    assert_eq!((added.status, &added.body["message"]["seq"]), (200, &json!(4)), "{added:?}");
    let frame = socket.receives("the chat", |frame| frame["type"] == "chat").await;
    assert_eq!(frame["chat"]["chatId"], json!(chat));
    let frame = socket.receives_message(&chat, 4).await;
    let kind = json!({ "type": "membersAdded", "userIds": [carla.id()] });
    assert_eq!((&frame["kind"], &frame["content"]), (&kind, &Value::Null), "{frame}");
    let sent = ana.sends(&chat, "After").await;
    let frame = socket.receives_message(&chat, 5).await;
    assert_eq!((&frame["content"], &frame["count"]), (&json!("After"), &json!(4)));

    for query in ["", "?after=0", "?after=3", "?before=6", "?after=0&limit=2"] {
        assert_eq!(seqs(&carla, &chat, query).await, [4, 5], "{query}");
    }
    let page = carla.get(&format!("/chats/{chat}/messages?before=5")).await.body;
    assert_eq!((&page["windows"], &page["hasMore"]), (&json!([{ "from": 4 }]), &json!(false)), "no gap before it");
    assert_eq!(seqs(&carla, &chat, "?before=4").await, [0_u64; 0]);
    assert_eq!(carla.acknowledges(&old, "read").await.status, 404, "a message outside of the windows");
    let id = old["messageId"].as_str().unwrap();
    assert_eq!(carla.get(&format!("/messages/{id}/receipts")).await.status, 404);
    let listed = carla.listed(&chat).await;
    assert_eq!((&listed["unreadCount"], &listed["readSeq"], &listed["role"]), (&json!(1), &json!(4), &json!("member")));
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 4, "the system message does not count");
    let read = carla.acknowledges(&sent, "read").await;
    assert_eq!((&read.body["unreadCount"], &read.body["readSeq"]), (&json!(0), &json!(5)), "{read:?}");
    bruno.acknowledges(&old, "read").await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 1);
    assert_eq!(seqs(&bruno, &chat, "").await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn windows_a_member_who_rejoins_gets_exactly_the_two_windows() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    ana.sends(&chat, "1, before Carla").await;
    add(&ana, &chat, &[carla.id()]).await;
    ana.sends(&chat, "3, with Carla").await;
    assert_eq!(remove(&ana, &chat, carla.id()).await.status, 200);
    ana.sends(&chat, "5, without Carla").await;
    ana.sends(&chat, "6, without Carla").await;
    add(&ana, &chat, &[carla.id()]).await;
    ana.sends(&chat, "8, with Carla").await;
    let page = carla.get(&format!("/chats/{chat}/messages?after=0")).await.body;
    assert_eq!(page["windows"], json!([{ "from": 2, "to": 4 }, { "from": 7 }]));
    for query in ["", "?after=0", "?before=100", "?limit=5"] {
        assert_eq!(seqs(&carla, &chat, query).await, [2, 3, 4, 7, 8], "{query}");
    }
    assert_eq!(seqs(&carla, &chat, "?after=0&limit=3").await, [2, 3, 4]);
    assert_eq!(seqs(&carla, &chat, "?after=4&limit=1").await, [7]);
    assert_eq!(seqs(&carla, &chat, "?before=7").await, [2, 3, 4]);
    assert_eq!(seqs(&carla, &chat, "?before=8&limit=2").await, [4, 7]);
    assert_eq!(carla.listed(&chat).await["unreadCount"], 1);

    // Removed and added again with the history: everything except the time away.
    remove(&ana, &chat, carla.id()).await;
    ana.sends(&chat, "10, without Carla").await;
    let body = json!({ "userIds": [carla.id()], "history": true });
    assert_eq!(add_with(&ana, &chat, body).await.status, 200);
    assert_eq!(seqs(&carla, &chat, "").await, [1, 2, 3, 4, 7, 8, 9, 11]);
}

#[tokio::test]
async fn private_a_former_member_reads_the_windows_writes_nothing_and_gets_no_frame() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let sent = ana.sends(&chat, "Seen").await;
    let (mut socket, mut socket_of_ana) = (carla.connects().await, ana.connects().await);
    assert_eq!(remove(&ana, &chat, carla.id()).await.status, 200);
    let frame = socket.receives_message(&chat, 2).await;
    assert_eq!(frame["kind"], json!({ "type": "memberRemoved", "userId": carla.id() }), "the removal itself");
    ana.sends(&chat, "A secret").await;
    patch(&ana, &chat, json!({ "name": "Without Carla" })).await;
    bruno.sends(&chat, "Another secret").await;

    assert_eq!(seqs(&carla, &chat, "").await, [1, 2]);
    assert_eq!(seqs(&carla, &chat, "?after=0").await, [1, 2]);
    let page = carla.get(&format!("/chats/{chat}/messages?after=1")).await.body;
    assert_eq!((&page["lastSeq"], &page["hasMore"]), (&json!(2), &json!(false)), "nothing to catch up with");
    let listed = carla.listed(&chat).await;
    let expected = json!({
        "name": "Group", "role": "former", "lastSeq": 2, "unreadCount": 0, "participants": [],
        "windows": [{ "from": 1, "to": 2 }],
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&listed[field], value, "{field} in {listed}");
    }
    assert_eq!(listed["lastMessage"]["kind"]["type"], "memberRemoved");
    assert_eq!(carla.get(&format!("/chats/{chat}")).await.status, 200);

    let send = json!({ "content": "Hello?", "clientMessageId": "x" });
    carla.post(&format!("/chats/{chat}/messages"), send).await.problem(403);
    carla.acknowledges(&sent, "read").await.problem(403);
    carla.put(&format!("/chats/{chat}/mute"), json!({ "until": null })).await.problem(403);
    add(&carla, &chat, &[carla.id()]).await.problem(403);
    remove(&carla, &chat, bruno.id()).await.problem(403);
    set_role(&carla, &chat, carla.id(), "admin").await.problem(403);
    patch(&carla, &chat, json!({ "name": "Mine" })).await.problem(403);
    assert_eq!(remove(&carla, &chat, carla.id()).await.status, 200, "she has left already");

    // The frame at Ana proves that the last message was delivered.
    socket_of_ana.receives_message(&chat, 5).await;
    let received = socket.received_frames().await;
    assert!(received.is_empty(), "{received:?}");
}

#[tokio::test]
async fn private_for_strangers_a_group_does_not_exist_and_nothing_changes() {
    let [ana, bruno, mallory] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    add(&mallory, &chat, &[mallory.id()]).await.problem(404);
    remove(&mallory, &chat, bruno.id()).await.problem(404);
    remove(&mallory, &chat, mallory.id()).await.problem(404);
    set_role(&mallory, &chat, mallory.id(), "admin").await.problem(404);
    patch(&mallory, &chat, json!({ "name": "Mine" })).await.problem(404);
    assert_eq!(ana.listed(&chat).await["lastSeq"], 0);
}

#[tokio::test]
async fn administered_admins_change_a_group_and_members_do_not() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    assert_eq!(ana.listed(&chat).await["role"], "admin");
    for answer in [
        add(&bruno, &chat, &[dora.id()]).await,
        remove(&bruno, &chat, carla.id()).await,
        set_role(&bruno, &chat, bruno.id(), "admin").await,
        patch(&bruno, &chat, json!({ "name": "Bruno's" })).await,
    ] {
        answer.problem(403);
    }
    // Every change is one message; a request for the present state writes none.
    let changes = json!({ "name": "Ours", "avatar": "https://example.com/a.png", "onlyAdminsWrite": true });
    assert_eq!(patch(&ana, &chat, changes.clone()).await.body["message"]["seq"], 1);
    assert!(patch(&ana, &chat, changes).await.body["message"].is_null());
    assert_eq!(set_role(&ana, &chat, bruno.id(), "admin").await.body["message"]["seq"], 2);
    assert!(set_role(&ana, &chat, bruno.id(), "admin").await.body["message"].is_null());
    let view = bruno.get(&format!("/chats/{chat}")).await.body;
    assert_eq!((&view["name"], &view["avatar"]), (&json!("Ours"), &json!("https://example.com/a.png")));
    assert_eq!((&view["admins"], &view["membershipVersion"]), (&json!([ana.id(), bruno.id()]), &json!(2)));

    let send = json!({ "content": "May I?", "clientMessageId": "1" });
    carla.post(&format!("/chats/{chat}/messages"), send.clone()).await.problem(403);
    bruno.sends(&chat, "Admins may").await;
    patch(&bruno, &chat, json!({ "onlyAdminsWrite": false, "onlyAdminsAdd": false })).await;
    assert_eq!(carla.post(&format!("/chats/{chat}/messages"), send).await.status, 202);
    let with_history = json!({ "userIds": [dora.id()], "history": true });
    add_with(&carla, &chat, with_history).await.problem(403);
    assert_eq!(add(&carla, &chat, &[dora.id()]).await.status, 200);
    patch(&ana, &chat, json!({ "name": null })).await;
    assert!(ana.listed(&chat).await["name"].is_null());
}

#[tokio::test]
async fn administered_the_first_member_succeeds_the_last_admin() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    add(&ana, &chat, &[carla.id()]).await;
    set_role(&ana, &chat, ana.id(), "member").await.problem(409);
    let left = remove(&ana, &chat, ana.id()).await;
    assert_eq!(left.body["message"]["kind"], json!({ "type": "memberLeft", "newAdmin": bruno.id() }), "{left:?}");
    assert_eq!(bruno.listed(&chat).await["role"], "admin");
    assert_eq!(remove(&bruno, &chat, carla.id()).await.status, 200, "the successor has the rights");
}

#[tokio::test]
async fn idempotent_a_repeated_addition_answers_as_the_first_and_re_adds_no_removed_member() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let body = json!({ "userIds": [carla.id()], "clientMessageId": "once" });
    let first = add_with(&ana, &chat, body.clone()).await;
    let again = add_with(&ana, &chat, body.clone()).await;
    assert_eq!((again.status, &again.body["message"]), (200, &first.body["message"]));
    remove(&ana, &chat, carla.id()).await;
    let late = add_with(&ana, &chat, body).await;
    assert_eq!((late.status, &late.body["message"]), (200, &first.body["message"]));
    carla
        .post(&format!("/chats/{chat}/messages"), json!({ "content": "?", "clientMessageId": "1" }))
        .await
        .problem(403);
    let other = json!({ "userIds": [dora.id()], "clientMessageId": "once" });
    add_with(&ana, &chat, other).await.problem(409);
    dora.get(&format!("/chats/{chat}")).await.problem(404);
}

#[tokio::test]
async fn bad_input_changes_nothing_and_names_the_field() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let direct = ana.chat_with(&bruno).await;
    let nobody = paloma::domain::UserId::random().to_string();
    let many: Vec<_> = (0..51).map(|_| nobody.clone()).collect();
    for (users, field) in [
        (json!([]), "userIds"),
        (json!(many), "userIds"),
        (json!([carla.id(), carla.id()]), "userIds"),
        (json!([carla.id(), nobody]), "userIds[1]"),
        (json!(["carla"]), "userIds[0]"),
        (json!(null), "userIds"),
    ] {
        let rejected = add_with(&ana, &chat, json!({ "userIds": users })).await;
        assert_eq!(rejected.problem(400), [field], "{users}");
    }
    assert_eq!(add(&ana, &direct, &[carla.id()]).await.problem(400), ["chatId"]);
    assert_eq!(remove(&ana, &direct, ana.id()).await.problem(400), ["chatId"]);
    assert_eq!(set_role(&ana, &chat, bruno.id(), "owner").await.problem(400), ["role"]);
    assert_eq!(set_role(&ana, &chat, carla.id(), "admin").await.problem(400), ["userId"]);
    assert_eq!(patch(&ana, &chat, json!({ "title": "?" })).await.problem(400), ["name"]);
    assert_eq!(patch(&ana, &chat, json!({ "name": "two\nlines" })).await.problem(400), ["name"]);
    assert_eq!(patch(&ana, &chat, json!({ "onlyAdminsAdd": "yes" })).await.problem(400), ["onlyAdminsAdd"]);
    remove(&ana, &chat, "bruno").await.problem(404);
    assert_eq!(ana.listed(&chat).await["lastSeq"], 0);
}
