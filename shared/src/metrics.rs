//! Metrics: numbers in the lines of the log, in CloudWatch's Embedded Metric Format.
//!
//! A field with the name of one of [`METRICS`] is a metric. CloudWatch extracts it from the line, so each point of a
//! graph is also readable in the log. A metric costs some 200 bytes in each line that has one, and no call: a call of
//! `PutMetricData` would take longer than most jobs, and cost more.
//!
//! The dimensions are the deployment's stage and, for failures, the function. No dimension grows with users or chats,
//! since every combination of values is a metric that costs money.

mod monitoring;

use std::fmt;
use std::time::Instant;

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, Writer, format};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

pub use self::monitoring::Monitoring;
use crate::domain::Timestamp;

/// The namespace of the metrics in CloudWatch.
pub const NAMESPACE: &str = "Paloma";

/// One metric per stage.
const BY_STAGE: &[&str] = &["Stage"];

/// One metric per stage and function.
const BY_FUNCTION: &[&str] = &["Stage", "Function"];

/// One metric per stage, and one per stage and service.
const BY_SERVICE: &[&[&str]] = &[BY_STAGE, &["Stage", "WaitingFor"]];

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name in CloudWatch and in the line.
    pub name: &'static str,
    /// The unit in CloudWatch's spelling.
    pub unit: &'static str,
    /// The sets of dimensions.
    pub dimensions: &'static [&'static [&'static str]],
    /// Whether it has data only while something fails.
    pub of_failures: bool,
}

/// All metrics.
pub const METRICS: [Metric; 11] = [
    // Time from storing a message until its frame is posted to the sockets of a job's recipients.
    milliseconds("AcceptanceToSocket"),
    // Time from storing a message until SNS has accepted its pushes, including the grace period of members with a
    // socket.
    milliseconds("AcceptanceToPush"),
    // Repeated sends of a message that was accepted before.
    count("Repetitions"),
    // Tries for the next seq at which another message was faster.
    count("SequenceRaces"),
    // Rows of connections that turned out to be gone when a frame was posted.
    count("StaleConnections"),
    // Pushes that SNS accepted, one per device.
    count("PushesSent"),
    // Members who needed no push: they had acknowledged, muted, or got one already.
    count("PushesSuppressed"),
    // Pushes that SNS did not accept. A job of its own retries each of them.
    failures("PushesFailed", &[BY_STAGE]),
    // Messages that the safety net enqueued again.
    failures("EnqueuedAgain", &[BY_STAGE]),
    // Tries of jobs and stream records that failed because of an outage, also by the service that they wait for: the
    // line has it in its field `WaitingFor`.
    failures("JobsWaiting", BY_SERVICE),
    // Other failed tries of jobs and stream records. Lambda does not count them, because the invocation succeeds.
    failures("FailedJobs", &[BY_STAGE, BY_FUNCTION]),
];

const fn milliseconds(name: &'static str) -> Metric {
    Metric { name, unit: "Milliseconds", dimensions: &[BY_STAGE], of_failures: false }
}

const fn count(name: &'static str) -> Metric {
    Metric { name, unit: "Count", dimensions: &[BY_STAGE], of_failures: false }
}

const fn failures(name: &'static str, dimensions: &'static [&'static [&'static str]]) -> Metric {
    Metric { name, unit: "Count", dimensions, of_failures: true }
}

/// A count for a line: none for zero, so that a line without events has no metric.
#[must_use]
pub fn if_any(count: u64) -> Option<u64> {
    (count > 0).then_some(count)
}

/// The time since this moment in whole milliseconds, as the log's field `durationMs` has it.
#[must_use]
pub fn elapsed_ms(since: impl Into<Instant>) -> u64 {
    u64::try_from(since.into().elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The name of the span around a handler. Each line that is logged inside of it has the span's fields too.
pub(crate) const INVOCATION: &str = "invocation";

/// The format of a line before metrics: one JSON object. CloudWatch stores the time of each line, and the field `stage`
/// names the function.
pub(crate) fn json_line() -> Format<Json, ()> {
    let line = format().json().flatten_event(true).with_current_span(false).with_span_list(false);
    line.without_time().with_target(false)
}

/// Adds to the JSON lines of the inner format: the fields of the invocation, and the description of the metrics.
#[derive(Debug)]
pub(crate) struct WithMetrics<L> {
    /// The format of the line: one JSON object.
    pub line: L,
    /// The deployment's stage.
    pub stage: String,
    /// The function's name, including the stage.
    pub function: String,
    /// The metrics that the stage records.
    pub monitoring: Monitoring,
}

impl<S, N, L> FormatEvent<S, N> for WithMetrics<L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    L: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut metrics = MetricFields(Vec::new());
        event.record(&mut metrics);
        metrics.0.retain(|metric| self.monitoring.records(metric));
        let invocation = invocation_fields(context);
        if metrics.0.is_empty() && invocation.is_none() {
            return self.line.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.line.format_event(context, Writer::new(&mut line), event)?;
        write!(writer, "{}", line.trim_end().strip_suffix('}').ok_or(fmt::Error)?)?;
        if let Some(fields) = invocation {
            write!(writer, ",{fields}")?;
        }
        if !metrics.0.is_empty() {
            write!(writer, ",{}", self.description(&metrics.0))?;
        }
        writeln!(writer, "}}")
    }
}

/// The fields of the span [`INVOCATION`] in which an event is logged, without the braces around them.
fn invocation_fields<S, N>(context: &FmtContext<'_, S, N>) -> Option<String>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let span = context.event_scope()?.from_root().find(|span| span.name() == INVOCATION)?;
    let extensions = span.extensions();
    let fields = extensions.get::<FormattedFields<N>>()?.fields.trim();
    let fields = fields.strip_prefix('{')?.strip_suffix('}')?;
    (!fields.is_empty()).then(|| fields.to_owned())
}

impl<L> WithMetrics<L> {
    /// The fields that describe the metrics of a line, and their dimensions.
    fn description(&self, metrics: &[Metric]) -> String {
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

/// The description of metrics with the same dimensions.
fn directive(metrics: &[Metric]) -> Value {
    let named: Vec<Value> = metrics.iter().map(|metric| json!({ "Name": metric.name, "Unit": metric.unit })).collect();
    json!({ "Namespace": NAMESPACE, "Dimensions": metrics.first().map(|metric| metric.dimensions), "Metrics": named })
}

/// Collects the metrics among the fields of a line.
struct MetricFields(Vec<Metric>);

impl Visit for MetricFields {
    fn record_u64(&mut self, field: &Field, _: u64) {
        self.0.extend(METRICS.iter().find(|metric| metric.name == field.name()));
    }

    /// Counts and durations are `u64`. No other field is a metric.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Log lines, captured for tests.
#[cfg(test)]
pub(crate) mod captured {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::fmt::format::JsonFields;

    use super::{Monitoring, WithMetrics, json_line};

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

    /// The lines that `work` logs, with all metrics.
    pub(crate) fn lines(work: impl FnOnce()) -> Vec<Value> {
        lines_with(Monitoring::Full, work)
    }

    /// The lines that `work` logs, with these metrics.
    pub(crate) fn lines_with(monitoring: Monitoring, work: impl FnOnce()) -> Vec<Value> {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let metrics =
            WithMetrics { line: json_line(), stage: "dev".to_owned(), function: "dev-fan-out".to_owned(), monitoring };
        let log = tracing_subscriber::fmt().fmt_fields(JsonFields::new()).event_format(metrics);
        tracing::subscriber::with_default(log.with_writer(move || writer.clone()).finish(), work);
        let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::captured::{lines, lines_with};
    use super::*;

    #[test]
    fn a_line_with_metrics_is_one_line_that_describes_them() {
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
    fn failures_have_a_metric_per_function() {
        let lines = lines(|| tracing::error!(stage = "job", FailedJobs = 1_u64, PushesFailed = 2_u64));
        let line = &lines[0];
        assert_eq!(line["Function"], "dev-fan-out");
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert_eq!(directives.len(), 2, "one for each set of dimensions: {line}");
        assert_eq!(directives[0]["Dimensions"], json!([["Stage"], ["Stage", "Function"]]));
        assert_eq!(directives[1]["Dimensions"], json!([["Stage"]]));
    }

    #[test]
    fn small_monitoring_records_failures_and_leaves_other_figures_in_the_line() {
        let lines = lines_with(Monitoring::named("small"), || {
            tracing::info!(stage = "fan-out", AcceptanceToSocket = 17_u64);
            tracing::error!(stage = "push", PushesSent = 3_u64, PushesFailed = 1_u64);
        });
        assert_eq!((&lines[0]["AcceptanceToSocket"], lines[0].get("_aws")), (&json!(17), None));
        assert_eq!(lines[1]["PushesSent"], 3);
        let directives = lines[1]["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        let names: Vec<_> = directives.iter().flat_map(|each| each["Metrics"].as_array().unwrap()).collect();
        assert_eq!(names, [&json!({ "Name": "PushesFailed", "Unit": "Count" })]);
    }

    #[test]
    fn a_line_without_counts_has_no_metrics() {
        let lines = lines(|| tracing::info!(stage = "fan-out", posted = 2, StaleConnections = if_any(0)));
        assert_eq!(lines[0].get("_aws"), None);
        assert_eq!(lines[0].get("Stage"), None);
        assert_eq!(lines[0].get("StaleConnections"), None);
    }
}
