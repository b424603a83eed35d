//! The consumers of queues and streams: whether they are enabled, and how far they lag behind.

use futures::future::try_join_all;
use serde::Serialize;

use crate::metrics::{MetricQuery, MetricValues, Window};
use crate::output::{Page, Tone, seconds};
use crate::{Failure, Stack};

/// Milliseconds of lag above which a stream's consumer is late. Ticks and the safety net depend on it.
const LATE: u64 = 60_000;

/// An event source mapping: Lambda reads a queue or a stream by it, and invokes a function with the jobs or records.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumer {
    /// The UUID of the mapping.
    pub id: String,
    /// Such as `dev-relay`.
    pub function: String,
    /// The name of the queue, or of the stream's table.
    pub source: String,
    pub is_stream: bool,
    /// As Lambda reports it, such as `Enabled`.
    pub state: String,
    /// The function's lag behind its streams in milliseconds; of several, the largest. `null` for queues, and when no
    /// record was read recently.
    pub lag_millis: Option<u64>,
}

impl Consumer {
    /// Whether it is enabled, or is being enabled.
    pub fn is_enabled(&self) -> bool {
        ["Enabled", "Enabling", "Creating", "Updating"].contains(&self.state.as_str())
    }

    pub fn is_late(&self) -> bool {
        self.lag_millis.is_some_and(|lag| lag > LATE)
    }
}

pub async fn consumers(stack: &Stack) -> Result<Vec<Consumer>, Failure> {
    let client = aws_sdk_lambda::Client::new(&stack.aws);
    let mappings = stack.resources("AWS::Lambda::EventSourceMapping").await?;
    let mut consumers = try_join_all(mappings.values().map(async |id| {
        let mapping = client.get_event_source_mapping().uuid(id).send().await;
        let failed = stack.target.failed("lambda:GetEventSourceMapping", &format!("the event source mapping {id}"));
        let mapping = mapping.map_err(failed)?;
        let source = mapping.event_source_arn().unwrap_or_default();
        Ok::<_, Failure>(Consumer {
            id: id.clone(),
            function: mapping.function_arn().map(function_name).unwrap_or_default().to_owned(),
            source: source_name(source).to_owned(),
            is_stream: source.contains(":dynamodb:"),
            state: mapping.state().unwrap_or("unknown").to_owned(),
            lag_millis: None,
        })
    }))
    .await?;
    consumers.sort_by(|one, other| (&one.function, &one.source).cmp(&(&other.function, &other.source)));
    Ok(consumers)
}

/// The name in `…:function:dev-relay`, with or without a version or an alias.
fn function_name(arn: &str) -> &str {
    arn.split(":function:").nth(1).and_then(|name| name.split(':').next()).unwrap_or(arn)
}

/// The table in `…:table/dev-messages/stream/…`, or the queue in `…:dev-deliveries`.
fn source_name(arn: &str) -> &str {
    match arn.split_once(":table/") {
        Some((_, table)) => table.split('/').next().unwrap_or(table),
        None => arn.rsplit(':').next().unwrap_or(arn),
    }
}

/// The queries for the lags.
pub fn metric_queries(consumers: &[Consumer]) -> Vec<MetricQuery> {
    let mut metric_queries: Vec<_> =
        consumers.iter().filter(|consumer| consumer.is_stream).map(|consumer| lag_of(&consumer.function)).collect();
    metric_queries.dedup();
    metric_queries
}

fn lag_of(function: &str) -> MetricQuery {
    MetricQuery {
        namespace: "AWS/Lambda",
        metric: "IteratorAge",
        dimensions: vec![("FunctionName", function.to_owned())],
        statistic: "Maximum",
        window: Window::Newest,
    }
}

pub fn with_lag(consumers: Vec<Consumer>, values: &MetricValues) -> Vec<Consumer> {
    let lag = |consumer: &Consumer| values.get(&lag_of(&consumer.function)).map(|lag| *lag as u64);
    consumers
        .into_iter()
        .map(|consumer| Consumer { lag_millis: lag(&consumer).filter(|_| consumer.is_stream), ..consumer })
        .collect()
}

/// Writes the table of the streams, and of the queues' consumers that are not enabled.
pub fn write(consumers: &[Consumer], page: &mut Page) {
    page.heading("Streams");
    let shown = consumers.iter().filter(|consumer| consumer.is_stream || !consumer.is_enabled());
    let rows = shown.map(|consumer| {
        let state = (consumer.state.to_lowercase(), if consumer.is_enabled() { Tone::Good } else { Tone::Wrong });
        let lag = match consumer.lag_millis {
            _ if !consumer.is_stream => (String::new(), Tone::Plain),
            None => ("unknown".to_owned(), Tone::Faint),
            Some(lag) if lag < 1_000 => (format!("{lag} ms"), Tone::Plain),
            Some(lag) => (seconds(lag / 1_000), if consumer.is_late() { Tone::Wrong } else { Tone::Plain }),
        };
        [(consumer.function.clone(), Tone::Plain), (consumer.source.clone(), Tone::Plain), state, lag]
    });
    page.table(["consumer", "source", "state", "lag"], rows.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_functions_and_sources_are_read_from_arns() {
        assert_eq!(function_name("arn:aws:lambda:us-east-1:1:function:dev-relay:live"), "dev-relay");
        assert_eq!(source_name("arn:aws:dynamodb:us-east-1:1:table/dev-messages/stream/2026"), "dev-messages");
        assert_eq!(source_name("arn:aws:sqs:us-east-1:1:dev-deliveries"), "dev-deliveries");
    }
}
