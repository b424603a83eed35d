//! Starts an execution of a Step Functions workflow once, and reads its progress.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionError;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_sdk_sfn::types::ExecutionStatus;
use paloma::call_error::CallError;
use paloma::edge::Problem;
use paloma::runtime::{Environment, MissingVariable};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    client: Client,
    arn: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Running,
    Succeeded,
    /// The execution failed, was stopped by an operator, or exceeded its time limit.
    Failed,
}

impl Workflow {
    pub(crate) fn new(environment: &Environment, variable: &str) -> Result<Self, MissingVariable> {
        Ok(Self { client: Client::new(environment.aws()), arn: environment.variable(variable)? })
    }

    /// Starts an execution. A second start with the same name does nothing, so the name must be unique for ever.
    pub(crate) async fn start(&self, name: &str, input: &Value) -> Result<(), Problem> {
        let start = self.client.start_execution().state_machine_arn(&self.arn).name(name).input(input.to_string());
        match start.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) => {
                Ok(())
            }
            Err(error) => Err(Problem::unavailable().caused_by(CallError::of("StartExecution")(error))),
        }
    }

    /// The progress of the execution with this name. `None` if it does not exist, or ended more than 90 days ago.
    pub(crate) async fn progress(&self, name: &str) -> Result<Option<Progress>, Problem> {
        // The ARN …:stateMachine:NAME has executions with the ARNs …:execution:NAME:EXECUTION.
        let arn = format!("{}:{name}", self.arn.replacen(":stateMachine:", ":execution:", 1));
        match self.client.describe_execution().execution_arn(arn).send().await {
            Ok(execution) => Ok(Some(match execution.status {
                ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Progress::Running,
                ExecutionStatus::Succeeded => Progress::Succeeded,
                _ => Progress::Failed,
            })),
            Err(error) if error.as_service_error().is_some_and(DescribeExecutionError::is_execution_does_not_exist) => {
                Ok(None)
            }
            Err(error) => Err(Problem::unavailable().caused_by(CallError::of("DescribeExecution")(error))),
        }
    }
}
