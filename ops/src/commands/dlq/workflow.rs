//! Replays by the workflow `replay-dead-dead_letters`: started, watched and cancelled from here.

use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::ProvideErrorMetadata;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::types::ExecutionStatus;
use clap::Args;
use paloma::dead_letters::ReplayRequest;
use serde::Serialize;
use serde_json::{Value, json};

use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack, Suggest};

/// How often the workflow is asked how it stands.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Which replay.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The replay, as `paloma dlq replay --workflow` named it
    replay_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    replay_id: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip)]
    suggest: Suggest,
}

/// Starts a replay, and follows it.
///
/// # Errors
/// When Step Functions does not answer, or refuses.
pub async fn start(request: &ReplayRequest, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let machine = stack.output("ReplayDeadLettersStateMachine")?;
    let mut input = json!({ "queue": request.queue, "filter": request.filter, "rate": request.rate });
    if request.most < u64::MAX {
        input["most"] = json!(request.most);
    }
    Client::new(&stack.aws)
        .start_execution()
        .state_machine_arn(machine)
        .name(&request.replay_id)
        .input(input.to_string())
        .send()
        .await
        .map_err(stack.target.failed("states:StartExecution", machine))?;
    let id = &request.replay_id;
    let command = |action: &str| stack.suggest.paloma(format!("dlq {action} {id}"));
    output.note(format!("Replay {id} runs by itself, and goes on when this command is interrupted."));
    output.note(format!("Follow it: {}", command("watch")));
    output.note(format!("Stop it: {}", command("cancel")));
    follow(id, stack, output).await
}

/// Follows a replay to its end.
///
/// # Errors
/// When there is no such replay, or Step Functions does not answer.
pub async fn watch(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    follow(&arguments.replay_id, stack, output).await
}

/// Stops a replay, and tells how it ended: also when it had ended before.
///
/// # Errors
/// When there is no such replay, or Step Functions does not answer.
pub async fn cancel(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (client, id) = (Client::new(&stack.aws), &arguments.replay_id);
    let execution = execution(id, stack)?;
    if describe(&client, id, &execution, stack).await?.status == ExecutionStatus::Running {
        client
            .stop_execution()
            .execution_arn(&execution)
            .error("Cancelled")
            .cause("An operator cancelled it.")
            .send()
            .await
            .map_err(stack.target.failed("states:StopExecution", id))?;
    }
    follow(id, stack, output).await?;
    Ok(Outcome::Good)
}

async fn follow(replay_id: &str, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (client, execution) = (Client::new(&stack.aws), execution(replay_id, stack)?);
    let mut told = 0;
    loop {
        let described = describe(&client, replay_id, &execution, stack).await?;
        told = tell_steps(&client, &execution, told, stack, output).await?;
        if described.status != ExecutionStatus::Running {
            let ended = Ended {
                replay_id: replay_id.to_owned(),
                status: described.status.as_str().to_lowercase(),
                report: described.output.as_deref().and_then(|report| serde_json::from_str(report).ok()),
                error: described.error,
                cause: described.cause,
                suggest: stack.suggest.clone(),
            };
            output.print(&ended)?;
            let good = described.status == ExecutionStatus::Succeeded && ended.is_complete();
            return Ok(if good { Outcome::Good } else { Outcome::SomethingIsWrong });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn describe(
    client: &Client,
    replay_id: &str,
    execution: &str,
    stack: &Stack,
) -> Result<DescribeExecutionOutput, Failure> {
    client.describe_execution().execution_arn(execution).send().await.map_err(|error| {
        if error.code() == Some("ExecutionDoesNotExist") {
            return Failure::NotFound(format!(
                "there is no replay {replay_id} by the workflow: its id is told when it starts"
            ));
        }
        stack.target.failed("states:DescribeExecution", replay_id)(error)
    })
}

/// Tells the steps that have been entered since; answers how many events are told.
async fn tell_steps(
    client: &Client,
    execution: &str,
    told: usize,
    stack: &Stack,
    output: &Output,
) -> Result<usize, Failure> {
    let history = client.get_execution_history().execution_arn(execution).into_paginator().items().send();
    let history = history.collect::<Result<Vec<_>, _>>().await;
    let history = history.map_err(stack.target.failed("states:GetExecutionHistory", execution))?;
    for event in history.iter().skip(told) {
        if let Some(entered) = &event.state_entered_event_details {
            output.note(format!("  {}", entered.name));
        }
    }
    Ok(history.len())
}

/// The execution of this name.
fn execution(replay_id: &str, stack: &Stack) -> Result<String, Failure> {
    let machine = stack.output("ReplayDeadLettersStateMachine")?;
    Ok(format!("{}:{replay_id}", machine.replacen(":stateMachine:", ":execution:", 1)))
}

impl Ended {
    /// Whether it reports that all went as ordered: nothing rejected, expired, or held by others.
    fn is_complete(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report["outcome"] == "complete") && self.count("heldByOthers") == 0
    }

    /// A count of the report; 0 without one.
    fn count(&self, name: &str) -> u64 {
        self.report.as_ref().and_then(|report| report[name].as_u64()).unwrap_or_default()
    }
}

impl Report for Ended {
    fn write(&self, page: &mut Page) {
        let tone = if self.status == "succeeded" { Tone::Good } else { Tone::Wrong };
        page.tell(tone, format!("Replay {}: {}", self.replay_id, self.status));
        if self.report.is_some() {
            let [replayed, returned, left] = ["replayed", "returned", "left"].map(|name| self.count(name));
            page.line(format!("  {replayed} replayed, {returned} came back, {left} of those that were meant are left"));
        }
        for (name, what) in [
            ("rejected", "could not be brought back, and lie there still"),
            ("expired", "name records that their stream has expired, after 24 hours"),
            ("heldByOthers", "are held by somebody else"),
        ] {
            if self.count(name) > 0 {
                page.tell(Tone::Wrong, format!("  {} {what}", self.count(name)));
            }
        }
        if let Some(cause) = &self.cause {
            page.line(format!("  {cause}"));
            if let Some(hint) = self.suggest.below(cause) {
                page.tell(Tone::Faint, format!("  {hint}"));
            }
        }
    }
}
