//! Outages of the services behind the consumers, on a stack of their own: afterwards everything has arrived, and there
//! are no dead letters.
//!
//! The outages are short, because every pause of a job grows with the outage (`shared/src/queue/retry.rs` simulates
//! hours). `PALOMA_OUTAGE_SECONDS=60 cargo test -p paloma-tests --test outages` runs them at full length.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use paloma_tests::{EventListener, Person, Phone, Socket, World, until_within};
use serde_json::Value;

/// Messages sent during an outage.
const MESSAGES: u64 = 3;

/// The services by their names in signatures.
const SERVICES: [&str; 5] = ["dynamodb", "sqs", "sns", "events", "execute-api"];

/// Seconds of each outage.
fn seconds() -> u64 {
    std::env::var("PALOMA_OUTAGE_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(6)
}

/// Time limit after an outage: its own length again, and up to six minutes if SQS is down, for which a queue hides
/// jobs.
fn limit(services: &[&str]) -> Duration {
    let hidden = if services.contains(&"sqs") { 6 * 60 } else { 0 };
    Duration::from_secs(2 * seconds() + hidden + 60)
}

/// A group of a sender, a member with a socket and a member with a phone.
struct Conversation {
    ana: Person,
    screen: Socket,
    phone: Phone,
    listener: EventListener,
    chat: String,
    sent: u64,
}

impl Conversation {
    async fn begin(world: &World) -> Self {
        let [ana, bruno, carla] = world.people().await;
        let listener = EventListener::start().await;
        let phone = Phone::of(&carla, "fcm").await;
        let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
        let screen = bruno.connects().await;
        Self { ana, screen, phone, listener, chat, sent: 0 }
    }

    /// Sends messages during an outage of these services, and waits until everything has arrived after it.
    async fn survives(&mut self, world: &World, services: &[&str]) {
        let outage: BTreeMap<_, _> = services.iter().map(|service| (*service, seconds())).collect();
        refused(world, &outage).await;
        let started = Instant::now();
        let mut ids = Vec::new();
        for _ in 0..MESSAGES {
            self.sent += 1;
            ids.push(self.ana.sends(&self.chat, &format!("number {}", self.sent)).await["messageId"].clone());
        }
        self.arrives(services, &ids).await;
        let refused = refused(world, &BTreeMap::new()).await;
        let took = started.elapsed();
        println!("outage of {services:?} for {} s: all arrived after {took:.1?}; refused calls: {refused}", seconds());
        assert!(services.iter().any(|service| refused[*service].as_u64() > Some(0)), "{services:?}: {refused}");
        assert_eq!(dead_letters(world).await, BTreeMap::new(), "{services:?}");
    }

    async fn arrives(&mut self, services: &[&str], ids: &[Value]) {
        let limit = limit(services) + Duration::from_secs(seconds());
        let what = |what: &str| format!("{what} after an outage of {services:?}");
        let mut shown = BTreeMap::<u64, Value>::new();
        let first = self.sent - ids.len() as u64 + 1;
        until_within(limit, &what("each message on the screen"), async || {
            for frame in self.screen.received_frames().await {
                let message = &frame["message"];
                if let Some(seq) = message["seq"].as_u64() {
                    shown.insert(seq, message["messageId"].clone());
                }
            }
            ids.iter().zip(first..).all(|(id, seq)| shown.get(&seq) == Some(id)).then_some(())
        })
        .await;
        until_within(limit, &what("the push of the last message"), async || {
            self.phone.alerts().await.iter().any(|alert| alert.seq == self.sent).then_some(())
        })
        .await;
        until_within(limit, &what("the event of each message"), async || {
            let events = self.listener.events().await;
            let is_published =
                |id: &Value| events.iter().any(|event| event.name == "MessageSent" && event.detail["messageId"] == *id);
            ids.iter().all(is_published).then_some(())
        })
        .await;
        until_within(limit, &what("the summary"), async || {
            (self.ana.listed(&self.chat).await["lastMessage"]["seq"] == self.sent).then_some(())
        })
        .await;
    }
}

/// Begins outages of so many seconds, and returns the calls that were refused since the last call.
async fn refused(world: &World, outages: &BTreeMap<&str, u64>) -> Value {
    let url = format!("{}/_paloma/outages", world.description().endpoint_url);
    let answer = reqwest::Client::new().put(url).json(outages).send().await.expect("an answer of the engine");
    answer.json().await.expect("counts as JSON")
}

/// The number of dead letters in each queue that has some.
async fn dead_letters(world: &World) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, url) in world.description().queues.iter().filter(|(name, _)| name.ends_with("DeadLetter")) {
        let count = QueueAttributeName::ApproximateNumberOfMessages;
        let asked = world.sqs().get_queue_attributes().queue_url(url).attribute_names(count.clone());
        let answer = asked.send().await.unwrap().attributes.unwrap_or_default().remove(&count);
        found.extend(answer.filter(|count| count != "0").map(|count| (name.clone(), count)));
    }
    found
}

/// One test, since an outage affects the whole stack.
#[tokio::test]
async fn everything_arrives_after_an_outage_of_each_service_without_a_dead_letter() {
    let world = World::get().await;
    let mut conversation = Conversation::begin(world).await;
    for service in SERVICES.iter().filter(|service| **service != "sqs") {
        conversation.survives(world, &[service]).await;
    }
}

/// Without SQS no consumer can shorten the time for which the queue hides a job, so each outage may take six minutes.
#[tokio::test]
#[ignore = "takes ten minutes"]
async fn everything_arrives_after_an_outage_of_sqs_and_of_all_services_without_a_dead_letter() {
    let world = World::get().await;
    let mut conversation = Conversation::begin(world).await;
    conversation.survives(world, &SERVICES).await;
    conversation.survives(world, &["sqs"]).await;
}
