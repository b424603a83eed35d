//! What comes late to an erasure: jobs that were under way, replays, and its own second beginning after a death.

use erase_account::{EraseAccount, Erasure, Failure, Step, Task};
use fan_out::FanOut;
use paloma::domain::{ChatId, ConnectionId, Draft, LastMessage, Session, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob, Notification, NotificationJob};
use paloma::store::Acceptance;
use paloma_tests::{Calls, Phone, World, until};
use serde_json::json;

use crate::erase::{assert_redacted, erased, summarised};

/// Invariant 4, for good: neither a replayed job nor one that was under way brings back what was erased.
#[tokio::test]
async fn convergent_no_job_that_comes_late_brings_back_what_was_erased() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let chat_id: ChatId = chat.parse().unwrap();
    let sent = ana.sends(&chat, "A secret").await;
    summarised(&bruno, &chat, 1).await;
    let environment = world.environment(&Calls::default());
    let (chats, messages) = (environment.chats().unwrap(), environment.messages().unwrap());
    let message = messages.message(sent["messageId"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap();
    let before = chats.head(chat_id).await.unwrap().unwrap();

    erased(&ana).await;

    // A message that she was just sending: its transaction comes after she has left.
    let draft = Draft {
        chat_id,
        sender_id: message.sender_id,
        client_message_id: "late".to_owned().try_into().unwrap(),
        content: "A late secret".to_owned().try_into().unwrap(),
    };
    let late = draft.following(&before, Timestamp::now());
    assert!(matches!(environment.message_log().unwrap().accept(&late).await.unwrap(), Acceptance::Erased));

    // A summary from the dead-letter queue, newer than the one that stands.
    let summary = LastMessage { seq: 2_u64.try_into().unwrap(), ..LastMessage::from(&message) };
    assert!(summary.body.content().is_some());
    let head = chats.summarise(chat_id, &summary).await.unwrap();
    let standing = head.last_message.unwrap();
    assert_eq!((u64::from(standing.seq), standing.body.content()), (2, None));

    // A delivery from the dead-letter queue, of a minute ago.
    let (mut socket, phone) = (bruno.connects().await, Phone::of(&carla, "fcm").await);
    let minute_ago = Timestamp::from_millis(Timestamp::now().as_millis() - 61_000);
    let delivery = DeliveryJob { accepted_at: minute_ago, ..DeliveryJob::of(&message, Audience::Everyone, None) };
    FanOut::new(&environment).unwrap().deliver(&delivery).await.unwrap();
    assert_redacted(&socket.receives_message(&chat, 1).await);

    // A push from the dead-letter queue: of the next message alone the phone hears.
    let notification = Notification::of(&message, vec![carla.id().parse().unwrap()]);
    let job = NotificationJob::Notify(notification);
    environment.notifications().unwrap().enqueue(chat_id, &job).await.unwrap();
    bruno.sends(&chat, "Hello").await;
    bruno.sends(&chat, "Hello again").await;
    phone.receives_alert(&chat, 3).await;
    assert!(phone.alerts().await.iter().all(|alert| !alert.body.contains("secret")));
}

/// Invariant 3, for an erasure: it may die before or after any call of any step; begun again, it comes to the same end.
#[tokio::test]
async fn durable_an_erasure_that_dies_anywhere_is_finished_from_its_beginning() {
    let world = World::get().await;
    let [bruno, carla] = world.people().await;
    crate::durable::at_every_call(async |calls| {
        let [ana] = world.people().await;
        let user_id: UserId = ana.id().parse().unwrap();
        let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
        ana.sends(&chat, "A secret").await;
        let theirs = bruno.sends(&chat, "From Bruno").await;
        carla.acknowledges(&theirs, "read").await;
        ana.acknowledges(&theirs, "delivered").await;
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
        assert_eq!(history.len(), 2);
        assert_redacted(&history[0]);
        assert_eq!(history[1]["content"], "From Bruno");
        // As soon as the summary has moved Bruno's own mark.
        until("the tick", async || (bruno.history(&chat, "?after=1").await[0]["status"] == "read").then_some(())).await;
        assert!(environment.chats().unwrap().member(chat.parse().unwrap(), user_id).await.unwrap().is_none());
        assert_eq!(world.row("users", "userId", ana.id()).await.unwrap().len(), 2);
        assert_eq!(phone.attributes().await, None);
        assert_eq!(environment.devices().unwrap().of_user(user_id).await.unwrap(), []);
        assert_eq!(environment.connections().unwrap().connection(&socket).await.unwrap(), None);
        let receipts = environment.statuses().unwrap();
        let theirs = [theirs["messageId"].as_str().unwrap().parse().unwrap()];
        assert_eq!(receipts.of_user(user_id, &theirs).await.unwrap(), []);
        let login = json!({ "email": ana.user.email, "password": ana.user.password });
        assert_eq!(bruno.post("/auth/login", login).await.status, 401);
    })
    .await;
}

/// All steps, in the order of the workflow.
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
            erasure = app.step(Task { step, erasure }).await?;
            if erasure.next.is_none() {
                break;
            }
        }
    }
    Ok(erasure)
}
