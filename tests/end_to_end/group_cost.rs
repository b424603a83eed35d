//! The calls and units of each change of a group, as `docs/costs.md` lists them, and of a send after changes. More work
//! is a change of the product's price.

use ::members::Members;
use paloma::domain::{ChatId, GroupRequest, MAX_LEAVERS, NewChat, Timestamp, UserId};
use paloma::edge::Request;
use paloma_tests::{Calls, Person, World};
use send_message::SendMessage;
use serde_json::{Value, json};

use crate::durable::draft;
use crate::group_faults::request;
use crate::group_races::{change, user};

/// The account, the group, the transaction, and the jobs of the message and its summary.
const CHANGE: [&str; 5] = ["GetItem", "BatchGetItem", "TransactWriteItems", "SendMessage", "SendMessage"];

/// Also: the group before the charge, the charge, the new members' profiles, and the job of the `chat` frame.
const ADDITION: [&str; 9] = [
    "GetItem",
    "BatchGetItem",
    "UpdateItem",
    "BatchGetItem",
    "BatchGetItem",
    "TransactWriteItems",
    "SendMessage",
    "SendMessage",
    "SendMessage",
];

/// A request, its calls, and the most write units in a group of 10 and in one of 1,000.
type Case = (&'static str, Request, &'static [&'static str], [f64; 2]);

/// A group of this size with Ana as its admin, and its second member.
async fn group_of(size: usize, ana: &Person) -> (ChatId, UserId) {
    let world = World::get().await;
    let silent = world.silent_people(size - 1).await;
    let (second, group) = (silent[0], NewChat::group(user(ana), silent, None, None).unwrap());
    let chat_id = group.chat_id();
    world.environment(&Calls::default()).chats().unwrap().create(group, None, &[], Timestamp::now()).await.unwrap();
    (chat_id, second)
}

/// The requests in the order of the table in `docs/costs.md`.
fn cases(ana: &Person, chat_id: ChatId, second: &str, new: &[&str]) -> [Case; 7] {
    let (role, remove) = ("PUT /chats/{chatId}/members/{userId}/role", "DELETE /chats/{chatId}/members/{userId}");
    let add = |users: &[&str]| {
        let body = json!({ "userIds": users, "clientMessageId": fastrand::u64(..).to_string() });
        request(ana, "POST /chats/{chatId}/members", (chat_id, ""), &body)
    };
    let of = |route: &str, user: &str, body: Value| request(ana, route, (chat_id, user), &body);
    [
        ("add one member", add(&new[..1]), &ADDITION, [11.0, 83.0]),
        ("add twenty members", add(&new[1..]), &ADDITION, [72.0, 142.0]),
        ("change a role", of(role, second, json!({ "role": "admin" })), &CHANGE, [13.0, 83.0]),
        ("change the name", of("PATCH /chats/{chatId}", "", json!({ "name": "Ours" })), &CHANGE, [11.0, 81.0]),
        ("remove a member", of(remove, new[0], json!({})), &CHANGE, [13.0, 83.0]),
        ("remove a former member", of(remove, new[0], json!({})), &CHANGE[..2], [0.0, 0.0]),
        ("leave", of(remove, ana.id(), json!({})), &CHANGE, [13.0, 83.0]),
    ]
}

#[tokio::test]
async fn each_change_of_a_group_costs_no_more_than_documented() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let new: Vec<_> = world.silent_people(21).await.iter().map(UserId::to_string).collect();
    let new: Vec<_> = new.iter().map(String::as_str).collect();
    for (index, size) in [10, 1_000].into_iter().enumerate() {
        let (chat_id, second) = group_of(size, &ana).await;
        for (what, request, expected, limits) in cases(&ana, chat_id, &second.to_string(), &new) {
            let calls = Calls::counted();
            let answer = Members::new(&world.environment(&calls)).unwrap().answer(request).await;
            assert_eq!(answer.unwrap_or_else(|problem| panic!("{problem:?}")).status, 200);
            let work = world.work_of(&calls).await;
            println!("{what}, {size} members: {work:?}");
            assert_eq!(calls.made(), expected, "{what}");
            assert!(work.writes <= limits[index], "{what}, {size} members: {work:?}");
        }
    }
}

async fn calls_of_a_send(chat_id: ChatId, sender: &Person) -> Vec<String> {
    let calls = Calls::default();
    let send_message = SendMessage::new(&World::get().await.environment(&calls)).unwrap();
    send_message.send(sender.session(), draft(chat_id, sender), None).await.unwrap();
    calls.made()
}

#[tokio::test]
async fn a_send_costs_one_read_more_only_after_more_than_eight_recent_leavers() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let leavers = world.silent_people(MAX_LEAVERS + 1).await;
    let others = leavers.iter().copied().chain([user(&bruno)]).collect();
    let group = NewChat::group(user(&ana), others, None, None).unwrap();
    let (chat_id, environment) = (group.chat_id(), world.environment(&Calls::default()));
    environment.chats().unwrap().create(group, None, &[], Timestamp::now()).await.unwrap();
    let groups = environment.group_changes().unwrap();
    let usual = ["BatchGetItem", "TransactWriteItems", "SendMessage", "SendMessage"];
    let [eight @ .., ninth] = leavers.as_slice() else { unreachable!() };
    for leaver in eight {
        assert_eq!(calls_of_a_send(chat_id, &bruno).await, usual);
        change(&groups, chat_id, user(&ana), GroupRequest::Remove(*leaver)).await;
    }
    assert_eq!(calls_of_a_send(chat_id, &bruno).await, usual, "the head lists eight leavers");
    change(&groups, chat_id, user(&ana), GroupRequest::Remove(*ninth)).await;
    let after_nine = ["BatchGetItem", "BatchGetItem", "TransactWriteItems", "SendMessage", "SendMessage"];
    assert_eq!(calls_of_a_send(chat_id, &bruno).await, after_nine, "the sender's row once more, after the head");
}
