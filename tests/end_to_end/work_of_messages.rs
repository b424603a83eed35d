//! The whole work of a message, from its send to its last tick: calls to AWS, write units, bytes of log. More work is a
//! change of the product's price, so a change that needs it raises the limit here, and runs `cargo bench --bench cost`.
//!
//! Requests come over REST, and so sockets of the sender and the reader get frames too, which the bench has not.

use fan_out::FanOut;
use paloma::domain::{Accepted, Receipt, Timestamp};
use paloma::queue::{DeliveryJob, Job, NotificationJob, SummaryJob};
use paloma::runtime::Environment;
use paloma_tests::{Calls, FakeGateway, Person, Phone, TestQueue, World, until};
use propagate_status::{PropagateStatus, by_chat as receipts_by_chat};
use push::Pusher;
use relay::Relay;
use send_message::SendMessage;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use update_status::UpdateStatus;
use update_summaries::{UpdateSummaries, by_chat};

use crate::durable::draft;
use crate::erase::until_summarised;
use crate::events::{record_of, replay};
use crate::push::consume_job;
use crate::push_devices::receipt_request;

/// Calls to AWS, and write units.
type Work = (usize, f64);

/// The functions of a message, in this process. Queues of their own keep the consumers of the stack out.
struct Pipeline {
    environment: Environment,
    calls: Calls,
    deliveries: TestQueue,
    summaries: TestQueue,
    notifications: TestQueue,
}

impl Pipeline {
    async fn new() -> Self {
        let (gateway, calls) = (FakeGateway::open().await, Calls::counted());
        let deliveries = TestQueue::create().await;
        let (summaries, notifications) = (TestQueue::create().await, TestQueue::create().await);
        let variables = [
            ("DELIVERIES_QUEUE", deliveries.url.as_str()),
            ("SUMMARIES_QUEUE", summaries.url.as_str()),
            ("NOTIFICATIONS_QUEUE", notifications.url.as_str()),
            ("SOCKET_ENDPOINT", gateway.endpoint.as_str()),
        ];
        let environment = World::get().await.environment_of_calls(&calls, &variables);
        Self { environment, calls, deliveries, summaries, notifications }
    }

    /// Sends a message, and lets `reader` acknowledge it.
    async fn message(&self, chat: &str, sender: &Person, reader: &Person, receipts: &[&str]) {
        let send_message = SendMessage::new(&self.environment).unwrap();
        let sent = send_message.send(sender.session(), draft(chat.parse().unwrap(), sender), None).await.unwrap();
        let accepted: Accepted = serde_json::from_value(json!(sent.message)).unwrap();
        self.deliver().await;
        self.summarise().await;
        let relay = Relay::new(&self.environment).unwrap();
        assert_eq!(replay(&relay, record_of(&json!(accepted)).await).await, Vec::<String>::new());
        for status in receipts {
            self.acknowledge(&accepted, reader, status).await;
        }
    }

    async fn acknowledge(&self, message: &Accepted, reader: &Person, status: &str) {
        let update_status = UpdateStatus::new(&self.environment).unwrap();
        let answer = update_status.answer(receipt_request(reader, &json!(message), status, None)).await;
        assert_eq!(answer.unwrap_or_else(|problem| panic!("{problem:?}")).status, 200);
        let receipt: Receipt = serde_json::from_value(json!(status)).unwrap();
        let record = World::get().await.receipt_record(message, reader, receipt).await;
        let propagate_status = PropagateStatus::new(&self.environment).unwrap();
        propagate_status.propagate(&receipts_by_chat([&record]).remove(0)).await.unwrap();
        self.deliver().await;
    }

    /// Works off the frames, and then the pushes that are due.
    async fn deliver(&self) {
        let fan_out = FanOut::new(&self.environment).unwrap();
        for job in taken::<DeliveryJob>(&self.deliveries).await {
            fan_out.deliver(&job).await.unwrap();
        }
        let pusher = Pusher::new(&self.environment).unwrap();
        for job in taken::<NotificationJob>(&self.notifications).await {
            assert_eq!(consume_job(&pusher, &job).await, Vec::<String>::new());
        }
    }

    async fn summarise(&self) {
        let jobs = taken::<SummaryJob>(&self.summaries).await;
        let jobs: Vec<_> = jobs.into_iter().map(|job| Job::first_try("1", job)).collect();
        let update_summaries = UpdateSummaries::new(&self.environment).unwrap();
        update_summaries.summarise(&by_chat(&jobs, Timestamp::now()).remove(0)).await.unwrap();
    }
}

async fn taken<T: DeserializeOwned>(queue: &TestQueue) -> Vec<T> {
    queue.take().await.into_iter().map(|job| serde_json::from_value(job).unwrap()).collect()
}

/// The work of a message. The first message of the chat has been summarised before, as it costs more. Of two messages
/// one at most moves the chat up in the lists of its members, which happens once a minute.
async fn work_of(chat: &str, sender: &Person, reader: &Person, receipts: &[&str]) -> Work {
    sender.sends(chat, "first").await;
    until_summarised(sender, chat, 1).await;
    let mut works = Vec::new();
    for _ in 0..2 {
        let pipeline = Pipeline::new().await;
        pipeline.message(chat, sender, reader, receipts).await;
        let counted = World::get().await.work_of(&pipeline.calls).await;
        works.push((pipeline.calls.made().len(), counted.writes));
    }
    works.into_iter().reduce(|one, other| if one.1 <= other.1 { one } else { other }).unwrap()
}

fn assert_within(what: &str, (calls, writes): Work, (most_calls, most_writes): Work) {
    assert!(calls > 0 && writes > 0.0, "{what}: nothing was counted");
    assert!(
        calls <= most_calls && writes <= most_writes,
        "{what}: {calls} calls and {writes} write units; the limits are {most_calls} and {most_writes}"
    );
}

#[tokio::test]
async fn a_direct_message_with_its_receipts_costs_no_more_work_than_before() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (both, read) = (ana.chat_with(&bruno).await, ana.chat_with(&carla).await);
    let _sockets = (ana.connects().await, bruno.connects().await, carla.connects().await);
    assert_within("both receipts", work_of(&both, &ana, &bruno, &["delivered", "read"]).await, (29, 13.0));
    assert_within("read alone", work_of(&read, &ana, &carla, &["read"]).await, (20, 10.0));
}

#[tokio::test]
async fn a_direct_message_to_a_phone_costs_no_more_work_than_before() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (with_phone, without) = (ana.chat_with(&bruno).await, ana.chat_with(&carla).await);
    Phone::of(&bruno, "fcm").await;
    assert_within("one phone", work_of(&with_phone, &ana, &bruno, &[]).await, (19, 8.0));
    assert_within("no phone", work_of(&without, &ana, &carla, &[]).await, (9, 7.0));
}

/// 48 members are away, and hold the ticks back.
#[tokio::test]
async fn a_message_to_a_group_of_50_with_its_receipts_costs_no_more_work_than_before() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let silent: Vec<_> = world.silent_people(48).await.iter().map(ToString::to_string).collect();
    let members: Vec<_> = silent.iter().map(String::as_str).chain([bruno.id()]).collect();
    let group = ana.group_with(&members).await;
    let _sockets = (ana.connects().await, bruno.connects().await);
    assert_within("a group of 50", work_of(&group, &ana, &bruno, &["delivered", "read"]).await, (30, 12.0));
}

/// The lines about one message: relay's lines name no chat, and are one for many messages.
#[tokio::test]
async fn a_direct_message_with_its_receipts_logs_no_more_bytes_than_before() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (mut sender, mut reader) = (ana.connects().await, bruno.connects().await);
    sender.send(json!({ "action": "sendMessage", "chatId": chat, "content": "Hi", "clientMessageId": "1" })).await;
    reader.receives_message(&chat, 1).await;
    for status in ["delivered", "read"] {
        reader.send(json!({ "action": "updateStatus", "chatId": chat, "seq": 1, "status": status })).await;
        sender.receives_tick(&chat, 1, status).await;
    }
    let bytes = until("the lines of all stages", async || {
        let lines: Vec<_> = world.stack.logs().read().into_iter().filter(|line| line.message.contains(&chat)).collect();
        let others = ["-create-chat", "-paloma"];
        let is_of_message = |name: &str| !others.iter().any(|other| name.ends_with(other));
        let lines: Vec<_> = lines.into_iter().filter(|line| is_of_message(&line.function)).collect();
        let has = |function: &str, outcome: &str| {
            lines.iter().any(|line| line.function.ends_with(function) && fields(&line.message)["outcome"] == outcome)
        };
        let ended = has("-propagate-status", "read") && has("-update-summaries", "summarised");
        ended.then(|| lines.iter().map(|line| line.message.len()).sum::<usize>())
    })
    .await;
    assert!(bytes <= 2_400, "{bytes} bytes");
}

fn fields(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_default()
}
