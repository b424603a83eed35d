//! What consumes queues and streams: whether it is switched on, and how far it is behind.

use futures::future::try_join_all;
use serde::Serialize;

use crate::metrics::{Answers, Question, Window};
use crate::output::{Page, Tone, seconds};
use crate::{Failure, Stack};

/// A stream's consumer that is so many milliseconds behind is late: the ticks and the safety net come after it.
const LATE: u64 = 60_000;

/// An event source mapping: what brings jobs or records to a function.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumer {
    /// Its UUID, by which Lambda knows it.
    pub id: String,
    /// The function, such as `dev-relay`.
    pub function: String,
    /// The queue, or the table whose stream it is.
    pub source: String,
    /// Whether records come from a stream, not jobs from a queue.
    pub is_stream: bool,
    /// `Enabled`, or what else.
    pub state: String,
    /// How far the function is behind in its streams, in milliseconds: the slowest counts. `null` where nothing came
    /// through of late, and of queues.
    pub lag_millis: Option<u64>,
}

impl Consumer {
    /// Whether it consumes, or is about to.
    pub fn is_on(&self) -> bool {
        ["Enabled", "Enabling", "Creating", "Updating"].contains(&self.state.as_str())
    }

    /// Whether it is too far behind.
    pub fn is_late(&self) -> bool {
        self.lag_millis.is_some_and(|lag| lag > LATE)
    }
}

/// The event source mappings of the stack.
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

/// `…:function:dev-relay`, with a version or alias behind it or not.
fn function_name(arn: &str) -> &str {
    arn.split(":function:").nth(1).and_then(|name| name.split(':').next()).unwrap_or(arn)
}

/// The table of `…:table/dev-messages/stream/…`, the queue of `…:dev-deliveries`.
fn source_name(arn: &str) -> &str {
    match arn.split_once(":table/") {
        Some((_, table)) => table.split('/').next().unwrap_or(table),
        None => arn.rsplit(':').next().unwrap_or(arn),
    }
}

/// The lags to ask CloudWatch for.
pub fn questions(consumers: &[Consumer]) -> Vec<Question> {
    let mut questions: Vec<_> =
        consumers.iter().filter(|consumer| consumer.is_stream).map(|consumer| lag_of(&consumer.function)).collect();
    questions.dedup();
    questions
}

fn lag_of(function: &str) -> Question {
    Question {
        namespace: "AWS/Lambda",
        metric: "IteratorAge",
        of: ("FunctionName", function.to_owned()),
        statistic: "Maximum",
        window: Window::Newest,
    }
}

/// The consumers, with what CloudWatch knows.
pub fn with_lag(consumers: Vec<Consumer>, answers: &Answers) -> Vec<Consumer> {
    let lag = |consumer: &Consumer| answers.get(&lag_of(&consumer.function)).map(|lag| *lag as u64);
    consumers
        .into_iter()
        .map(|consumer| Consumer { lag_millis: lag(&consumer).filter(|_| consumer.is_stream), ..consumer })
        .collect()
}

/// The table for people: streams, and whatever else is switched off.
pub fn write(consumers: &[Consumer], page: &mut Page) {
    page.heading("Streams");
    let shown = consumers.iter().filter(|consumer| consumer.is_stream || !consumer.is_on());
    let rows = shown.map(|consumer| {
        let state = (consumer.state.to_lowercase(), if consumer.is_on() { Tone::Good } else { Tone::Wrong });
        let lag = match consumer.lag_millis {
            _ if !consumer.is_stream => (String::new(), Tone::Plain),
            None => ("unknown".to_owned(), Tone::Faint),
            Some(lag) if lag < 1_000 => (format!("{lag} ms"), Tone::Plain),
            Some(lag) => (seconds(lag / 1_000), if consumer.is_late() { Tone::Wrong } else { Tone::Plain }),
        };
        [(consumer.function.clone(), Tone::Plain), (consumer.source.clone(), Tone::Plain), state, lag]
    });
    page.table(["consumer", "of", "state", "lag"], rows.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_arns() {
        assert_eq!(function_name("arn:aws:lambda:us-east-1:1:function:dev-relay:live"), "dev-relay");
        assert_eq!(source_name("arn:aws:dynamodb:us-east-1:1:table/dev-messages/stream/2026"), "dev-messages");
        assert_eq!(source_name("arn:aws:sqs:us-east-1:1:dev-deliveries"), "dev-deliveries");
    }
}
