//! Another system, which listens to the bus: a rule of its own, and a queue behind it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::{World, until_within};

/// How long an event may take: it comes behind a stream, and behind the bus.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who hears every domain event from now on.
#[derive(Debug)]
pub struct Listener {
    queue: String,
    /// The rule, as a replay is pointed to it.
    pub rule_arn: String,
    heard: Mutex<Vec<Heard>>,
}

/// An event as it came from the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The detail type.
    pub name: String,
    /// The detail.
    pub detail: Value,
    /// Whether a replay brought it.
    pub replayed: bool,
}

impl Heard {
    /// What consumers know the event by.
    pub fn id(&self) -> &str {
        self.detail["eventId"].as_str().expect("an event id")
    }

    /// Whether one of these people, chats or messages is in it.
    pub fn is_about(&self, ids: &[&str]) -> bool {
        let values = self.detail.as_object().into_iter().flat_map(serde_json::Map::values);
        values.filter_map(Value::as_str).any(|value| ids.contains(&value))
    }
}

impl Listener {
    /// Begins to listen.
    ///
    /// # Panics
    /// When the bus or the queue refuses.
    pub async fn start() -> Self {
        let world = World::get().await;
        let (name, bus) = (format!("listener-{:08x}", fastrand::u32(..)), world.bus());
        let queue = world.sqs().create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
        let attributes = world
            .sqs()
            .get_queue_attributes()
            .queue_url(&queue)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .unwrap();
        let queue_arn = attributes.attributes().unwrap()[&QueueAttributeName::QueueArn].clone();
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sqs:SendMessage", "Resource": queue_arn,
        }] });
        let set = world.sqs().set_queue_attributes().queue_url(&queue);
        set.attributes(QueueAttributeName::Policy, policy.to_string()).send().await.unwrap();

        let events = world.event_bridge();
        let pattern = json!({ "source": ["paloma"] }).to_string();
        let rule = events.put_rule().name(&name).event_bus_name(bus).event_pattern(pattern).send().await.unwrap();
        let target = Target::builder().id("queue").arn(queue_arn).build().unwrap();
        let targets = events.put_targets().rule(&name).event_bus_name(bus).targets(target).send().await.unwrap();
        assert_eq!(targets.failed_entry_count, 0);
        Self { queue, rule_arn: rule.rule_arn.unwrap(), heard: Mutex::default() }
    }

    /// Everything heard so far, in the order of its coming.
    ///
    /// # Panics
    /// When the queue does not answer.
    pub async fn heard(&self) -> Vec<Heard> {
        let mut heard = self.heard.lock().await;
        let sqs = World::get().await.sqs();
        loop {
            let received =
                sqs.receive_message().queue_url(&self.queue).max_number_of_messages(10).send().await.unwrap();
            if received.messages().is_empty() {
                return heard.clone();
            }
            for message in received.messages() {
                let event: Value = serde_json::from_str(message.body().unwrap()).unwrap();
                heard.push(Heard {
                    name: event["detail-type"].as_str().expect("a detail type").to_owned(),
                    detail: event["detail"].clone(),
                    replayed: event.get("replay-name").is_some(),
                });
                let handle = message.receipt_handle().unwrap_or_default();
                sqs.delete_message().queue_url(&self.queue).receipt_handle(handle).send().await.unwrap();
            }
        }
    }

    /// Waits until something heard `matches`.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn hear(&self, what: &str, matches: impl Fn(&Heard) -> bool) -> Heard {
        until_within(PATIENCE, what, async || self.heard().await.into_iter().find(&matches)).await
    }

    /// What somebody knows who remembers ids: every event about one of these people, chats or messages, once. Two of
    /// one id must say the same.
    ///
    /// # Panics
    /// When they do not.
    pub async fn once(&self, ids: &[&str]) -> BTreeMap<String, Heard> {
        let mut once: BTreeMap<String, Heard> = BTreeMap::new();
        for heard in self.heard().await.into_iter().filter(|heard| heard.is_about(ids)) {
            let known = once.entry(heard.id().to_owned()).or_insert_with(|| heard.clone());
            assert_eq!((&known.name, &known.detail), (&heard.name, &heard.detail), "one id, two stories");
        }
        once
    }
}
