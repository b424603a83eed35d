//! Changes of a group that race with messages, with each other, and with an erasure (invariants 11 and 12).

use erase_account::{EraseAccount, Erasure, ErasureTask, Step};
use futures::future::join_all;
use paloma::domain::{
    ChatId, ClientMessageId, Draft, DraftNotice, GroupRequest, MAX_LEAVERS, NewChat, Timestamp, UserId,
};
use paloma::group_changes::{GroupChanges, GroupTask};
use paloma_tests::{Calls, LONG, Person, World, until_within};
use send_message::SendMessage;
use serde_json::{Value, json};

use crate::group_members::{add, remove, set_role};

/// Groups in which a member is removed, at the same time.
const GROUPS: usize = 10;

/// Removals in each group.
const REMOVALS: usize = 20;

pub(crate) fn user(person: &Person) -> UserId {
    person.id().parse().unwrap()
}

pub(crate) async fn change(groups: &GroupChanges, chat_id: ChatId, sender_id: UserId, request: GroupRequest) {
    let draft = DraftNotice { chat_id, sender_id, client_message_id: ClientMessageId::random() };
    groups.apply(&GroupTask { draft, request, charge: None }, Timestamp::now()).await.unwrap();
}

/// Adds and removes a member again and again, each time while the member sends. With more than eight recent leavers,
/// the head does not name the member as one.
async fn race_removals(
    (ana, bruno): (&Person, &Person),
    leavers: &[UserId],
    environment: &paloma::runtime::Environment,
) -> (usize, usize) {
    let others: Vec<_> = leavers.iter().map(UserId::to_string).chain([bruno.id().to_owned()]).collect();
    let others: Vec<_> = others.iter().map(String::as_str).collect();
    let chat_id: ChatId = ana.group_with(&others).await.parse().unwrap();
    let (groups, sender) = (environment.group_changes().unwrap(), SendMessage::new(environment).unwrap());
    for leaver in leavers {
        change(&groups, chat_id, user(ana), GroupRequest::Remove(*leaver)).await;
    }
    let (mut accepted, mut rejected) = (0, 0);
    for _ in 0..REMOVALS {
        let draft = Draft {
            chat_id,
            sender_id: user(bruno),
            client_message_id: ClientMessageId::random(),
            content: "Still here".to_owned().try_into().unwrap(),
            reply_to: None,
        };
        let pause = std::time::Duration::from_millis(fastrand::u64(0..30));
        let removal = async {
            tokio::time::sleep(pause).await;
            change(&groups, chat_id, user(ana), GroupRequest::Remove(user(bruno))).await;
        };
        let (sent, ()) = tokio::join!(sender.send(bruno.session(), draft, None), removal);
        match sent {
            Ok(_) => accepted += 1,
            Err(problem) => {
                assert_eq!(problem.status, 403, "{problem:?}");
                rejected += 1;
            }
        }
        let again = GroupRequest::Add { users: vec![user(bruno)], strangers: Vec::new(), history: false };
        change(&groups, chat_id, user(ana), again).await;
    }
    let mut after = 0;
    let mut is_member = true;
    loop {
        let page = ana.history(&chat_id.to_string(), &format!("?after={after}&limit=100")).await;
        let Some(last) = page.last() else { return (accepted, rejected) };
        after = last["seq"].as_u64().unwrap();
        for message in &page {
            match message["kind"]["type"].as_str() {
                Some("memberRemoved") => is_member = false,
                Some("membersAdded") => is_member = true,
                _ => assert!(is_member, "{message} follows the removal of its sender"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_no_message_of_a_removed_member_follows_the_removal_in_200_races() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let environment = world.environment(&Calls::default());
    let nine = world.silent_people(MAX_LEAVERS + 1).await;
    let leavers = |group: usize| if group.is_multiple_of(2) { nine.as_slice() } else { &[] };
    let races = (0..GROUPS).map(|group| race_removals((&ana, &bruno), leavers(group), &environment));
    let outcomes = join_all(races).await;
    let (accepted, rejected) =
        outcomes.into_iter().fold((0, 0), |(all, none), (accepted, rejected)| (all + accepted, none + rejected));
    assert_eq!(accepted + rejected, GROUPS * REMOVALS);
    assert!(accepted > 0 && rejected > 0, "{accepted} sends were faster, {rejected} slower: nothing raced");
}

#[tokio::test]
async fn administered_of_two_admins_who_remove_each_other_exactly_one_succeeds() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    set_role(&ana, &chat, bruno.id(), "admin").await;
    let (one, other) = tokio::join!(remove(&ana, &chat, bruno.id()), remove(&bruno, &chat, ana.id()));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403], "{one:?} {other:?}");
    let view = carla.get(&format!("/chats/{chat}")).await.body;
    let stays = if one.status == 200 { &ana } else { &bruno };
    assert_eq!((&view["admins"], &view["lastSeq"]), (&json!([stays.id()]), &json!(2)));
    assert_eq!(view["participants"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn administered_the_last_admin_leaves_while_being_erased_and_the_first_member_succeeds() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let chat_id: ChatId = chat.parse().unwrap();
    // Bruno joins again, so that Carla's membership began earlier.
    remove(&ana, &chat, bruno.id()).await;
    add(&ana, &chat, &[bruno.id()]).await;
    let environment = world.environment(&Calls::default());
    let (groups, eraser) = (environment.group_changes().unwrap(), EraseAccount::new(&environment).unwrap());
    let step = async |step, erasure: Erasure| eraser.step(ErasureTask { step, erasure }).await.unwrap();
    let erasure: Erasure = serde_json::from_value(json!({ "userId": ana.id(), "sweepAfterSeconds": 0 })).unwrap();
    let erasure = step(Step::BlockLogin, erasure).await;
    let erasure = step(Step::ForgetProfile, erasure).await;
    let leave = change(&groups, chat_id, user(&ana), GroupRequest::Leave);
    let (_, ()) = tokio::join!(step(Step::LeaveChats, erasure), leave);
    let view = carla.get(&format!("/chats/{chat}")).await.body;
    assert_eq!((&view["admins"], &view["participants"]), (&json!([carla.id()]), &json!([carla.id(), bruno.id()])));
    let history = carla.history(&chat, "?after=2").await;
    let left: Vec<&Value> = history.iter().map(|message| &message["kind"]).collect();
    assert_eq!(left, [&json!({ "type": "memberLeft", "newAdmin": carla.id() })], "she left once");
}

/// Adds a user, and repeats the request as long as the answer says that this is safe.
async fn add_at_last(ana: &Person, chat: &str, id: &str) -> u16 {
    until_within(LONG, "a group that others do not change", async || {
        let status = add(ana, chat, &[id]).await.status;
        (status != 503).then_some(status)
    })
    .await
}

#[tokio::test]
async fn a_group_is_filled_to_exactly_1024_by_40_additions_at_once() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut others = world.silent_people(1_053).await;
    let new = others.split_off(1_013);
    let environment = world.environment(&Calls::default());
    let group = NewChat::group(user(&ana), others, None, None).unwrap();
    let chat = group.chat_id().to_string();
    environment.chats().unwrap().create(group, None, &[], Timestamp::now()).await.unwrap();
    let ids: Vec<_> = new.iter().map(UserId::to_string).collect();
    assert_eq!(ids.len(), 40);
    let answers = join_all(ids.iter().map(|id| add_at_last(&ana, &chat, id))).await;
    let count = |status: u16| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((count(200), count(409)), (10, 30), "{answers:?}");
    let view = ana.listed(&chat).await;
    assert_eq!((view["participants"].as_array().map(Vec::len), &view["lastSeq"]), (Some(1_024), &json!(10)));
    add(&ana, &chat, &[bruno.id()]).await.problem(409);
}
