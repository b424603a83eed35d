//! Dollars for a million messages, from the counts of one and the dated prices in `prices.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::costs::{Cost, Costs, EVENT_LOG};

const FILE: &str = include_str!("prices.json");
const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
const GIGABYTE: f64 = 1e9;
const MILLION: f64 = 1e6;

/// The services of the bill, in its order.
pub const SERVICES: [&str; 11] = [
    "DynamoDB, writes",
    "DynamoDB, reads",
    "Lambda, requests",
    "Lambda, time",
    "SQS",
    "WebSocket frames",
    "REST calls",
    "logs",
    "EventBridge",
    "X-Ray",
    "SNS, push",
];

/// Dollars by service, in the order of [`SERVICES`].
pub type Bill = [f64; SERVICES.len()];

#[derive(Debug, Deserialize)]
pub struct Prices {
    pub date: String,
    pub region: String,
    pub prices: BTreeMap<String, Price>,
    pub assumptions: Assumptions,
    /// Costs of a month that do not follow from the counts of a message.
    pub months: Vec<Month>,
}

/// A row of the monthly bill, for a small, a medium and a large deployment.
#[derive(Debug, Deserialize)]
pub struct Month {
    pub what: String,
    pub how: String,
    pub usd: [f64; 3],
}

#[derive(Debug, Deserialize)]
pub struct Price {
    pub of: String,
    pub usd: f64,
    pub per: f64,
    pub source: String,
}

/// Figures that the local engine cannot measure.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumptions {
    /// The template's `MemorySize`.
    pub memory_gigabytes: f64,
    /// Without its calls.
    pub milliseconds_per_invocation: f64,
    /// One call after the other, which is an upper bound: some are made in parallel.
    pub milliseconds_per_call: f64,
    /// The default sampling of X-Ray.
    pub traced_share: f64,
    /// Lambda's lines START, END and REPORT.
    pub lambda_log_bytes_per_invocation: f64,
    /// A line of an API's access log.
    pub access_log_bytes: f64,
}

/// The options of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    Everything,
    /// With `Tracing=PassThrough`, `EventLog=false` and `ReceiptEvents=false`.
    WithoutExtras,
}

impl Assumptions {
    /// The bytes that Lambda itself logs for an invocation: none, if the template turns these lines off.
    pub fn lambda_log_bytes(&self) -> f64 {
        let template = std::fs::read_to_string(TEMPLATE).expect("template.yaml");
        if template.contains("SystemLogLevel: WARN") { 0.0 } else { self.lambda_log_bytes_per_invocation }
    }
}

impl Prices {
    pub fn read() -> Self {
        serde_json::from_str(FILE).expect("prices.json")
    }

    /// The bill of each stage for a million messages.
    pub fn bills(&self, one: &Costs, options: Options) -> BTreeMap<String, Bill> {
        let one = if options == Options::Everything { one.clone() } else { without_extras(one) };
        let traced = if options == Options::Everything { self.assumptions.traced_share } else { 0.0 };
        one.0.iter().map(|(stage, cost)| (stage.clone(), self.bill(cost, traced))).collect()
    }

    /// The whole bill for a million messages.
    pub fn total(&self, one: &Costs, options: Options) -> f64 {
        self.bills(one, options).values().flatten().sum()
    }

    fn bill(&self, cost: &Cost, traced: f64) -> Bill {
        let (invocations, events) = (cost.all_invocations(), cost.events.values().sum::<f64>());
        let assumed = &self.assumptions;
        let milliseconds =
            invocations * assumed.milliseconds_per_invocation + cost.all_calls() * assumed.milliseconds_per_call;
        [
            self.of("writeUnit", cost.writes),
            self.of("readUnit", cost.reads),
            self.of("invocation", invocations),
            self.of("gigabyteSecond", milliseconds / 1_000.0 * assumed.memory_gigabytes),
            self.of("queueRequest", cost.queue_requests()),
            self.of("frame", cost.frames()),
            self.of("restCall", cost.invocations_by("rest")),
            self.of("logGigabyte", cost.log_bytes / GIGABYTE),
            self.of("event", events) + self.of("archivedGigabyte", cost.event_bytes / GIGABYTE),
            self.of("trace", invocations * traced),
            self.of("push", cost.calls_of("Publish")),
        ]
    }

    fn of(&self, name: &str, units: f64) -> f64 {
        let price = self.prices.get(name).unwrap_or_else(|| panic!("prices.json has no {name}"));
        units * price.usd / price.per * MILLION
    }
}

/// The costs without the log of events, and without the events about receipts and the work to publish them.
fn without_extras(one: &Costs) -> Costs {
    let mut one = one.clone();
    if let Some(log) = one.0.get_mut(EVENT_LOG) {
        log.log_bytes = 0.0;
    }
    for cost in one.0.values_mut().filter(|cost| !cost.events.is_empty()) {
        let all = cost.all_invocations();
        let of_receipts = cost.invocations.iter().filter(|(source, _)| source.ends_with("message-status"));
        let kept = all - of_receipts.map(|(_, count)| count).sum::<f64>();
        let puts = cost.calls.get("PutEvents").copied().unwrap_or_default();
        cost.calls.insert("PutEvents".to_owned(), puts * kept / all);
        cost.log_bytes *= kept / all;
        cost.invocations.retain(|source, _| !source.ends_with("message-status"));
        let before: f64 = cost.events.values().sum();
        cost.events.retain(|name, _| name != "MessageDelivered" && name != "MessageRead");
        cost.event_bytes *= cost.events.values().sum::<f64>() / before;
    }
    one
}
