//! Erasure and late work: jobs in flight, replays, and an erasure that starts again after a crash.

use erase_account::{EraseAccount, Erasure, ErasureTask, Failure, Step};
use fan_out::FanOut;
use paloma::domain::{ChatId, ConnectionId, Draft, Message, Session, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob, Job, Notification, NotificationJob, SummaryJob};
use paloma::store::Acceptance;
use paloma_tests::{Calls, Phone, World, until};
use serde_json::json;
use update_summaries::{UpdateSummaries, by_chat};

use crate::erase::{assert_redacted, erased, until_summarised};

/// Invariant 10: neither a replayed job nor one in flight brings erased content back.
#[tokio::test]
async fn convergent_no_late_job_brings_erased_content_back() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let chat_id: ChatId = chat.parse().unwrap();
    let sent = ana.sends(&chat, "A secret").await;
    until_summarised(&bruno, &chat, 1).await;
    let environment = world.environment(&Calls::default());
    let (chats, messages) = (environment.chats().unwrap(), environment.messages().unwrap());
    let message = messages.message(sent["messageId"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap();
    let before = chats.head(chat_id).await.unwrap().unwrap();

    erased(&ana).await;

    // A message of Ana in flight: its transaction comes after the erasure.
    let draft = Draft {
        chat_id,
        sender_id: message.sender_id,
        client_message_id: "late".to_owned().try_into().unwrap(),
        content: "A late secret".to_owned().try_into().unwrap(),
        reply_to: None,
    };
    let late = draft.following(&before, Timestamp::now());
    let sender = paloma::domain::Member::new(message.sender_id, Timestamp::now());
    let offered = environment.message_log().unwrap().accept(&late, &before, &sender).await.unwrap();
    assert!(matches!(offered, Acceptance::Rejected(_)));

    // A summary from the dead-letter queue, newer than the stored one.
    let newer = Message { seq: 3_u64.try_into().unwrap(), ..message.clone() };
    let summary = Job::first_try("late", SummaryJob::of(&newer));
    let batch = by_chat(&[summary], Timestamp::now()).remove(0);
    assert!(batch.newest.body.content().is_some());
    UpdateSummaries::new(&environment).unwrap().summarise(&batch).await.unwrap();
    let stored = chats.head(chat_id).await.unwrap().unwrap().last_message.unwrap();
    assert_eq!((u64::from(stored.seq), stored.body.content()), (3, None));

    // A delivery from the dead-letter queue, 61 s old.
    let (mut socket, phone) = (bruno.connects().await, Phone::of(&carla, "fcm").await);
    let minute_ago = Timestamp::from_millis(Timestamp::now().as_millis() - 61_000);
    let delivery =
        DeliveryJob { accepted_at: minute_ago, ..DeliveryJob::of_message(&message, Audience::Everyone, None) };
    FanOut::new(&environment).unwrap().deliver(&delivery).await.unwrap();
    assert_redacted(&socket.receives_message(&chat, 1).await);

    // A notification from the dead-letter queue: the phone gets an alert for the next messages alone.
    let notification = Notification::of(&message, vec![carla.id().parse().unwrap()]);
    let job = NotificationJob::Notify(notification);
    environment.notifications().unwrap().enqueue(chat_id, &job).await.unwrap();
    bruno.sends(&chat, "Hello").await;
    bruno.sends(&chat, "Hello again").await;
    phone.receives_alert(&chat, 3).await;
    assert!(phone.alerts().await.iter().all(|alert| !alert.body.contains("secret")));
}

/// Invariant 3: an erasure crashes before and after each call of each step. Started again, it ends in the same state.
#[tokio::test]
async fn durable_an_erasure_that_crashes_anywhere_is_finished_by_a_new_start() {
    let world = World::get().await;
    let [bruno, carla] = world.people().await;
    crate::durable::at_every_call(async |calls| {
        let [ana] = world.people().await;
        let user_id: UserId = ana.id().parse().unwrap();
        let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
        ana.sends(&chat, "A secret").await;
        let from_bruno = bruno.sends(&chat, "From Bruno").await;
        carla.acknowledges(&from_bruno, "read").await;
        ana.acknowledges(&from_bruno, "delivered").await;
        let phone = Phone::of(&ana, "fcm").await;
        let environment = world.environment(&Calls::default());
        let socket = ConnectionId::new(format!("gone-{}", ana.id()));
        environment
            .connections()
            .unwrap()
            .open(socket.clone(), Session::beginning_now(user_id), Timestamp::now())
            .await
            .unwrap();

        assert_eq!(every_step(&calls, user_id).await.is_err(), calls.crashed());
        let done = every_step(&Calls::default(), user_id).await.unwrap();

        assert!(done.next.is_none() && done.erased_at.is_some());
        let history = bruno.history(&chat, "").await;
        assert_eq!((history.len(), &history[2]["kind"]["type"]), (3, &json!("memberLeft")));
        assert_redacted(&history[0]);
        assert_eq!(history[1]["content"], "From Bruno");
        // The tick follows when the summary has moved Bruno's own mark.
        until("the tick", async || (bruno.history(&chat, "?after=1").await[0]["status"] == "read").then_some(())).await;
        assert!(environment.chats().unwrap().member(chat.parse().unwrap(), user_id).await.unwrap().is_none());
        assert_eq!(world.row("users", "userId", ana.id()).await.unwrap().len(), 2);
        assert_eq!(phone.attributes().await, None);
        assert_eq!(environment.devices().unwrap().of_user(user_id).await.unwrap(), []);
        assert_eq!(environment.connections().unwrap().connection(&socket).await.unwrap(), None);
        let receipts = environment.statuses().unwrap();
        let from_bruno = [from_bruno["messageId"].as_str().unwrap().parse().unwrap()];
        assert_eq!(receipts.of_user(user_id, &from_bruno).await.unwrap(), []);
        let login = json!({ "email": ana.user.email, "password": ana.user.password });
        assert_eq!(bruno.post("/auth/login", login).await.status, 401);
    })
    .await;
}

/// Runs all steps in the order of the workflow.
async fn every_step(calls: &Calls, user_id: UserId) -> Result<Erasure, Failure> {
    let app = EraseAccount::new(&World::get().await.environment(calls)).unwrap();
    let mut erasure: Erasure = serde_json::from_value(json!({ "userId": user_id })).unwrap();
    for step in [
        Step::BlockLogin,
        Step::ForgetProfile,
        Step::LeaveChats,
        Step::CloseConnections,
        Step::RemoveDevices,
        Step::RemoveExports,
        Step::RedactMessages,
        Step::DeleteLogin,
    ] {
        loop {
            erasure = app.step(ErasureTask { step, erasure }).await?;
            if erasure.next.is_none() {
                break;
            }
        }
    }
    Ok(erasure)
}
