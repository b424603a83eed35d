//! What CloudWatch counts: figures in the lines of the log, in its Embedded Metric Format.
//!
//! A field of a line that is named as one of [`METRICS`] is a metric. The line stays one line, and what is graphed is
//! what can be read there; CloudWatch takes the figures out of it. So a metric costs its name, some 200 bytes of log
//! for each line that carries any, and no call: `PutMetricData` would take longer than most jobs, and cost more.
//!
//! Dimensions are the deployment's stage and, of what fails, the function: nothing that grows with people or chats,
//! since every combination is a metric that is paid for.

use std::fmt;
use std::time::Instant;

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::domain::Timestamp;

/// Where CloudWatch keeps them.
pub const NAMESPACE: &str = "Paloma";

/// By whose stage they are told apart.
const BY_STAGE: &[&str] = &["Stage"];

/// By whose stage and function they are told apart.
const BY_FUNCTION: &[&str] = &["Stage", "Function"];

/// A figure that CloudWatch is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, in CloudWatch and in the line.
    pub name: &'static str,
    /// Its unit, as CloudWatch spells it.
    pub unit: &'static str,
    /// The sets of dimensions that it is kept under.
    pub dimensions: &'static [&'static [&'static str]],
}

/// All of them.
pub const METRICS: [Metric; 10] = [
    // From when a message was stored until its frame had been posted to the sockets of a job's recipients.
    milliseconds("AcceptanceToSocket"),
    // From when a message was stored until SNS had taken its pushes. For those with a socket that includes the grace.
    milliseconds("AcceptanceToPush"),
    // Messages that were sent once more and found accepted.
    count("Repetitions"),
    // How often a message tried for the next seq and another was faster.
    count("SequenceRaces"),
    // Rows of sockets that were gone, found by posting to them.
    count("StaleConnections"),
    // Pushes that SNS took, a device each.
    count("PushesSent"),
    // People who needed none when their turn came: they had acknowledged, muted, or been told already.
    count("PushesSuppressed"),
    // Pushes that SNS did not take: each is tried again by a job of its own.
    count("PushesFailed"),
    // Messages that the safety net enqueued again.
    count("EnqueuedAgain"),
    // Tries of jobs and of stream records that failed. Lambda does not count them: the invocation as such worked.
    Metric { name: "FailedJobs", unit: "Count", dimensions: &[BY_STAGE, BY_FUNCTION] },
];

const fn milliseconds(name: &'static str) -> Metric {
    Metric { name, unit: "Milliseconds", dimensions: &[BY_STAGE] }
}

const fn count(name: &'static str) -> Metric {
    Metric { name, unit: "Count", dimensions: &[BY_STAGE] }
}

/// A count as a line tells it: nothing of what did not happen, so that a line without news carries no metric.
#[must_use]
pub fn if_any(count: u64) -> Option<u64> {
    (count > 0).then_some(count)
}

/// The time since this moment in whole milliseconds, as the log's field `durationMs` has it.
#[must_use]
pub fn elapsed_ms(since: impl Into<Instant>) -> u64 {
    u64::try_from(since.into().elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Lines of JSON as the inner format writes them, with what CloudWatch needs to find the metrics in them.
#[derive(Debug)]
pub(crate) struct WithMetrics<L> {
    /// Writes the line itself: one JSON object.
    pub line: L,
    /// The stage of this deployment.
    pub stage: String,
    /// The name of this function, with its stage.
    pub function: String,
}

impl<S, N, L> FormatEvent<S, N> for WithMetrics<L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    L: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut found = Found(Vec::new());
        event.record(&mut found);
        if found.0.is_empty() {
            return self.line.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.line.format_event(context, Writer::new(&mut line), event)?;
        let open = line.trim_end().strip_suffix('}').ok_or(fmt::Error)?;
        writeln!(writer, "{open},{}}}", self.members(&found.0))
    }
}

impl<L> WithMetrics<L> {
    /// The members of the line that say which of the others are metrics, and whose.
    fn members(&self, metrics: &[Metric]) -> String {
        let directives: Vec<Value> =
            metrics.chunk_by(|one, next| one.dimensions == next.dimensions).map(directive).collect();
        let about = json!({ "Timestamp": Timestamp::now().as_millis(), "CloudWatchMetrics": directives });
        let (stage, function) = (json!(self.stage), json!(self.function));
        if metrics.iter().any(|metric| metric.dimensions.contains(&BY_FUNCTION)) {
            format!(r#""Stage":{stage},"Function":{function},"_aws":{about}"#)
        } else {
            format!(r#""Stage":{stage},"_aws":{about}"#)
        }
    }
}

/// What CloudWatch is told of metrics with the same dimensions.
fn directive(metrics: &[Metric]) -> Value {
    let named: Vec<Value> = metrics.iter().map(|metric| json!({ "Name": metric.name, "Unit": metric.unit })).collect();
    json!({ "Namespace": NAMESPACE, "Dimensions": metrics.first().map(|metric| metric.dimensions), "Metrics": named })
}

/// The metrics among the fields of a line.
struct Found(Vec<Metric>);

impl Visit for Found {
    fn record_u64(&mut self, field: &Field, _: u64) {
        self.0.extend(METRICS.iter().find(|metric| metric.name == field.name()));
    }

    /// Whatever is no count and no duration is no metric.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Log lines, captured for tests.
#[cfg(test)]
pub(crate) mod captured {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::fmt::format::{JsonFields, format};

    use super::WithMetrics;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that `work` logs.
    pub(crate) fn lines(work: impl FnOnce()) -> Vec<Value> {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let line = format().json().flatten_event(true);
        let metrics = WithMetrics { line, stage: "dev".to_owned(), function: "dev-fan-out".to_owned() };
        let log = tracing_subscriber::fmt().fmt_fields(JsonFields::new()).event_format(metrics);
        tracing::subscriber::with_default(log.with_writer(move || writer.clone()).finish(), work);
        let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::captured::lines;
    use super::*;

    #[test]
    fn a_line_with_metrics_is_one_line_that_says_which_they_are() {
        let lines = lines(|| {
            tracing::info!(stage = "fan-out", posted = 2, AcceptanceToSocket = 17_u64, StaleConnections = if_any(1));
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["stage"], "fan-out");
        assert_eq!(line["posted"], 2);
        assert_eq!(line["AcceptanceToSocket"], 17);
        assert_eq!(line["Stage"], "dev");
        assert!(line["_aws"]["Timestamp"].as_u64().unwrap() > 1_700_000_000_000, "in milliseconds: {line}");
        let directive = json!({
            "Namespace": "Paloma",
            "Dimensions": [["Stage"]],
            "Metrics": [
                { "Name": "AcceptanceToSocket", "Unit": "Milliseconds" },
                { "Name": "StaleConnections", "Unit": "Count" },
            ],
        });
        assert_eq!(line["_aws"]["CloudWatchMetrics"], json!([directive]));
    }

    #[test]
    fn what_fails_is_told_apart_by_function() {
        let lines = lines(|| tracing::error!(stage = "job", FailedJobs = 1_u64, PushesFailed = 2_u64));
        let line = &lines[0];
        assert_eq!(line["Function"], "dev-fan-out");
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert_eq!(directives.len(), 2, "one for each set of dimensions: {line}");
        assert_eq!(directives[0]["Dimensions"], json!([["Stage"], ["Stage", "Function"]]));
        assert_eq!(directives[1]["Dimensions"], json!([["Stage"]]));
    }

    #[test]
    fn a_line_without_news_carries_nothing() {
        let lines = lines(|| tracing::info!(stage = "fan-out", posted = 2, StaleConnections = if_any(0)));
        assert_eq!(lines[0].get("_aws"), None);
        assert_eq!(lines[0].get("Stage"), None);
        assert_eq!(lines[0].get("StaleConnections"), None);
    }
}
