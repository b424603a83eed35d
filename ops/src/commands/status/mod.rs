//! `paloma status`: shows whether jobs are stuck, dead or failing, with one verdict and the first thing to do.

mod alarms;
mod connections;
mod functions;
mod queues;
mod streams;
mod verdict;
mod waiting;

use clap::Args;
use futures::try_join;
use paloma::domain::Timestamp;
use serde::Serialize;

use self::alarms::Alarm;
use self::connections::OpenConnections;
use self::functions::FunctionFigures;
use self::queues::QueueState;
use self::streams::Consumer;
use self::verdict::Verdict;
use self::waiting::WaitingJobs;
use crate::metrics;
use crate::output::{Page, Report};
use crate::{CommandHints, Failure, Outcome, Output, Stack};

/// It has no options of its own.
#[derive(Debug, Args)]
pub struct Arguments {}

/// The state of a deployment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    stack: String,
    region: String,
    /// In epoch milliseconds.
    at: Timestamp,
    verdict: Verdict,
    alarms: Vec<Alarm>,
    queues: Vec<QueueState>,
    consumers: Vec<Consumer>,
    connections: OpenConnections,
    functions: Vec<FunctionFigures>,
    waiting: Vec<WaitingJobs>,
    #[serde(skip)]
    hints: CommandHints,
}

pub async fn run(stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let status = read(stack).await?;
    output.print(&status)?;
    Ok(if status.verdict.is_good() { Outcome::Good } else { Outcome::SomethingIsWrong })
}

async fn read(stack: &Stack) -> Result<Status, Failure> {
    let (functions, queue_counts, consumers, connections, alarms) = try_join!(
        stack.functions(),
        queues::counts(stack),
        streams::consumers(stack),
        connections::count(stack),
        alarms::active(stack),
    )?;
    let metric_queries = [
        queues::metric_queries(stack),
        functions::metric_queries(&functions),
        streams::metric_queries(&consumers),
        waiting::metric_queries(stack),
    ];
    let values = metrics::fetch(stack, metric_queries.concat()).await?;
    let queues = queues::states(queue_counts, &values);
    let consumers = streams::with_lag(consumers, &values);
    let functions = functions::figures(&functions, &values);
    let waiting = waiting::services(stack, &values);
    let verdict = Verdict::of(&stack.hints, &alarms, &queues, &consumers, &functions, &waiting);
    let hints = stack.hints.clone();
    let (stack, region) = (stack.name.clone(), stack.target.region.clone());
    Ok(Status {
        hints,
        stack,
        region,
        at: Timestamp::now(),
        verdict,
        alarms,
        queues,
        consumers,
        connections,
        functions,
        waiting,
    })
}

impl Report for Status {
    fn write(&self, page: &mut Page) {
        self.verdict.write(page);
        alarms::write(&self.alarms, &self.hints, page);
        waiting::write(&self.waiting, page);
        queues::write(&self.queues, page);
        streams::write(&self.consumers, page);
        functions::write(&self.functions, page);
        self.connections.write(page);
    }
}
