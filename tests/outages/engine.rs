//! The engine's outages and alarms.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_sqs::types::QueueAttributeName;
use paloma_tests::{Calls, World, until_within};
use serde_json::{Value, json};

/// Seconds of an outage in a normal run of the tests.
const SHORT: u64 = 6;

/// Seconds of each outage.
pub fn seconds() -> u64 {
    std::env::var("PALOMA_OUTAGE_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(SHORT)
}

/// Length of a minute of metrics and alarms: shorter for shorter outages, so that an alarm clears soon.
fn minute() -> Duration {
    Duration::from_millis(seconds().min(60) * 1_000 / if seconds() < 60 { 3 } else { 1 })
}

/// A small stage, which counts the calls of its functions.
pub async fn stack() -> &'static World {
    World::small(minute()).await
}

/// Begins outages of so many seconds, and returns the calls that were refused or delayed since the last call.
pub async fn begin(world: &World, services: &[&str], seconds: u64) -> Value {
    let outages = services.iter().map(|service| (*service, json!({ "seconds": seconds })));
    put(world, &outages.collect()).await
}

/// Ends all outages, and returns the calls that were refused or delayed since the last call.
pub async fn affected_calls(world: &World) -> Value {
    put(world, &BTreeMap::new()).await
}

/// Begins outages as `local/engine/outages.py` describes them, and returns the calls that were refused or delayed since
/// the last call.
pub async fn put(world: &World, outages: &BTreeMap<&str, Value>) -> Value {
    let url = format!("{}/_paloma/outages", world.description().endpoint_url);
    let answer = reqwest::Client::new().put(url).json(outages).send().await.expect("an answer of the engine");
    answer.json().await.expect("counts as JSON")
}

/// The number of dead letters in each queue that has some.
pub async fn dead_letters(world: &World) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for (name, url) in world.description().queues.iter().filter(|(name, _)| name.ends_with("DeadLetter")) {
        let count = QueueAttributeName::ApproximateNumberOfMessages;
        let asked = world.sqs().get_queue_attributes().queue_url(url).attribute_names(count.clone());
        let answer = asked.send().await.unwrap().attributes.unwrap_or_default().remove(&count);
        let count = answer.and_then(|count| count.parse().ok()).expect("a count");
        found.extend((count > 0).then(|| (name.clone(), count)));
    }
    found
}

/// An alarm of the stack.
pub struct Alarm<'a> {
    pub world: &'a World,
    pub name: &'static str,
}

impl Alarm<'_> {
    /// Waits until the alarm rings, and returns the time that this took.
    pub async fn rings(&self) -> Duration {
        self.is(StateValue::Alarm).await
    }

    /// Waits until the alarm is over, and returns the time that this took.
    pub async fn clears(&self) -> Duration {
        self.is(StateValue::Ok).await
    }

    /// Waits for at most two periods of five minutes: the one of the last failure, and the next one.
    async fn is(&self, state: StateValue) -> Duration {
        let (started, limit) = (Instant::now(), 10 * minute() + Duration::from_secs(20));
        let cloudwatch = aws_sdk_cloudwatch::Client::new(self.world.environment(&Calls::default()).aws());
        until_within(limit, &format!("the alarm {} in state {state}", self.name), async || {
            let answer = cloudwatch.describe_alarms().alarm_names(self.name).send().await.unwrap();
            let alarm = answer.metric_alarms().first().expect("the alarm");
            (alarm.state_value() == Some(&state)).then(|| started.elapsed())
        })
        .await
    }
}
