//! `paloma user erase` and `paloma user export`: start a workflow; with `--watch`, wait for its end.

use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::ExecutionStatus;
use paloma::domain::{ExportId, Timestamp, UserId};
use paloma::exports::{Export, Exports};
use serde::Serialize;
use serde_json::{Value, json};

use super::user_ref::UserRef;
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack};

const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The id of the bucket of exports in the template.
const BUCKET: &str = "ExportsBucket";

/// Time for which a link to an export is valid.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowReport {
    user_id: UserId,
    execution_arn: String,
    /// As Step Functions reports it, such as `RUNNING`.
    status: String,
    /// The output of the execution, once it has ended.
    output: Option<Value>,
    /// The cause of a failure.
    cause: Option<String>,
    /// The S3 URI of the finished export, which is kept for 3 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// A link to the file. Anyone with the link can open it for 15 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

pub async fn erase(
    user_ref: &UserRef,
    yes: bool,
    watch: bool,
    stack: &Stack,
    output: &Output,
) -> Result<Outcome, Failure> {
    let state_machine = stack.output("EraseAccountStateMachine")?;
    let (user_id, name) = match (user_ref.find(stack).await, user_ref) {
        (Ok(user), _) => {
            let name = user.email.map_or_else(|| user.user_id.to_string(), String::from);
            (user.user_id, name)
        }
        // An erasure that failed halfway may have deleted the user's row. The workflow then finishes it.
        (Err(Failure::NotFound(_)), UserRef::Id(id)) => (*id, id.to_string()),
        (Err(failure), _) => return Err(failure),
    };
    if !yes {
        let question = format!("This erases {name} for good, and cannot be undone. Type {name} to continue:");
        if !output.ask(&question).await?.eq_ignore_ascii_case(&name) {
            return Err(Failure::Usage(format!("nothing was erased: the answer was not {name}")));
        }
    }
    let mut workflow = start(stack, state_machine, "erase", user_id, &json!({ "userId": user_id })).await?;
    if watch {
        follow(stack, &mut workflow, output).await?;
    }
    print_report(&workflow, output)
}

pub async fn export(user_ref: &UserRef, watch: bool, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let state_machine = stack.output("ExportAccountStateMachine")?;
    let user_id = user_ref.find(stack).await?.user_id;
    let export = Export { user_id, export_id: ExportId::random() };
    let bucket = stack.resources("AWS::S3::Bucket").await?.remove(BUCKET);
    let bucket = bucket.ok_or_else(|| {
        Failure::Other(format!("the stack has no bucket {BUCKET}: deploy the version of this command"))
    })?;
    let mut workflow = start(stack, state_machine, "export", user_id, &json!(export)).await?;
    workflow.file = Some(format!("s3://{bucket}/{}", export.key()));
    if watch {
        follow(stack, &mut workflow, output).await?;
    }
    if workflow.status == ExecutionStatus::Succeeded.as_str() {
        let link = Exports::new(&stack.aws, bucket).link(export, LINK_LIFE).await;
        workflow.link = Some(link.map_err(|error| Failure::Other(error.to_string()))?);
    }
    print_report(&workflow, output)
}

async fn start(
    stack: &Stack,
    state_machine: &str,
    kind: &str,
    user_id: UserId,
    input: &Value,
) -> Result<WorkflowReport, Failure> {
    let name = format!("{kind}-{user_id}-{}", Timestamp::now().as_millis());
    let start = Client::new(&stack.aws).start_execution().state_machine_arn(state_machine).name(name);
    let started = start.input(input.to_string()).send().await;
    let started = started.map_err(stack.target.failed("states:StartExecution", state_machine))?;
    Ok(WorkflowReport {
        user_id,
        execution_arn: started.execution_arn,
        status: ExecutionStatus::Running.as_str().to_owned(),
        output: None,
        cause: None,
        file: None,
        link: None,
    })
}

fn print_report(workflow: &WorkflowReport, output: &Output) -> Result<Outcome, Failure> {
    output.print(workflow)?;
    let is_good = ["RUNNING", "SUCCEEDED"].contains(&workflow.status.as_str());
    Ok(if is_good { Outcome::Good } else { Outcome::SomethingIsWrong })
}

async fn follow(stack: &Stack, workflow: &mut WorkflowReport, output: &Output) -> Result<(), Failure> {
    let client = Client::new(&stack.aws);
    let bar = output.spinner("the workflow is running");
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
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

impl Report for WorkflowReport {
    fn write(&self, page: &mut Page) {
        let tone = match self.status.as_str() {
            "SUCCEEDED" => Tone::Good,
            "RUNNING" => Tone::Plain,
            _ => Tone::Wrong,
        };
        page.line_in(tone, format!("{}: {}", self.status.to_lowercase(), self.execution_arn));
        if let Some(cause) = &self.cause {
            page.line(format!("cause: {cause}"));
        }
        if let Some(link) = &self.link {
            page.line("Anyone with this link can open the file for 15 minutes:");
            page.line(link);
            return;
        }
        if let Some(file) = &self.file {
            page.line(format!("The export will be in {file}, for 3 days."));
        }
        match &self.output {
            Some(Value::Object(fields)) => {
                for (name, value) in fields {
                    page.line(format!("{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
                }
            }
            Some(other) => page.line(other.to_string()),
            None if self.status == "RUNNING" => {
                page.line("The workflow continues by itself. Follow it in the console of Step Functions.");
            }
            None => {}
        }
    }
}
