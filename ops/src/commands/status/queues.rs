//! The queues: how much waits, how long the oldest has waited, what is dead.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName;
use futures::future::try_join_all;
use paloma::dead_letters::QueueName;
use serde::Serialize;

use crate::metrics::{Answers, Question, Window};
use crate::output::{Page, Tone, seconds};
use crate::queue::{Queue, physical_name};
use crate::{Failure, Stack};

/// A job of most queues that has waited for so many seconds is late: it is tried five times within some 20 s, and a
/// check of the safety net waits for 60 s.
const LATE: u64 = 300;
/// A look of presence waits for 11 minutes by design.
const LATE_LOOK: u64 = 1_200;

/// How a queue stands.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueState {
    /// What people call it.
    pub name: QueueName,
    /// The jobs in it; nothing where jobs come from a stream.
    #[serde(flatten)]
    pub depth: Option<Depth>,
    /// For how many seconds its oldest job has been there: 0 for an empty queue, `null` when CloudWatch has no datum.
    pub oldest_seconds: Option<u64>,
    /// How many jobs are dead.
    pub dead_letters: u64,
    /// For how many seconds the oldest dead one has been there, likewise.
    pub oldest_dead_letter_seconds: Option<u64>,
}

/// How many jobs are in a queue, about.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Depth {
    /// That wait to be taken.
    pub waiting: u64,
    /// That have been taken, and not been done yet.
    pub in_flight: u64,
    /// That are not due yet.
    pub delayed: u64,
}

impl Depth {
    fn all(self) -> u64 {
        self.waiting + self.in_flight + self.delayed
    }
}

impl QueueState {
    /// Whether a job has been in it for longer than any should.
    pub fn is_late(&self) -> bool {
        let late = if self.name == QueueName::Presence { LATE_LOOK } else { LATE };
        self.oldest_seconds.is_some_and(|oldest| oldest > late)
    }
}

/// A queue with what SQS says of it and of its dead-letter queue.
pub type Counted = (Queue, Option<Depth>, Depth);

/// Counts what is in the queues.
pub async fn depths(stack: &Stack) -> Result<Vec<Counted>, Failure> {
    try_join_all(stack.queues().into_iter().map(async |queue| {
        let live = match &queue.url {
            Some(url) => Some(depth(stack, url).await?),
            None => None,
        };
        let dead = match &queue.dead_letters {
            Some(url) => depth(stack, url).await?,
            None => Depth::default(),
        };
        Ok((queue, live, dead))
    }))
    .await
}

async fn depth(stack: &Stack, url: &str) -> Result<Depth, Failure> {
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
    Ok(Depth { waiting, in_flight, delayed })
}

/// The ages to ask CloudWatch for.
pub fn questions(stack: &Stack) -> Vec<Question> {
    let queues = stack.queues().into_iter();
    queues.flat_map(|queue| [queue.url, queue.dead_letters]).flatten().map(|url| age_of(&url)).collect()
}

fn age_of(url: &str) -> Question {
    Question {
        namespace: "AWS/SQS",
        metric: "ApproximateAgeOfOldestMessage",
        of: ("QueueName", physical_name(url).to_owned()),
        statistic: "Maximum",
        window: Window::Newest,
    }
}

/// Puts counts and ages together.
pub fn states(counted: Vec<Counted>, answers: &Answers) -> Vec<QueueState> {
    let age = |url: Option<&String>, depth: Depth| match url {
        _ if depth.all() == 0 => Some(0),
        // Ages are whole seconds, far below what a float holds exactly.
        Some(url) => answers.get(&age_of(url)).map(|age| *age as u64),
        None => Some(0),
    };
    let state = |(queue, depth, dead): Counted| QueueState {
        oldest_seconds: age(queue.url.as_ref(), depth.unwrap_or_default()),
        oldest_dead_letter_seconds: age(queue.dead_letters.as_ref(), dead),
        dead_letters: dead.all(),
        name: queue.name,
        depth,
    };
    counted.into_iter().map(state).collect()
}

/// The table for people.
pub fn write(queues: &[QueueState], page: &mut Page) {
    page.heading("Queues");
    let rows = queues.iter().map(|queue| {
        let count = |of: fn(Depth) -> u64| match queue.depth {
            Some(depth) => (of(depth).to_string(), if of(depth) == 0 { Tone::Faint } else { Tone::Plain }),
            None => ("stream".to_owned(), Tone::Faint),
        };
        let oldest = match (queue.depth, queue.oldest_seconds) {
            (None, _) => (String::new(), Tone::Plain),
            (Some(_), Some(0)) if queue.depth.is_some_and(|depth| depth.all() == 0) => ("-".to_owned(), Tone::Faint),
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
