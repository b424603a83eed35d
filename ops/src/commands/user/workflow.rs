//! `paloma user erase` and `export`: start a workflow, and follow it if asked to.

use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::ExecutionStatus;
use paloma::domain::{ExportId, Timestamp, UserId};
use paloma::exports::{Export, Exports};
use serde::Serialize;
use serde_json::{Value, json};

use super::person::Who;
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack};

/// How often it is looked how far a workflow is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The bucket of exports, by its name in the template.
const BUCKET: &str = "ExportsBucket";

/// How long a link opens the file.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

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
    /// Where the export lies once it is finished, for three days.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// A link to it for whoever has it, good for 15 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Erases.
pub async fn erase(who: &Who, yes: bool, watch: bool, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let state_machine = stack.output("EraseAccountStateMachine")?;
    let (user_id, name) = match (who.find(stack).await, who) {
        (Ok(user), _) => {
            let name = user.email.map_or_else(|| user.user_id.to_string(), String::from);
            (user.user_id, name)
        }
        // The workflow may be given somebody whose profile it has forgotten already, and finishes then.
        (Err(Failure::NotFound(_)), Who::Id(id)) => (*id, id.to_string()),
        (Err(failure), _) => return Err(failure),
    };
    if !yes {
        let question = format!("This erases {name} for good, and cannot be undone. Type {name} to go on:");
        if !output.ask(&question).await?.eq_ignore_ascii_case(&name) {
            return Err(Failure::Usage(format!("nothing was erased: that was not {name}")));
        }
    }
    let mut workflow = start(stack, state_machine, "erase", user_id, &json!({ "userId": user_id })).await?;
    if watch {
        follow(stack, &mut workflow, output).await?;
    }
    conclude(&workflow, output)
}

/// Exports.
pub async fn export(who: &Who, watch: bool, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let state_machine = stack.output("ExportAccountStateMachine")?;
    let user_id = who.find(stack).await?.user_id;
    let export = Export { user_id, export_id: ExportId::random() };
    let bucket = stack.resources("AWS::S3::Bucket").await?.remove(BUCKET);
    let bucket = bucket.ok_or_else(|| Failure::Other(format!("the stack has no bucket {BUCKET}")))?;
    let mut workflow = start(stack, state_machine, "export", user_id, &json!(export)).await?;
    workflow.file = Some(format!("s3://{bucket}/{}", export.key()));
    if watch {
        follow(stack, &mut workflow, output).await?;
    }
    if workflow.status == ExecutionStatus::Succeeded.as_str() {
        let link = Exports::new(&stack.aws, bucket).link(export, LINK_LIFE).await;
        workflow.link = Some(link.map_err(|error| Failure::Other(error.to_string()))?);
    }
    conclude(&workflow, output)
}

async fn start(
    stack: &Stack,
    state_machine: &str,
    kind: &str,
    user_id: UserId,
    input: &Value,
) -> Result<Workflow, Failure> {
    let name = format!("{kind}-{user_id}-{}", Timestamp::now().as_millis());
    let start = Client::new(&stack.aws).start_execution().state_machine_arn(state_machine).name(name);
    let started = start.input(input.to_string()).send().await;
    let started = started.map_err(stack.target.failed("states:StartExecution", state_machine))?;
    Ok(Workflow {
        user_id,
        execution_arn: started.execution_arn,
        status: ExecutionStatus::Running.as_str().to_owned(),
        output: None,
        cause: None,
        file: None,
        link: None,
    })
}

fn conclude(workflow: &Workflow, output: &Output) -> Result<Outcome, Failure> {
    output.print(workflow)?;
    let is_fine = ["RUNNING", "SUCCEEDED"].contains(&workflow.status.as_str());
    Ok(if is_fine { Outcome::Good } else { Outcome::SomethingIsWrong })
}

async fn follow(stack: &Stack, workflow: &mut Workflow, output: &Output) -> Result<(), Failure> {
    let client = Client::new(&stack.aws);
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
        if let Some(link) = &self.link {
            page.line("Everyone with this link can open the file for 15 minutes:");
            page.line(link);
            return;
        }
        if let Some(file) = &self.file {
            page.line(format!("It will lie in {file} for three days."));
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
