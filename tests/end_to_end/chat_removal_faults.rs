//! Invariant 3 for the removal of a group: a crash between any two calls, its cost in a large group, wrong commands.

use futures::future::join_all;
use paloma::domain::{
    ChatId, ClientMessageId, DraftNotice, GroupRequest, GroupRequestError, NewChat, Reason, Timestamp, Watermark,
};
use paloma::group_changes::{GroupFailure, GroupTask};
use paloma::queue::{Job, SummaryJob};
use paloma_tests::{Calls, LONG, Person, World, until_within};
use update_summaries::{UpdateSummaries, by_chat};

use crate::durable::at_every_call;
use crate::group_races::user;

/// The removal of a group, as the function `members` carries it out for an operator.
pub(crate) fn task(chat_id: ChatId) -> GroupTask {
    let reason = Reason::try_from("spam".to_owned()).unwrap();
    let draft = DraftNotice::of_chat_removal(chat_id);
    GroupTask { draft, request: GroupRequest::RemoveChat(reason), charge: None }
}

async fn new_group(ana: &Person, bruno: &Person) -> ChatId {
    let group = NewChat::group(user(ana), vec![user(bruno)], None, None).unwrap();
    let chat_id = group.chat_id();
    let chats = World::get().await.environment(&Calls::default()).chats().unwrap();
    chats.create(group, None, &[], Timestamp::now()).await.unwrap();
    chat_id
}

#[tokio::test]
async fn durable_the_removal_of_a_group_that_crashes_anywhere_is_finished_by_the_repeated_command() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let environment = world.environment(&Calls::default());
    let (chats, mut socket, mut removed) = (environment.chats().unwrap(), bruno.connects().await, Vec::new());
    at_every_call(async |calls| {
        let chat_id = new_group(&ana, &bruno).await;
        let crashing = world.environment(&calls).group_changes().unwrap();
        let first = crashing.apply(&task(chat_id), Timestamp::now()).await;
        assert_eq!(first.is_err(), calls.crashed(), "a crash is an error");
        let (chat, head) = (chats.chat(chat_id).await.unwrap().unwrap(), chats.head(chat_id).await.unwrap().unwrap());
        let is_removed = chat.membership.removal.is_some();
        assert_eq!((head.roster.is_removed(), chat.participants.is_empty()), (is_removed, is_removed), "{chat:?}");
        assert_eq!((head.last_seq.as_u64(), head.roster.size()), if is_removed { (1, 0) } else { (0, 2) });

        let again = environment.group_changes().unwrap().apply(&task(chat_id), Timestamp::now()).await.unwrap();
        assert_eq!(again.has_changed, !is_removed, "one removal for two tries");
        assert_eq!(again.message.map(|message| u64::from(message.seq)), Some(1));
        removed.push(chat_id.to_string());
    })
    .await;
    for chat in &removed {
        assert_eq!(socket.receives_message(chat, 1).await["kind"]["type"], "chatRemoved");
        until_within(LONG, "the removal in the list", async || {
            (bruno.listed(chat).await["lastMessage"]["kind"]["type"] == "chatRemoved").then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn durable_a_summary_of_a_removal_that_crashes_anywhere_moves_the_group_in_all_lists_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let environment = world.environment(&Calls::default());
    let chats = environment.chats().unwrap();
    at_every_call(async |calls| {
        let chat_id = new_group(&ana, &bruno).await;
        // The queue gets no job: this test does its work.
        let silent = world.environment(&Calls::crashing(paloma_tests::Crash::Before(2)));
        silent.group_changes().unwrap().apply(&task(chat_id), Timestamp::now()).await.unwrap_err();
        let head = chats.head(chat_id).await.unwrap().unwrap();
        let id = head.last_message_id.expect("the removal is stored");
        let message = environment.messages().unwrap().message(id).await.unwrap().unwrap();
        let jobs = [Job::first_try("removal", SummaryJob::of(&message))];
        let chat = by_chat(&jobs, Timestamp::now()).remove(0);
        let crashing = UpdateSummaries::new(&world.environment(&calls)).unwrap();
        assert_eq!(crashing.summarise(&chat).await.is_err(), calls.crashed());
        UpdateSummaries::new(&environment).unwrap().summarise(&chat).await.unwrap();
        for row in chats.members(chat_id, &[user(&ana), user(&bruno)]).await.unwrap() {
            assert!(row.last_message_time >= message.timestamp, "{row:?} has not moved");
        }
    })
    .await;
}

#[tokio::test]
async fn the_removal_of_a_group_of_1000_takes_the_calls_of_one_of_2() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let silent = world.silent_people(999).await;
    let large = NewChat::group(user(&ana), silent, None, None).unwrap();
    let large_id = large.chat_id();
    world.environment(&Calls::default()).chats().unwrap().create(large, None, &[], Timestamp::now()).await.unwrap();
    for (chat_id, most_writes) in [(new_group(&ana, &bruno).await, 8.0), (large_id, 80.0)] {
        let calls = Calls::counted();
        let groups = world.environment(&calls).group_changes().unwrap();
        groups.apply(&task(chat_id), Timestamp::now()).await.unwrap();
        assert_eq!(calls.made(), ["BatchGetItem", "TransactWriteItems", "SendMessage", "SendMessage"]);
        let work = world.work_of(&calls).await;
        println!("{work:?}");
        assert!(work.writes <= most_writes, "{} write units", work.writes);
    }
}

#[tokio::test]
async fn wrong_commands_remove_no_chat_and_name_the_remedy() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (direct, group) = (ana.chat_with(&bruno).await, new_group(&ana, &bruno).await.to_string());
    ana.sends(&direct, "Still here").await;
    let (unknown, long) = (ChatId::random().to_string(), "a".repeat(1_001));
    for (command, code, part) in [
        (vec!["chat", "remove", &group], 2, "--reason"),
        (vec!["chat", "remove", &group, "--reason", " "], 2, "visible character"),
        (vec!["chat", "remove", &group, "--reason", &long], 2, "1,000 characters"),
        (vec!["chat", "remove", "7", "--reason", "x"], 2, "UUID"),
        (vec!["chat", "remove", &unknown, "--reason", "x"], 3, "no such item"),
        (vec!["chat", "remove", &direct, "--reason", "x"], 3, "paloma message remove"),
    ] {
        let output = world.paloma(&command).await;
        assert!(output.code == code && output.stderr.contains(part), "{command:?}: {output:?}");
    }
    assert_eq!(bruno.history(&direct, "").await[0]["content"], "Still here");
    assert_eq!(ana.get(&format!("/chats/{group}")).await.body["role"], "admin");
}

/// Whether an admin added a third user, while the group was removed.
async fn race_of_an_addition(ana: &Person, bruno: &Person, carla: &Person) -> bool {
    let environment = World::get().await.environment(&Calls::default());
    let (groups, chat_id) = (environment.group_changes().unwrap(), new_group(ana, bruno).await);
    let request = GroupRequest::Add { users: vec![user(carla)], strangers: Vec::new(), history: true };
    let draft = DraftNotice { chat_id, sender_id: user(ana), client_message_id: ClientMessageId::random() };
    let addition = GroupTask { draft, request, charge: None };
    let pause = std::time::Duration::from_millis(fastrand::u64(0..40));
    let removal = async {
        tokio::time::sleep(pause).await;
        groups.apply(&task(chat_id), Timestamp::now()).await.unwrap();
    };
    let (added, ()) = tokio::join!(groups.apply(&addition, Timestamp::now()), removal);
    let is_added = match added {
        Ok(_) => true,
        Err(GroupFailure::Rejected(GroupRequestError::Left)) => false,
        Err(failure) => panic!("{failure:?}"),
    };
    let chat = environment.chats().unwrap().chat(chat_id).await.unwrap().unwrap();
    let members = chat.membership.removal.expect("a removal").members;
    assert_eq!((members.contains(&user(carla)), chat.participants.len()), (is_added, 0), "no member is left or lost");
    let views = environment.chats().unwrap().views(&[chat_id], user(carla)).await.unwrap();
    let visible: Vec<_> =
        views.iter().map(|(_, head, member)| member.windows.count_between(Watermark::START, head.last_seq)).collect();
    assert_eq!(visible, if is_added { vec![1] } else { Vec::new() }, "the removal alone, or no chat");
    is_added
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administered_no_addition_survives_the_removal_of_its_group_in_40_races() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let mut added = 0;
    for _ in 0..4 {
        let races = (0..10).map(|_| race_of_an_addition(&ana, &bruno, &carla));
        added += join_all(races).await.into_iter().filter(|is_added| *is_added).count();
    }
    assert!((1..40).contains(&added), "{added} additions were faster: nothing raced");
}
