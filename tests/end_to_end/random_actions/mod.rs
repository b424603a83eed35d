//! 2,000 random actions by 12 users, with joins, leaves, edits, deletions, reactions, blocks, times offline and
//! repeated jobs. At the end each client shows exactly what the tables allow its user to see, and unread counts equal a
//! count from scratch (invariants 1, 2, 4 and 9 to 13).

mod actions;
mod client;
mod truth;

use std::collections::BTreeMap;
use std::time::Instant;

use paloma::domain::UserId;
use paloma_tests::{Calls, LONG, Person, World};
use serde_json::Value;

use self::actions::{Actions, Talk};
use self::client::{Client, listed};
use self::truth::Truth;

const USERS: usize = 12;
const ACTIONS: usize = 2_000;
/// Actions at once.
const AT_ONCE: usize = 5;

/// Four groups with four members each, and twelve direct chats.
async fn chats(people: &[Person; USERS]) -> Vec<Talk> {
    let mut chats = Vec::new();
    for first in [0, 3, 6, 9] {
        let members: Vec<_> = (0..4).map(|next| (first + next) % USERS).collect();
        let others: Vec<_> = members[1..].iter().map(|member| people[*member].id()).collect();
        let id = people[first].group_with(&others).await;
        chats.push(Talk { id, members: members.into_iter().collect(), is_group: true });
    }
    for (number, person) in people.iter().enumerate() {
        let next = (number + 1) % USERS;
        let id = person.chat_with(&people[next]).await;
        chats.push(Talk { id, members: [number, next].into(), is_group: false });
    }
    chats
}

/// The first difference between a list of chats and the tables.
fn wrong_summary(person: &Person, list: &[Value], chat: &str, truth: &Truth, actions: &Actions) -> Option<String> {
    let summary = list.iter().find(|summary| summary["chatId"] == chat)?;
    let user: UserId = person.id().parse().unwrap();
    let unread = truth.unread_of(user, summary["readSeq"].as_u64().unwrap());
    if summary["unreadCount"] != unread {
        return Some(format!("{unread} unread in {summary}"));
    }
    let last = &summary["lastMessage"];
    let shown = truth.shown_to(user, &actions.contents);
    let allowed = shown.get(&last["seq"].as_u64()?)?;
    let is_allowed = allowed.iter().any(|(_, _, body)| match last["content"].as_str() {
        Some(content) => body == content,
        None => body == "deleted" || *body == last["kind"]["type"],
    });
    (!is_allowed).then(|| format!("the last message may be {allowed:?}, and not as in {summary}"))
}

/// The first message with other reactions on the screen than in the tables.
fn wrong_reactions(client: &Client, chat: &str, all: &BTreeMap<u64, Value>) -> Option<String> {
    let shown = client.reactions(chat);
    let (seq, right) = all.iter().find(|(seq, right)| shown.get(seq) != Some(right))?;
    Some(format!("the reactions to message {seq} of {chat} are {right}, and not {:?}", shown.get(seq)))
}

/// The first difference between what the clients show and what the tables allow.
async fn difference(clients: &[Client], truths: &[(String, Truth)], actions: &Actions) -> Option<String> {
    for client in clients {
        let user: UserId = client.person.id().parse().unwrap();
        let list = listed(&client.person).await;
        for (chat, truth) in truths {
            let (shown, allowed) = (client.shown(chat), truth.shown_to(user, &actions.contents));
            let is_allowed = |seq: &&u64| {
                allowed.get(seq).is_some_and(|allowed| shown.get(seq).is_some_and(|shown| allowed.contains(shown)))
            };
            if let Some(seq) = shown.keys().chain(allowed.keys()).find(|seq| !is_allowed(seq)) {
                let both = (shown.get(seq), allowed.get(seq));
                return Some(format!("{user} sees message {seq} of {chat} as {:?}, and may see {:?}", both.0, both.1));
            }
            if let Some(wrong) = truth.reactions_for(user).and_then(|all| wrong_reactions(client, chat, &all)) {
                return Some(format!("{user}: {wrong}"));
            }
            if let Some(wrong) = wrong_summary(&client.person, &list, chat, truth, actions) {
                return Some(format!("{user}: {wrong}"));
            }
        }
    }
    None
}

#[tokio::test]
async fn after_2000_random_actions_each_client_shows_exactly_what_the_tables_allow() {
    let seed = std::env::var("PALOMA_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("PALOMA_SEED={seed}");
    let world = World::get().await;
    let people: [Person; USERS] = world.people().await;
    let environment = world.environment(&Calls::default());
    let mut actions = Actions::new(seed, chats(&people).await);
    let mut clients = futures::future::join_all(people.iter().cloned().map(Client::online)).await;
    for round in 0..ACTIONS / AT_ONCE {
        let online: Vec<_> = (0..USERS).filter(|user| clients[*user].is_online()).collect();
        actions.round(&people, &online, &environment, AT_ONCE).await;
        let user = round % USERS;
        if actions.happens(20) && online.len() > USERS / 2 {
            clients[user].goes_offline();
        } else if actions.happens(60) {
            clients[user].goes_online().await;
        }
        futures::future::join_all(clients.iter_mut().map(Client::hears)).await;
    }
    println!("{:?}", actions.accepted);
    assert!(actions.rarely_accepted(3).is_empty(), "{:?}", actions.accepted);

    let users: Vec<UserId> = people.iter().map(|person| person.id().parse().unwrap()).collect();
    let mut truths = Vec::new();
    for Talk { id, .. } in &actions.chats {
        truths.push((id.clone(), Truth::of(&environment, id, &users).await));
    }
    let deadline = Instant::now() + LONG;
    loop {
        for client in &mut clients {
            client.goes_online().await;
            client.hears().await;
        }
        let Some(difference) = difference(&clients, &truths, &actions).await else { break };
        assert!(Instant::now() < deadline, "PALOMA_SEED={seed}: {difference}");
    }
}
