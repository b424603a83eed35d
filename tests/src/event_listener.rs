//! Another system that consumes domain events: a rule on the bus, with a queue as its target.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::contract::check_event;
use crate::{DEADLINE, World, until_within};

/// Receives every domain event that is published after its start.
#[derive(Debug)]
pub struct EventListener {
    queue: String,
    /// The ARN of the rule, for a replay to this listener alone.
    pub rule_arn: String,
    events: Mutex<Vec<ReceivedEvent>>,
}

/// An event from the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedEvent {
    pub name: String,
    pub detail: Value,
    /// Whether a replay sent it.
    pub replayed: bool,
}

impl ReceivedEvent {
    /// The event id, by which consumers recognise a repeated event.
    pub fn id(&self) -> &str {
        self.detail["eventId"].as_str().expect("an event id")
    }

    /// Whether the detail names one of these users, chats or messages.
    pub fn is_about(&self, ids: &[&str]) -> bool {
        let values = self.detail.as_object().into_iter().flat_map(serde_json::Map::values);
        values.filter_map(Value::as_str).any(|value| ids.contains(&value))
    }
}

impl EventListener {
    /// Creates the queue and the rule.
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
        Self { queue, rule_arn: rule.rule_arn.unwrap(), events: Mutex::default() }
    }

    /// Every event received so far, in order of arrival.
    pub async fn events(&self) -> Vec<ReceivedEvent> {
        let mut events = self.events.lock().await;
        let sqs = World::get().await.sqs();
        loop {
            let received =
                sqs.receive_message().queue_url(&self.queue).max_number_of_messages(10).send().await.unwrap();
            if received.messages().is_empty() {
                return events.clone();
            }
            for message in received.messages() {
                let event: Value = serde_json::from_str(message.body().unwrap()).unwrap();
                check_event(event["detail-type"].as_str().expect("a detail type"), &event["detail"]);
                events.push(ReceivedEvent {
                    name: event["detail-type"].as_str().expect("a detail type").to_owned(),
                    detail: event["detail"].clone(),
                    replayed: event.get("replay-name").is_some(),
                });
                let handle = message.receipt_handle().unwrap_or_default();
                sqs.delete_message().queue_url(&self.queue).receipt_handle(handle).send().await.unwrap();
            }
        }
    }

    /// Waits for the first event that `matches`, for at most 60 s. `what` names it in the failure.
    pub async fn receives(&self, what: &str, matches: impl Fn(&ReceivedEvent) -> bool) -> ReceivedEvent {
        until_within(DEADLINE, what, async || self.events().await.into_iter().find(&matches)).await
    }

    /// The events about one of these users, chats or messages, by event id. Events with the same id must be equal.
    pub async fn events_by_id(&self, ids: &[&str]) -> BTreeMap<String, ReceivedEvent> {
        let mut by_id: BTreeMap<String, ReceivedEvent> = BTreeMap::new();
        for event in self.events().await.into_iter().filter(|event| event.is_about(ids)) {
            let known = by_id.entry(event.id().to_owned()).or_insert_with(|| event.clone());
            assert_eq!((&known.name, &known.detail), (&event.name, &event.detail), "two events with the same id");
        }
        by_id
    }
}
