//! Frames and ticks of a group in which members join and leave (invariants 4, 5 and 11).

use ::push::Pusher;
use fan_out::FanOut;
use paloma::domain::{Chat, ChatId, Message, Status, StatusEvent, Timestamp, UserId, Watermark};
use paloma::queue::{Audience, DeliveryJob, Job, Notification, SummaryJob};
use paloma_tests::{Calls, Phone, World, until};
use serde_json::json;
use update_summaries::{UpdateSummaries, by_chat};

use crate::erase::until_summarised;
use crate::group_members::{add, remove};
use crate::push::consume;

#[tokio::test]
async fn windows_a_replayed_or_sharded_delivery_reaches_no_later_and_no_former_member() {
    let world = World::get().await;
    let [ana, bruno, carla, dora] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), dora.id()]).await;
    let sent = ana.sends(&chat, "Before Carla, with Dora").await;
    add(&ana, &chat, &[carla.id()]).await;
    remove(&ana, &chat, dora.id()).await;
    let (mut socket, mut former, mut member) = (carla.connects().await, dora.connects().await, bruno.connects().await);
    let environment = world.environment(&Calls::default());
    let id = sent["messageId"].as_str().unwrap().parse().unwrap();
    let message = environment.messages().unwrap().message(id).await.unwrap().unwrap();
    let users: Vec<UserId> = [&bruno, &carla, &dora].map(|person| person.id().parse().unwrap()).to_vec();
    for audience in [Audience::Everyone, Audience::Only(users)] {
        let job = DeliveryJob::of_message(&message, audience, None);
        FanOut::new(&environment).unwrap().deliver(&job).await.unwrap();
        assert_eq!(member.receives_message(&chat, 1).await["content"], "Before Carla, with Dora");
        for other in [&mut socket, &mut former] {
            let frames = other.received_frames().await;
            assert!(frames.iter().all(|frame| frame["message"]["seq"] != 1), "{frames:?}");
        }
    }
}

#[tokio::test]
async fn monotone_ticks_that_waited_for_a_leaver_settle_and_old_ones_stay_when_a_member_joins() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut socket = ana.connects().await;
    let first = ana.sends(&chat, "Read by Bruno alone").await;
    bruno.acknowledges(&first, "read").await;
    remove(&ana, &chat, carla.id()).await;
    socket.receives_tick(&chat, 1, "read").await;
    add(&ana, &chat, &[dora.id()]).await;
    let second = ana.sends(&chat, "Not read yet").await;
    let status = async |seq: u64| ana.history(&chat, &format!("?after={}", seq - 1)).await[0]["status"].clone();
    assert_eq!((status(1).await, status(4).await), (json!("read"), json!("sent")));
    bruno.acknowledges(&second, "read").await;
    dora.acknowledges(&second, "read").await;
    until("the tick of the second message", async || (status(4).await == "read").then_some(())).await;
}

/// The deliveries of messages, the chat and a status to these users, as on time and late.
pub(crate) fn deliveries_to(users: &[UserId], chat: Chat, messages: &[Message]) -> Vec<DeliveryJob> {
    let last = messages.last().unwrap();
    let status = StatusEvent {
        chat_id: last.chat_id,
        seq: last.seq,
        from: None,
        status: Status::Read,
        user_id: users[0],
        everyone: true,
        timestamp: minute_ago(),
    };
    let mut jobs = vec![
        DeliveryJob::of_chat(chat, Timestamp::now()).for_users(users.to_vec()),
        DeliveryJob::of_status(status, users.to_vec(), None),
    ];
    for message in messages {
        let job = DeliveryJob::of_message(message, Audience::Only(users.to_vec()), None);
        jobs.extend([DeliveryJob { accepted_at: minute_ago(), ..job.clone() }, job]);
    }
    jobs
}

pub(crate) fn minute_ago() -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() - 61_000)
}

/// Jobs from before the removal that run late, such as replayed dead letters.
#[tokio::test]
async fn windows_no_late_job_reaches_or_re_adds_a_removed_member() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let chat_id: ChatId = chat.parse().unwrap();
    let users: Vec<UserId> = [&bruno, &carla].map(|person| person.id().parse().unwrap()).to_vec();
    add(&ana, &chat, &[carla.id()]).await;
    ana.sends(&chat, "With Carla").await;
    let environment = world.environment(&Calls::default());
    let (chats, messages) = (environment.chats().unwrap(), environment.messages().unwrap());
    let (before, head) = (chats.chat(chat_id).await.unwrap().unwrap(), chats.head(chat_id).await.unwrap().unwrap());
    let stored = messages.between(chat_id, &head, Watermark::START, Watermark::at(2)).await.unwrap();
    remove(&ana, &chat, carla.id()).await;
    until_summarised(&bruno, &chat, 3).await;
    let rows = async || (chats.chat(chat_id).await.unwrap(), chats.member(chat_id, users[1]).await.unwrap());
    let after = rows().await;
    // A new phone has no pushes of the time before.
    let phone = Phone::of(&carla, "fcm").await;
    let (mut socket, mut member) = (carla.connects().await, bruno.connects().await);

    let fan_out = FanOut::new(&environment).unwrap();
    for job in deliveries_to(&users, before, &stored) {
        fan_out.deliver(&job).await.unwrap();
    }
    member.receives("the chat", |frame| frame["type"] == "chat").await;
    member.receives_tick(&chat, 2, "read").await;
    member.receives_message(&chat, 2).await;
    let (pusher, update_summaries) = (Pusher::new(&environment).unwrap(), UpdateSummaries::new(&environment).unwrap());
    for message in &stored {
        for accepted_at in [Timestamp::now(), minute_ago()] {
            let job = Notification { accepted_at, ..Notification::of(message, users.clone()) };
            assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
        }
        let jobs = [Job::first_try("late", SummaryJob::of(message))];
        update_summaries.summarise(&by_chat(&jobs, Timestamp::now()).remove(0)).await.unwrap();
    }
    let frames = socket.received_frames().await;
    assert!(frames.is_empty(), "{frames:?}");
    assert_eq!(phone.pushes().await, []);
    assert_eq!(rows().await, after, "no job changes the membership");
    assert_eq!(carla.listed(&chat).await["role"], "former");
}
