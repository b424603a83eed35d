//! Starts, follows and cancels the workflow `replay-dead-letters`.

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
use crate::{CommandHints, Failure, Outcome, Output, Stack};

const POLL_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct Arguments {
    /// Id that `paloma dlq replay --workflow` printed
    replay_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowReport {
    replay_id: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip)]
    hints: CommandHints,
}

/// Starts a replay, and follows it to its end.
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
    let command = |action: &str| stack.hints.paloma(format!("dlq {action} {id}"));
    output.note(format!("Replay {id} runs in Step Functions, and continues if this command is interrupted."));
    output.note(format!("Follow it: {}", command("watch")));
    output.note(format!("Stop it: {}", command("cancel")));
    follow(id, stack, output).await
}

/// Follows a replay to its end.
pub async fn watch(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    follow(&arguments.replay_id, stack, output).await
}

/// Stops a replay unless it has ended, and prints its end.
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
    let mut printed = 0;
    loop {
        let described = describe(&client, replay_id, &execution, stack).await?;
        printed = print_steps(&client, &execution, printed, stack, output).await?;
        if described.status != ExecutionStatus::Running {
            let ended = WorkflowReport {
                replay_id: replay_id.to_owned(),
                status: described.status.as_str().to_lowercase(),
                report: described.output.as_deref().and_then(|report| serde_json::from_str(report).ok()),
                error: described.error,
                cause: described.cause,
                hints: stack.hints.clone(),
            };
            output.print(&ended)?;
            let good = described.status == ExecutionStatus::Succeeded && ended.is_complete();
            return Ok(if good { Outcome::Good } else { Outcome::SomethingIsWrong });
        }
        tokio::time::sleep(POLL_INTERVAL).await;
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
                "there is no replay {replay_id} by the workflow: use the id that `paloma dlq replay --workflow` printed"
            ));
        }
        stack.target.failed("states:DescribeExecution", replay_id)(error)
    })
}

/// Prints the states entered after the first `printed` events. Returns the number of all events.
async fn print_steps(
    client: &Client,
    execution: &str,
    printed: usize,
    stack: &Stack,
    output: &Output,
) -> Result<usize, Failure> {
    let history = client.get_execution_history().execution_arn(execution).into_paginator().items().send();
    let history = history.collect::<Result<Vec<_>, _>>().await;
    let history = history.map_err(stack.target.failed("states:GetExecutionHistory", execution))?;
    for event in history.iter().skip(printed) {
        if let Some(entered) = &event.state_entered_event_details {
            output.note(format!("  {}", entered.name));
        }
    }
    Ok(history.len())
}

/// The ARN of a replay's execution.
fn execution(replay_id: &str, stack: &Stack) -> Result<String, Failure> {
    let machine = stack.output("ReplayDeadLettersStateMachine")?;
    Ok(format!("{}:{replay_id}", machine.replacen(":stateMachine:", ":execution:", 1)))
}

impl WorkflowReport {
    /// Whether no dead letter was rejected, had expired, or was held by others.
    fn is_complete(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report["outcome"] == "complete") && self.count("heldByOthers") == 0
    }

    /// A count of the report, or 0.
    fn count(&self, name: &str) -> u64 {
        self.report.as_ref().and_then(|report| report[name].as_u64()).unwrap_or_default()
    }
}

impl Report for WorkflowReport {
    fn write(&self, page: &mut Page) {
        let tone = if self.status == "succeeded" { Tone::Good } else { Tone::Wrong };
        page.line_in(tone, format!("Replay {}: {}", self.replay_id, self.status));
        if self.report.is_some() {
            let [replayed, returned, left] = ["replayed", "returned", "left"].map(|name| self.count(name));
            page.line(format!("  {replayed} replayed, {returned} failed again, {left} not replayed yet"));
        }
        for (name, text) in [
            ("rejected", "could not be replayed, and stay in the queue"),
            ("expired", "name records that have expired: a stream keeps them for 24 hours"),
            ("heldByOthers", "are held by another command"),
        ] {
            if self.count(name) > 0 {
                page.line_in(Tone::Wrong, format!("  {} {text}", self.count(name)));
            }
        }
        if let Some(cause) = &self.cause {
            page.line(format!("  {cause}"));
            if let Some(hint) = self.hints.options_hint(cause) {
                page.line_in(Tone::Faint, format!("  {hint}"));
            }
        }
    }
}
