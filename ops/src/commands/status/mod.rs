//! `paloma status`: what is stuck, and the first thing to do about it. One glance, one verdict.

mod alarms;
mod connections;
mod functions;
mod queues;
mod streams;
mod verdict;

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
use crate::metrics;
use crate::output::{Page, Report};
use crate::{Failure, Outcome, Output, Stack, Suggest};

/// Nothing but the options of every command.
#[derive(Debug, Args)]
pub struct Arguments {}

/// The state of a deployment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    stack: String,
    region: String,
    /// When it was looked, in epoch milliseconds.
    at: Timestamp,
    verdict: Verdict,
    alarms: Vec<Alarm>,
    queues: Vec<QueueState>,
    consumers: Vec<Consumer>,
    connections: OpenConnections,
    functions: Vec<FunctionFigures>,
    #[serde(skip)]
    suggest: Suggest,
}

/// Finds out, prints, and answers whether something is wrong.
///
/// # Errors
/// When something could not be looked at.
pub async fn run(stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let status = look(stack).await?;
    output.print(&status)?;
    Ok(if status.verdict.is_good() { Outcome::Good } else { Outcome::SomethingIsWrong })
}

async fn look(stack: &Stack) -> Result<Status, Failure> {
    let (functions, depths, consumers, connections, alarms) = try_join!(
        stack.functions(),
        queues::depths(stack),
        streams::consumers(stack),
        connections::count(stack),
        alarms::ringing(stack),
    )?;
    let questions = [queues::questions(stack), functions::questions(&functions), streams::questions(&consumers)];
    let answers = metrics::ask(stack, questions.concat()).await?;
    let queues = queues::states(depths, &answers);
    let consumers = streams::with_lag(consumers, &answers);
    let functions = functions::figures(&functions, &answers);
    let verdict = Verdict::of(&stack.suggest, &alarms, &queues, &consumers, &functions);
    let suggest = stack.suggest.clone();
    let (stack, region) = (stack.name.clone(), stack.target.region.clone());
    Ok(Status {
        suggest,
        stack,
        region,
        at: Timestamp::now(),
        verdict,
        alarms,
        queues,
        consumers,
        connections,
        functions,
    })
}

impl Report for Status {
    fn write(&self, page: &mut Page) {
        self.verdict.write(page);
        alarms::write(&self.alarms, &self.suggest, page);
        queues::write(&self.queues, page);
        streams::write(&self.consumers, page);
        functions::write(&self.functions, page);
        self.connections.write(page);
    }
}
