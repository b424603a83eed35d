//! Executions of the workflows.

use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType};
use serde_json::Value;

use crate::{Calls, World, until_within};

/// Time limit for an execution.
const DEADLINE: Duration = Duration::from_secs(120);

/// An execution of a workflow.
#[derive(Debug, Clone)]
pub struct Execution {
    arn: String,
    client: Client,
}

/// The end of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutionResult {
    pub succeeded: bool,
    /// The output; null if the execution failed.
    pub output: Value,
    /// The error and its cause; one space if the execution succeeded.
    pub failure: String,
}

impl Execution {
    /// Starts a workflow by its name in `stack.json`.
    pub async fn start(world: &World, workflow: &str, input: Value) -> Self {
        let client = Client::new(world.environment(&Calls::default()).aws());
        let machine = &world.description().state_machines[workflow];
        let started =
            client.start_execution().state_machine_arn(machine).input(input.to_string()).send().await.unwrap();
        Self { arn: started.execution_arn, client }
    }

    pub fn name(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or_default()
    }

    /// Waits for the end, for at most 120 s.
    pub async fn result(&self) -> ExecutionResult {
        until_within(DEADLINE, "the execution to end", async || {
            let execution = self.client.describe_execution().execution_arn(&self.arn).send().await.unwrap();
            (execution.status != ExecutionStatus::Running).then(|| ExecutionResult {
                succeeded: execution.status == ExecutionStatus::Succeeded,
                output: execution.output().map_or(Value::Null, |output| serde_json::from_str(output).unwrap()),
                failure: format!("{} {}", execution.error().unwrap_or(""), execution.cause().unwrap_or("")),
            })
        })
        .await
    }

    pub async fn stop(&self) {
        self.client.stop_execution().execution_arn(&self.arn).send().await.unwrap();
    }

    /// The names of the states entered so far, in order.
    pub async fn states(&self) -> Vec<String> {
        let history = self.client.get_execution_history().execution_arn(&self.arn).send().await.unwrap();
        let entered = history.events.iter().filter_map(|event| event.state_entered_event_details());
        entered.map(|details| details.name.clone()).collect()
    }

    /// The number of failed attempts of tasks so far.
    pub async fn failures(&self) -> usize {
        let history = self.client.get_execution_history().execution_arn(&self.arn).send().await.unwrap();
        history.events.iter().filter(|event| event.r#type == HistoryEventType::TaskFailed).count()
    }
}
