//! Replays dead letters: to their source queue, or to the function that reads their stream.

use std::time::Duration;

use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use futures::future::join_all;
use serde_json::{Value, json};

use super::dead_letter::DeadLetter;
use super::error::ReplayError;
use super::queue_name::{QueueName, SourceKind};
use super::sending;
use super::stream_batch::{StreamBatch, StreamRecords};
use crate::queue::DeadLetterAttribute;
use crate::runtime::Environment;

/// The destination of a queue's dead letters in a replay.
#[derive(Debug, Clone)]
pub enum Destination {
    /// The SQS queue that the jobs came from.
    Queue {
        /// The client of SQS.
        client: aws_sdk_sqs::Client,
        /// The queue's URL.
        url: String,
    },
    /// The function that reads the stream. It is invoked with an event like the stream's.
    Function {
        /// The client of Lambda.
        client: aws_sdk_lambda::Client,
        /// The client of DynamoDB Streams, for records that only their position is known of.
        streams: aws_sdk_dynamodbstreams::Client,
        /// The function's name.
        name: String,
    },
}

/// The outcome of replaying one dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The destination accepted it: it may leave the dead-letter queue.
    Replayed,
    /// The destination rejected it, for this reason.
    Rejected(String),
    /// It names records that have expired from their stream.
    Expired,
}

impl Destination {
    /// Finds the destination of a queue's dead letters in the environment.
    ///
    /// # Errors
    /// When the environment lacks its address.
    pub fn of(queue: QueueName, environment: &Environment) -> Result<Self, ReplayError> {
        let variable = queue.variable();
        Ok(match queue.source_kind() {
            SourceKind::Queue => {
                Self::Queue { client: environment.sqs(), url: environment.variable(&format!("{variable}_QUEUE"))? }
            }
            SourceKind::Stream => Self::Function {
                client: lambda_client(environment),
                streams: aws_sdk_dynamodbstreams::Client::new(environment.aws()),
                name: environment.variable(&format!("{variable}_FUNCTION"))?,
            },
        })
    }

    /// Replays dead letters. Returns one outcome per dead letter, in the same order.
    ///
    /// # Errors
    /// After an error, any of them may have reached the destination.
    pub async fn replay(
        &self,
        dead_letters: &[&DeadLetter],
        replay_id: &str,
    ) -> Result<Vec<ReplayOutcome>, ReplayError> {
        match self {
            Self::Queue { client, url } => {
                let attributes = |dead_letter: &DeadLetter| {
                    vec![
                        (DeadLetterAttribute::ReplayId, replay_id.to_owned()),
                        (DeadLetterAttribute::Replays, (dead_letter.replays + 1).to_string()),
                        (DeadLetterAttribute::FirstDeadLetterId, dead_letter.first_id.clone()),
                    ]
                };
                let outcomes = sending::send(client, url, dead_letters, attributes).await?.into_iter();
                Ok(outcomes
                    .map(|sent| sent.map_or_else(ReplayOutcome::Rejected, |()| ReplayOutcome::Replayed))
                    .collect())
            }
            Self::Function { client, streams, name } => {
                let calls = dead_letters.iter().map(|dead_letter| invoke(client, streams, name, dead_letter));
                join_all(calls).await.into_iter().collect()
            }
        }
    }
}

/// A client of Lambda that waits 40 s for an answer: these functions may take 30 s, and a cold start comes on top.
fn lambda_client(environment: &Environment) -> aws_sdk_lambda::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(40))
        .operation_timeout(Duration::from_secs(90))
        .build();
    let config = aws_sdk_lambda::config::Builder::from(environment.aws()).timeout_config(timeouts);
    aws_sdk_lambda::Client::from_conf(config.build())
}

/// Invokes the function with the records of a dead letter.
async fn invoke(
    client: &aws_sdk_lambda::Client,
    streams: &aws_sdk_dynamodbstreams::Client,
    function: &str,
    dead_letter: &DeadLetter,
) -> Result<ReplayOutcome, ReplayError> {
    let records = match records_of(dead_letter, streams).await? {
        Ok(records) => records,
        Err(outcome) => return Ok(outcome),
    };
    let payload = Blob::new(json!({ "Records": records }).to_string());
    match client.invoke().function_name(function).payload(payload).send().await {
        Ok(answer) => Ok(outcome_of(function, answer)),
        // This does not depend on the dead letter: every other would fail in the same way.
        Err(error) if matches!(error.code(), Some("AccessDeniedException" | "ResourceNotFoundException")) => {
            Err(ReplayError::call("lambda:InvokeFunction")(error))
        }
        Err(error) => Ok(ReplayOutcome::Rejected(ReplayError::call("lambda:InvokeFunction")(error).to_string())),
    }
}

/// The record in the dead letter, or the records at the position that it names. Without records, the outcome.
async fn records_of(
    dead_letter: &DeadLetter,
    streams: &aws_sdk_dynamodbstreams::Client,
) -> Result<Result<Value, ReplayOutcome>, ReplayError> {
    if let Some(batch) = StreamBatch::of(&dead_letter.body) {
        return Ok(match batch.read_records(streams).await? {
            StreamRecords::Found(records) => Ok(json!(records)),
            StreamRecords::Expired => Err(ReplayOutcome::Expired),
        });
    }
    Ok(match serde_json::from_str::<Value>(&dead_letter.body) {
        Ok(record) => Ok(json!([record])),
        Err(error) => Err(ReplayOutcome::Rejected(format!("the dead letter is no record of a stream: {error}"))),
    })
}

fn outcome_of(function: &str, answer: InvokeOutput) -> ReplayOutcome {
    let body = answer.payload.map(|payload| payload.into_inner()).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if answer.function_error.is_some() {
        let message = body["errorMessage"].as_str().unwrap_or("it returned no error message");
        return ReplayOutcome::Rejected(format!("{function} failed: {message}"));
    }
    if body["batchItemFailures"].as_array().is_some_and(|failures| !failures.is_empty()) {
        return ReplayOutcome::Rejected(format!("the record failed again: read the log of {function}"));
    }
    ReplayOutcome::Replayed
}
