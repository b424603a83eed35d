//! The workflows, run for real.

use std::time::Duration;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType};
use serde_json::Value;

use crate::{Calls, World, until_within};

/// How long an execution may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// An execution of a workflow.
#[derive(Debug, Clone)]
pub struct Execution {
    arn: String,
    client: Client,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Whether it reached its end.
    pub succeeded: bool,
    /// Its output, if it did.
    pub output: Value,
    /// The error and its cause, if it did not.
    pub failure: String,
}

impl Execution {
    /// Starts a workflow, by its name in `stack.json`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(world: &World, workflow: &str, input: Value) -> Self {
        let client = Client::new(world.environment(&Calls::default()).aws());
        let machine = &world.description().state_machines[workflow];
        let started =
            client.start_execution().state_machine_arn(machine).input(input.to_string()).send().await.unwrap();
        Self { arn: started.execution_arn, client }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or_default()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn ended(&self) -> Ended {
        until_within(PATIENCE, "the execution to end", async || {
            let execution = self.client.describe_execution().execution_arn(&self.arn).send().await.unwrap();
            (execution.status != ExecutionStatus::Running).then(|| Ended {
                succeeded: execution.status == ExecutionStatus::Succeeded,
                output: execution.output().map_or(Value::Null, |output| serde_json::from_str(output).unwrap()),
                failure: format!("{} {}", execution.error().unwrap_or(""), execution.cause().unwrap_or("")),
            })
        })
        .await
    }

    /// Stops it where it is.
    ///
    /// # Panics
    /// When it is over.
    pub async fn stop(&self) {
        self.client.stop_execution().execution_arn(&self.arn).send().await.unwrap();
    }

    /// The states that it has entered so far, in order.
    ///
    /// # Panics
    /// When there is no such execution.
    pub async fn states(&self) -> Vec<String> {
        let history = self.client.get_execution_history().execution_arn(&self.arn).send().await.unwrap();
        let entered = history.events.iter().filter_map(|event| event.state_entered_event_details());
        entered.map(|details| details.name.clone()).collect()
    }

    /// How many tries of a task have failed so far.
    ///
    /// # Panics
    /// When there is no such execution.
    pub async fn failures(&self) -> usize {
        let history = self.client.get_execution_history().execution_arn(&self.arn).send().await.unwrap();
        history.events.iter().filter(|event| event.r#type == HistoryEventType::TaskFailed).count()
    }
}
