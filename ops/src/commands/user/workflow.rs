//! `paloma user erase` and `export`: start a workflow, and follow it if asked to.

use std::io::{BufRead, Write};
use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::ExecutionStatus;
use paloma::domain::{Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

use super::person::Who;
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack};

/// How often it is looked how far a workflow is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A workflow, started or ended.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Workflow {
    user_id: UserId,
    execution_arn: String,
    /// `RUNNING`, `SUCCEEDED`, or what else.
    status: String,
    /// What it answered, once it has ended.
    output: Option<Value>,
    /// Why it failed, if it did.
    cause: Option<String>,
}

/// Erases.
pub async fn erase(who: &Who, yes: bool, watch: bool, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let state_machine = stack.output("EraseAccountStateMachine")?;
    // By their id alone: a profile that an interrupted workflow has forgotten cannot be found by its email.
    let user_id = match who {
        Who::Id(id) => *id,
        Who::Email(_) => who.find(stack).await?.user_id,
    };
    if !yes && !is_confirmed(who)? {
        return Err(Failure::Usage("nothing was erased: what you typed is not how you named them".to_owned()));
    }
    carry_out(stack, state_machine, user_id, "erase", watch, output).await
}

/// Exports.
pub async fn export(who: &Who, watch: bool, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let state_machine = stack.output("ExportAccountStateMachine")?;
    let user_id = who.find(stack).await?.user_id;
    carry_out(stack, state_machine, user_id, "export", watch, output).await
}

/// Asks on stderr, so that stdout stays the report's.
fn is_confirmed(who: &Who) -> Result<bool, Failure> {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "This erases {who} for good, and cannot be undone. Type {who} to go on: ");
    let _ = stderr.flush();
    let mut typed = String::new();
    let read = std::io::stdin().lock().read_line(&mut typed);
    read.map_err(|error| Failure::Other(format!("nothing was erased: your answer could not be read ({error})")))?;
    Ok(typed.trim().eq_ignore_ascii_case(&who.to_string()))
}

async fn carry_out(
    stack: &Stack,
    state_machine: &str,
    user_id: UserId,
    kind: &str,
    watch: bool,
    output: &Output,
) -> Result<Outcome, Failure> {
    let client = Client::new(&stack.aws);
    let name = format!("{kind}-{user_id}-{}", Timestamp::now().as_millis());
    let start = client.start_execution().state_machine_arn(state_machine).name(name);
    let started = start.input(json!({ "userId": user_id }).to_string()).send().await;
    let started = started.map_err(stack.target.failed("states:StartExecution", state_machine))?;
    let mut workflow = Workflow {
        user_id,
        execution_arn: started.execution_arn,
        status: ExecutionStatus::Running.as_str().to_owned(),
        output: None,
        cause: None,
    };
    if watch {
        follow(stack, &client, &mut workflow, output).await?;
    }
    output.print(&workflow)?;
    let is_fine = ["RUNNING", "SUCCEEDED"].contains(&workflow.status.as_str());
    Ok(if is_fine { Outcome::Good } else { Outcome::SomethingIsWrong })
}

async fn follow(stack: &Stack, client: &Client, workflow: &mut Workflow, output: &Output) -> Result<(), Failure> {
    let bar = output.spinner("the workflow runs");
    loop {
        let described = client.describe_execution().execution_arn(&workflow.execution_arn).send().await;
        let described = described.map_err(stack.target.failed("states:DescribeExecution", &workflow.execution_arn))?;
        workflow.status = described.status.as_str().to_owned();
        if described.status != ExecutionStatus::Running {
            workflow.output = described.output.and_then(|text| serde_json::from_str(&text).ok());
            workflow.cause = described.cause.or(described.error);
            bar.finish_and_clear();
            return Ok(());
        }
        bar.tick();
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

impl Report for Workflow {
    fn write(&self, page: &mut Page) {
        let tone = match self.status.as_str() {
            "SUCCEEDED" => Tone::Good,
            "RUNNING" => Tone::Plain,
            _ => Tone::Wrong,
        };
        page.tell(tone, format!("{}: {}", self.status.to_lowercase(), self.execution_arn));
        if let Some(cause) = &self.cause {
            page.line(format!("because {cause}"));
        }
        match &self.output {
            Some(Value::Object(fields)) => {
                for (name, value) in fields {
                    page.line(format!("{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
                }
            }
            Some(other) => page.line(other.to_string()),
            None if self.status == "RUNNING" => {
                page.line(
                    "It goes on by itself. Follow it with --watch next time, or in the console of Step Functions.",
                );
            }
            None => {}
        }
    }
}
