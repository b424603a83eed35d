//! A client that was offline rebuilds the state of its chats from one call for each (invariant 9).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use paloma_tests::{Person, World};
use serde_json::{Value, json};

use crate::message_changes::{delete, edit, page};

const CHATS: usize = 10;
const EDITS: usize = 20;
const DELETIONS: usize = 10;

/// A client's copy of a chat: its messages by seq, and its two cursors.
#[derive(Default)]
struct Copy {
    messages: BTreeMap<u64, Value>,
    last_seq: u64,
    change_seq: u64,
}

impl Copy {
    /// Takes over a page. Between two states of a message the one with the higher version wins.
    fn apply(&mut self, page: &Value) {
        for message in page["messages"].as_array().unwrap().iter().chain(page["changed"].as_array().unwrap()) {
            let seq = message["seq"].as_u64().unwrap();
            let version = |message: &Value| message["version"].as_u64().unwrap_or_default();
            let known = self.messages.entry(seq).or_insert_with(|| message.clone());
            if version(message) >= version(known) {
                *known = message.clone();
            }
        }
        self.last_seq = self.messages.last_key_value().map_or(0, |(seq, _)| *seq);
        self.change_seq = page["changeSeq"].as_u64().unwrap();
    }

    fn query(&self) -> String {
        format!("?after={}&changedAfter={}&limit=100", self.last_seq, self.change_seq)
    }

    /// The state of each message that changes can alter.
    fn shown(&self) -> Vec<(u64, Value, Value, Value)> {
        let fields = |(seq, message): (&u64, &Value)| {
            (*seq, message["content"].clone(), message["version"].clone(), message["deletedBy"].clone())
        };
        self.messages.iter().map(fields).collect()
    }
}

/// The chat as a client loads it from the start.
async fn loaded(person: &Person, chat: &str) -> Copy {
    let mut copy = Copy::default();
    copy.apply(&page(person, chat, "?limit=100").await);
    copy
}

async fn change_all(ana: &Person, chat: &str, messages: &[Value]) {
    for number in 0..EDITS {
        let message = &messages[number % messages.len()];
        let current = ana.history(chat, "?limit=100").await;
        let version = current[number % messages.len()]["version"].as_u64().unwrap_or_default();
        assert_eq!(edit(ana, message, &format!("Edit {number}"), version).await.status, 200);
    }
    for message in messages.iter().rev().take(DELETIONS) {
        assert_eq!(delete(ana, message).await.status, 200);
    }
    ana.sends(chat, "After the changes").await;
}

#[tokio::test]
async fn a_client_offline_through_300_edits_and_deletions_in_10_chats_catches_up_with_one_call_for_each() {
    let world = World::get().await;
    let [bruno] = world.people().await;
    let senders: [Person; CHATS] = world.people().await;
    let chats = join_all(senders.iter().map(async |ana| {
        let chat = ana.chat_with(&bruno).await;
        let mut messages = Vec::new();
        for number in 0..15 {
            messages.push(ana.sends(&chat, &format!("Message {number}")).await);
        }
        let copy = loaded(&bruno, &chat).await;
        change_all(ana, &chat, &messages).await;
        (chat, copy)
    }))
    .await;
    for (chat, mut copy) in chats {
        let listed = bruno.listed(&chat).await;
        assert_eq!(listed["changeSeq"], json!(EDITS + DELETIONS), "the list shows that changes are missing");
        let caught_up = page(&bruno, &chat, &copy.query()).await;
        let ends = (&caught_up["hasMore"], &caught_up["hasMoreChanges"], &caught_up["reset"]);
        assert!(caught_up["reset"] != true && ends.0 == false && ends.1 == false, "{ends:?}");
        copy.apply(&caught_up);
        assert_eq!(copy.shown(), loaded(&bruno, &chat).await.shown());
        assert_eq!((copy.change_seq, copy.last_seq), ((EDITS + DELETIONS) as u64, 16));
    }
}

/// Deletes the rows of changes, as DynamoDB does after 90 days, in any order.
async fn expire(chat: &str, changes: &[u64]) {
    let world = World::get().await;
    let table = &world.description().tables["changes"];
    for number in changes {
        let delete = world.dynamodb().delete_item().table_name(table).key("chatId", AttributeValue::S(chat.to_owned()));
        delete.key("changeSeq", AttributeValue::N(number.to_string())).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_cursor_older_than_the_kept_changes_gets_a_reset_after_which_the_view_is_right_again() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut messages = Vec::new();
    for number in 0..6 {
        messages.push(ana.sends(&chat, &format!("Message {number}")).await);
    }
    let mut copy = loaded(&bruno, &chat).await;
    for (number, message) in messages.iter().enumerate() {
        assert_eq!(edit(&ana, message, &format!("Edit {number}"), 0).await.status, 200);
    }
    // A gap in the middle: the changes before it arrive, and then the reset.
    expire(&chat, &[4]).await;
    let part = page(&bruno, &chat, &copy.query()).await;
    assert_eq!((&part["changeSeq"], &part["hasMoreChanges"]), (&json!(3), &json!(true)), "{part}");
    copy.apply(&part);
    let reset = page(&bruno, &chat, &copy.query()).await;
    assert_eq!((&reset["reset"], &reset["changed"]), (&json!(true), &json!([])), "{reset}");

    expire(&chat, &[1, 2, 3]).await;
    let reset = page(&bruno, &chat, "?after=6&changedAfter=0").await;
    assert_eq!((&reset["reset"], &reset["changeSeq"]), (&json!(true), &json!(6)), "{reset}");
    let again = loaded(&bruno, &chat).await;
    let contents: Vec<_> = again.messages.values().map(|message| message["content"].clone()).collect();
    assert_eq!(contents, (0..6).map(|number| json!(format!("Edit {number}"))).collect::<Vec<_>>());
    let next = page(&bruno, &chat, &again.query()).await;
    assert!(next["reset"] != true && next["changed"] == json!([]), "{next}");
}
