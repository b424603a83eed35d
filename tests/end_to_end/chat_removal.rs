//! `paloma chat remove`: an operator removes a group for all. Its members keep one system message (invariants 6, 11).

use ::push::Pusher;
use fan_out::FanOut;
use futures::future::join_all;
use paloma::domain::{ChatId, Draft, NewChat, Timestamp, UserId, Watermark};
use paloma::queue::{Audience, DeliveryJob, Job, Notification, SummaryJob};
use paloma_tests::{Calls, Person, Phone, Socket, World, until};
use send_message::SendMessage;
use serde_json::{Value, json};
use update_summaries::{UpdateSummaries, by_chat};

use crate::durable::draft;
use crate::erase::{erased, until_summarised};
use crate::export::{exported, of_kind};
use crate::group_deliveries::{deliveries_to, minute_ago};
use crate::group_members::{add, patch, remove, seqs};
use crate::group_races::user;
use crate::group_windows::assert_calls_show;
use crate::message_changes::{delete, edit};
use crate::reports::{of_message, report};

/// Groups in which sends race the removal. A removal is the end of its group, so each race needs a group.
const RACES: usize = 200;

/// Races at the same time.
const AT_ONCE: usize = 20;

/// Runs the command with a reason that no user must see.
pub(crate) async fn remove_chat(chat: &str) -> Value {
    let world = World::get().await;
    let output = world.paloma(&["chat", "remove", chat, "--reason", "a hidden reason", "--json"]).await;
    assert_eq!(output.code, 0, "{output:?}");
    output.json()
}

/// A named group of Ana and Bruno, which Carla has left with message 2, and the ids of its four messages.
async fn scene() -> ([Person; 3], String, Vec<Value>) {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    ana.sends(&chat, "A threat to all").await;
    remove(&carla, &chat, carla.id()).await;
    patch(&ana, &chat, json!({ "name": "A threat" })).await;
    bruno.sends(&chat, "A threat of Bruno").await;
    until_summarised(&ana, &chat, 4).await;
    let ids = ana.history(&chat, "").await.iter().map(|message| message["messageId"].clone()).collect();
    ([ana, bruno, carla], chat, ids)
}

async fn receives_the_removal(socket: &mut Socket, chat: &str, seq: u64) {
    let frame = socket.receives_message(chat, seq).await;
    assert_eq!((&frame["kind"], &frame["content"]), (&json!({ "type": "chatRemoved" }), &Value::Null), "{frame}");
    assert!(!frame.to_string().contains("hidden reason"), "{frame}");
}

#[tokio::test]
async fn windows_a_removed_group_shows_its_members_one_system_message_and_rejects_all_writes() {
    let ([ana, bruno, carla], chat, mut ids) = scene().await;
    let [stranger] = World::get().await.people().await;
    let (mut screen, mut of_carla) = (bruno.connects().await, carla.connects().await);
    let removed = remove_chat(&chat).await;
    assert_eq!((&removed["seq"], &removed["members"], &removed["removed"]), (&json!(5), &json!(2), &json!(true)));
    receives_the_removal(&mut screen, &chat, 5).await;
    assert!(of_carla.received_frames().await.is_empty(), "a former member gets no frame");
    ids.push(removed["messageId"].clone());

    for (person, visible) in [(&ana, 5), (&bruno, 5), (&carla, 2)] {
        assert_calls_show(person, &chat, &ids, &[visible], false).await;
        let view = person.get(&format!("/chats/{chat}")).await.body;
        assert_eq!(
            (&view["windows"], &view["participants"]),
            (&json!([{ "from": visible, "to": visible }]), &json!([]))
        );
        assert_eq!((&view["unreadCount"], &view["name"]), (&json!(0), &Value::Null), "{view}");
        assert_eq!(view["lastMessage"]["seq"], visible);
        let page = person.get(&format!("/chats/{chat}/messages?after=0&changedAfter=0")).await.body;
        assert!(!format!("{view}{page}").contains("threat") && !page.to_string().contains("hidden reason"), "{page}");
    }
    for person in [&ana, &bruno] {
        let send = json!({ "content": "Again", "clientMessageId": "again" });
        assert_eq!(person.post(&format!("/chats/{chat}/messages"), send).await.status, 403);
    }
    for user in [carla.id(), stranger.id()] {
        assert_eq!(add(&ana, &chat, &[user]).await.status, 403, "nobody joins");
    }
    let message = json!({ "messageId": ids[3] });
    assert_eq!(patch(&ana, &chat, json!({ "name": "Again" })).await.status, 403);
    assert_eq!((edit(&bruno, &message, "Again", 0).await.status, delete(&ana, &message).await.status), (403, 403));
    let reaction = format!("/messages/{}/reaction", ids[3].as_str().unwrap());
    assert_eq!(ana.put(&reaction, json!({ "emoji": "👍" })).await.status, 403);
    assert_eq!(report(&ana, of_message(&message)).await.status, 404);
    assert_eq!(remove(&bruno, &chat, bruno.id()).await.status, 200, "a user who leaves has left already");
    assert_eq!(stranger.get(&format!("/chats/{chat}/messages")).await.status, 404);

    let again = remove_chat(&chat).await;
    assert_eq!((&again["seq"], &again["removed"]), (&json!(5), &json!(false)), "{again}");
    assert_eq!(seqs(&ana, &chat, "").await, [5], "the last message for ever");
}

#[tokio::test]
async fn a_member_who_was_offline_learns_of_the_removal_by_the_list_of_what_has_moved() {
    let ([_, bruno, _], chat, _) = scene().await;
    let as_of = bruno.get("/chats").await.body["asOf"].as_u64().unwrap();
    remove_chat(&chat).await;
    // The group has moved in this minute already, and moves again.
    until("the removal in the list of later chats", async || {
        let page = bruno.get(&format!("/chats?since={as_of}")).await.body;
        let listed = page["chats"].as_array().unwrap().iter().find(|view| view["chatId"] == chat)?.clone();
        (listed["lastMessage"]["kind"]["type"] == "chatRemoved").then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_removal_and_its_reason_are_shown_to_operators_and_what_a_user_wrote_stays_in_the_users_export() {
    let world = World::get().await;
    let ([ana, bruno, _], chat, _) = scene().await;
    let of_chat = report(&bruno, json!({ "chatId": chat })).await.text("reportId");
    let show = ["reports", "show", &of_chat];
    let hint = format!("chat remove {chat} --reason");
    assert!(world.paloma(&show).await.stdout.contains(&hint));
    remove_chat(&chat).await;
    until_summarised(&ana, &chat, 5).await;
    for command in [vec!["chat", "show", &chat], show.to_vec()] {
        let output = world.paloma(&command).await;
        assert_eq!(output.code, 0, "{output:?}");
        assert!(output.stdout.contains("with 2 members: a hidden reason"), "{output:?}");
    }
    let shown = world.paloma(&["chat", "show", &chat, "--json"]).await.json();
    assert_eq!((&shown["removal"]["reason"], &shown["participants"]), (&json!("a hidden reason"), &json!(0)));
    assert_eq!(shown["lastMessage"]["notice"], json!({ "type": "chatRemoved" }), "{shown}");

    let lines = exported(&ana).await;
    let chats = of_kind(&lines, "chat");
    assert!(chats.iter().any(|line| line["chatId"] == chat && line["role"] == "former"), "{chats:?}");
    let messages = format!("{:?}", of_kind(&lines, "message"));
    assert!(messages.contains("A threat to all") && !messages.contains("of Bruno"), "{messages}");
    assert!(!format!("{lines:?}").contains("hidden reason"));

    erased(&bruno).await;
    assert_eq!(seqs(&ana, &chat, "").await, [5], "an erasure adds no message");
    assert_eq!(ana.history(&chat, "").await[0]["kind"], json!({ "type": "chatRemoved" }));
}

#[tokio::test]
async fn windows_no_late_or_replayed_job_shows_a_message_of_a_removed_group() {
    let world = World::get().await;
    let ([ana, bruno, _], chat, _) = scene().await;
    let chat_id: ChatId = chat.parse().unwrap();
    let users: Vec<UserId> = [&ana, &bruno].map(user).to_vec();
    let environment = world.environment(&Calls::default());
    let (chats, messages) = (environment.chats().unwrap(), environment.messages().unwrap());
    let (before, head) = (chats.chat(chat_id).await.unwrap().unwrap(), chats.head(chat_id).await.unwrap().unwrap());
    let stored = messages.between(chat_id, &head, Watermark::START, Watermark::at(4)).await.unwrap();
    remove_chat(&chat).await;
    until_summarised(&bruno, &chat, 5).await;
    // A new phone has no pushes of the time before.
    let phone = Phone::of(&bruno, "fcm").await;
    let mut socket = bruno.connects().await;

    let fan_out = FanOut::new(&environment).unwrap();
    let everyone = stored.iter().map(|message| DeliveryJob::of_message(message, Audience::Everyone, None));
    for job in deliveries_to(&users, before, &stored).into_iter().chain(everyone) {
        fan_out.deliver(&job).await.unwrap();
    }
    let (pusher, update_summaries) = (Pusher::new(&environment).unwrap(), UpdateSummaries::new(&environment).unwrap());
    for message in &stored {
        for accepted_at in [Timestamp::now(), minute_ago()] {
            let job = Notification { accepted_at, ..Notification::of(message, users.clone()) };
            assert_eq!(crate::push::consume(&pusher, &job).await, Vec::<String>::new());
        }
        let jobs = [Job::first_try("late", SummaryJob::of(message))];
        update_summaries.summarise(&by_chat(&jobs, Timestamp::now()).remove(0)).await.unwrap();
    }
    let frames = socket.received_frames().await;
    assert!(frames.is_empty(), "{frames:?}");
    assert_eq!(phone.pushes().await, []);
    assert_eq!(bruno.listed(&chat).await["lastMessage"]["seq"], 5);

    // The removal itself is delivered again, also late.
    let id = id_of_the_removal(&bruno, &chat).await;
    let removal = messages.message(id.parse().unwrap()).await.unwrap().unwrap();
    let job = DeliveryJob::of_message(&removal, Audience::Everyone, None);
    for job in [DeliveryJob { accepted_at: minute_ago(), ..job.clone() }, job] {
        fan_out.deliver(&job).await.unwrap();
        receives_the_removal(&mut socket, &chat, 5).await;
    }
}

/// The id of the only message that a member of a removed group sees.
async fn id_of_the_removal(person: &Person, chat: &str) -> String {
    person.history(chat, "").await[0]["messageId"].as_str().unwrap().to_owned()
}

/// Two members send while the group is removed. Returns the numbers of accepted and rejected sends.
async fn race(ana: &Person, bruno: &Person, environment: &paloma::runtime::Environment) -> (u64, u64) {
    let chats = environment.chats().unwrap();
    let group = NewChat::group(user(ana), vec![user(bruno)], None, None).unwrap();
    let chat_id = group.chat_id();
    chats.create(group, None, &[], Timestamp::now()).await.unwrap();
    let (groups, sender) = (environment.group_changes().unwrap(), SendMessage::new(environment).unwrap());
    let pause = std::time::Duration::from_millis(fastrand::u64(0..40));
    let removal = async {
        tokio::time::sleep(pause).await;
        groups.apply(&crate::chat_removal_faults::task(chat_id), Timestamp::now()).await.unwrap();
    };
    let send = async |person: &Person| {
        let draft = Draft { sender_id: user(person), ..draft(chat_id, person) };
        match sender.send(person.session(), draft, None).await {
            Ok(_) => true,
            Err(problem) => {
                assert_eq!(problem.status, 403, "{problem:?}");
                false
            }
        }
    };
    let ((), of_ana, of_bruno) = tokio::join!(removal, send(ana), send(bruno));
    let accepted = u64::from(of_ana) + u64::from(of_bruno);
    let head = chats.head(chat_id).await.unwrap().unwrap();
    let last = environment.messages().unwrap().message(head.last_message_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((head.last_seq.as_u64(), u64::from(last.seq)), (accepted + 1, accepted + 1), "gapless");
    assert!(head.roster.is_removed() && last.body.notice().is_some(), "no message follows the removal: {last:?}");
    (accepted, 2 - accepted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gapless_no_message_follows_the_removal_of_its_group_in_200_races() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let environment = world.environment(&Calls::default());
    let (mut accepted, mut rejected) = (0, 0);
    for _ in 0..RACES / AT_ONCE {
        for (all, none) in join_all((0..AT_ONCE).map(|_| race(&ana, &bruno, &environment))).await {
            (accepted, rejected) = (accepted + all, rejected + none);
        }
    }
    assert!(accepted > 0 && rejected > 0, "{accepted} sends were faster, {rejected} slower: nothing raced");
}
