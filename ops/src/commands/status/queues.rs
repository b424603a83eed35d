//! The queues: jobs, the age of the oldest job, dead letters.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName;
use futures::future::try_join_all;
use paloma::dead_letters::QueueName;
use serde::Serialize;

use crate::metrics::{MetricQuery, MetricValues, Window};
use crate::output::{Page, Tone, seconds};
use crate::queue::{StackQueue, physical_name};
use crate::{Failure, Stack};

/// Seconds after which a job of most queues is late. A job is tried five times within about 20 s, and a check of the
/// safety net waits for 60 s.
const LATE: u64 = 300;
/// Seconds after which a job of presence is late. A connection check waits for 11 minutes by design.
const LATE_PRESENCE: u64 = 1_200;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueState {
    pub name: QueueName,
    /// `None` for a stream, which has only dead letters.
    #[serde(flatten)]
    pub jobs: Option<JobCounts>,
    /// The age of its oldest job in seconds: 0 for an empty queue, `null` when CloudWatch has no data.
    pub oldest_seconds: Option<u64>,
    pub dead_letters: u64,
    /// The age of its oldest dead letter in seconds: 0 without dead letters, `null` when CloudWatch has no data.
    pub oldest_dead_letter_seconds: Option<u64>,
}

/// The number of jobs in a queue. SQS approximates it.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobCounts {
    /// Ready to be received.
    pub waiting: u64,
    /// Received by a function that has not finished them.
    pub in_flight: u64,
    /// Enqueued with a delay that is not over.
    pub delayed: u64,
}

impl JobCounts {
    fn all(self) -> u64 {
        self.waiting + self.in_flight + self.delayed
    }
}

impl QueueState {
    /// Whether its oldest job is late.
    pub fn is_late(&self) -> bool {
        let late = if self.name == QueueName::Presence { LATE_PRESENCE } else { LATE };
        self.oldest_seconds.is_some_and(|oldest| oldest > late)
    }
}

/// A queue with the counts of its jobs and of its dead letters.
pub struct QueueCounts {
    queue: StackQueue,
    jobs: Option<JobCounts>,
    dead_letters: JobCounts,
}

/// Counts the jobs and the dead letters of all queues.
pub async fn counts(stack: &Stack) -> Result<Vec<QueueCounts>, Failure> {
    try_join_all(stack.queues().into_iter().map(async |queue| {
        let jobs = match &queue.url {
            Some(url) => Some(count(stack, url).await?),
            None => None,
        };
        let dead_letters = match &queue.dead_letter_url {
            Some(url) => count(stack, url).await?,
            None => JobCounts::default(),
        };
        Ok(QueueCounts { queue, jobs, dead_letters })
    }))
    .await
}

async fn count(stack: &Stack, url: &str) -> Result<JobCounts, Failure> {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let client = aws_sdk_sqs::Client::new(&stack.aws);
    let asked = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let failed = stack.target.failed("sqs:GetQueueAttributes", &format!("the queue {}", physical_name(url)));
    let attributes: HashMap<_, _> = asked.send().await.map_err(failed)?.attributes.unwrap_or_default();
    let [waiting, in_flight, delayed] =
        names.map(|name| attributes.get(&name).and_then(|count| count.parse().ok()).unwrap_or_default());
    Ok(JobCounts { waiting, in_flight, delayed })
}

/// The queries for the ages of the oldest jobs.
pub fn metric_queries(stack: &Stack) -> Vec<MetricQuery> {
    let queues = stack.queues().into_iter();
    queues.flat_map(|queue| [queue.url, queue.dead_letter_url]).flatten().map(|url| age_of(&url)).collect()
}

fn age_of(url: &str) -> MetricQuery {
    MetricQuery {
        namespace: "AWS/SQS",
        metric: "ApproximateAgeOfOldestMessage",
        dimensions: vec![("QueueName", physical_name(url).to_owned())],
        statistic: "Maximum",
        window: Window::Newest,
    }
}

/// Combines counts and ages.
pub fn states(counts: Vec<QueueCounts>, values: &MetricValues) -> Vec<QueueState> {
    let age = |url: Option<&String>, counts: JobCounts| match url {
        _ if counts.all() == 0 => Some(0),
        // Ages are whole seconds, far below what a float holds exactly.
        Some(url) => values.get(&age_of(url)).map(|age| *age as u64),
        None => Some(0),
    };
    let state = |QueueCounts { queue, jobs, dead_letters }: QueueCounts| QueueState {
        oldest_seconds: age(queue.url.as_ref(), jobs.unwrap_or_default()),
        oldest_dead_letter_seconds: age(queue.dead_letter_url.as_ref(), dead_letters),
        dead_letters: dead_letters.all(),
        name: queue.name,
        jobs,
    };
    counts.into_iter().map(state).collect()
}

pub fn write(queues: &[QueueState], page: &mut Page) {
    page.heading("Queues");
    let rows = queues.iter().map(|queue| {
        let count = |of: fn(JobCounts) -> u64| match queue.jobs {
            Some(jobs) => (of(jobs).to_string(), if of(jobs) == 0 { Tone::Faint } else { Tone::Plain }),
            None => ("stream".to_owned(), Tone::Faint),
        };
        let oldest = match (queue.jobs, queue.oldest_seconds) {
            (None, _) => (String::new(), Tone::Plain),
            (Some(_), Some(0)) if queue.jobs.is_some_and(|jobs| jobs.all() == 0) => ("-".to_owned(), Tone::Faint),
            (_, None) => ("unknown".to_owned(), Tone::Notable),
            (_, Some(age)) => (seconds(age), if queue.is_late() { Tone::Wrong } else { Tone::Plain }),
        };
        let dead = match queue.dead_letters {
            0 => ("0".to_owned(), Tone::Good),
            dead => (dead.to_string(), Tone::Wrong),
        };
        let name = (queue.name.to_string(), Tone::Plain);
        [name, count(|of| of.waiting), count(|of| of.in_flight), count(|of| of.delayed), oldest, dead]
    });
    page.table(["queue", "waiting", "in flight", "delayed", "oldest", "dead letters"], rows.collect());
}
