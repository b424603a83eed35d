//! The costs of a stretch of time, by stage, as far as AWS charges for them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The row of the domain events in CloudWatch Logs.
pub const EVENT_LOG: &str = "event log";
/// The row of the access logs of the two APIs.
pub const ACCESS_LOG: &str = "access logs";

/// Functions that take no part in a message: they run when a user logs in or opens a socket, or while it is open.
const OF_SOCKETS: [&str; 9] = [
    "account",
    "authenticate",
    "authorize-connection",
    "connections",
    "create-chat",
    "devices",
    "issue-ticket",
    "track-presence",
    "user-pool-triggers",
];

/// The costs of a stretch of time.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Costs(pub BTreeMap<String, Cost>);

/// The costs of one stage. All are per message, once the costs are divided by the messages.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Calls to AWS by operation.
    pub calls: BTreeMap<String, f64>,
    /// Invocations of the function by source.
    pub invocations: BTreeMap<String, f64>,
    /// Published events by type.
    pub events: BTreeMap<String, f64>,
    pub event_bytes: f64,
    /// Frames that the gateway returned to a socket.
    pub answers: f64,
    pub reads: f64,
    pub writes: f64,
    pub log_bytes: f64,
}

/// A count as `local/engine/costs.py` reports it.
#[derive(Debug, Deserialize)]
pub struct Count {
    role: String,
    kind: Kind,
    name: String,
    count: u32,
    reads: f64,
    writes: f64,
    bytes: f64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Call,
    Invocation,
    Answer,
    Event,
}

impl Costs {
    pub fn stage(&mut self, name: &str) -> &mut Cost {
        self.0.entry(name.to_owned()).or_default()
    }

    pub fn add(&mut self, count: &Count) {
        let stage = function_of(&count.role);
        if OF_SOCKETS.contains(&stage.as_str()) {
            return;
        }
        let (cost, times) = (self.stage(&stage), f64::from(count.count));
        let name = count.name.clone();
        match count.kind {
            Kind::Call => *cost.calls.entry(name).or_default() += times,
            Kind::Invocation => *cost.invocations.entry(name).or_default() += times,
            Kind::Event => *cost.events.entry(name).or_default() += times,
            Kind::Answer => cost.answers += times,
        }
        cost.reads += count.reads;
        cost.writes += count.writes;
        cost.event_bytes += count.bytes;
    }

    /// A line of a log. `function` is its name on AWS, with the stage before it.
    pub fn add_line(&mut self, function: &str, bytes: usize) {
        let name = function.split_once('-').map_or(function, |(_, name)| name);
        let name = if name == "paloma" { EVENT_LOG } else { name };
        if !OF_SOCKETS.contains(&name) {
            self.stage(name).log_bytes += bytes as f64;
        }
    }

    /// The costs of one of so many messages.
    pub fn per(mut self, messages: u32) -> Self {
        let share = 1.0 / f64::from(messages);
        self.0.values_mut().for_each(|cost| cost.scale(share));
        self
    }

    /// The sum of all stages.
    pub fn total(&self) -> Cost {
        let mut total = Cost::default();
        self.0.values().for_each(|cost| total.add(cost));
        total
    }
}

impl Cost {
    pub fn all_calls(&self) -> f64 {
        self.calls.values().sum()
    }

    pub fn all_invocations(&self) -> f64 {
        self.invocations.values().sum()
    }

    pub fn invocations_by(&self, source: &str) -> f64 {
        self.invocations.get(source).copied().unwrap_or_default()
    }

    pub fn calls_of(&self, operation: &str) -> f64 {
        self.calls.get(operation).copied().unwrap_or_default()
    }

    /// Frames that clients got or sent: AWS charges both alike.
    pub fn frames(&self) -> f64 {
        self.invocations_by("frame") + self.answers + self.calls_of("PostToConnection")
    }

    /// Requests to SQS: those of the function, and Lambda's own to receive a batch and to delete it.
    pub fn queue_requests(&self) -> f64 {
        let own: f64 = self.calls.iter().filter(|(name, _)| is_of_queues(name)).map(|(_, calls)| calls).sum();
        own + 2.0 * self.invocations_by("queue")
    }

    pub fn scale(&mut self, share: f64) {
        for counts in [&mut self.calls, &mut self.invocations, &mut self.events] {
            counts.values_mut().for_each(|count| *count *= share);
        }
        let figures =
            [&mut self.answers, &mut self.event_bytes, &mut self.reads, &mut self.writes, &mut self.log_bytes];
        figures.into_iter().for_each(|figure| *figure *= share);
    }

    fn add(&mut self, other: &Self) {
        let counts = [
            (&mut self.calls, &other.calls),
            (&mut self.invocations, &other.invocations),
            (&mut self.events, &other.events),
        ];
        for (sums, others) in counts {
            others.iter().for_each(|(name, count)| *sums.entry(name.clone()).or_default() += count);
        }
        self.answers += other.answers;
        self.event_bytes += other.event_bytes;
        self.reads += other.reads;
        self.writes += other.writes;
        self.log_bytes += other.log_bytes;
    }
}

fn is_of_queues(operation: &str) -> bool {
    operation.starts_with("SendMessage") || operation.contains("MessageVisibility")
}

/// The function with a role, such as `fan-out` for `paloma-dev-FanOutFunctionRole-…`.
fn function_of(role: &str) -> String {
    let Some(name) = role.split('-').find_map(|part| part.strip_suffix("FunctionRole")) else { return role.to_owned() };
    name.chars().fold(String::new(), |mut kebab, letter| {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
        kebab
    })
}
