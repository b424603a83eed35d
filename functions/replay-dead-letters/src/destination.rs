//! Where letters go when they are replayed.

use std::time::Duration;

use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::primitives::Blob;
use futures::future::join_all;
use paloma::queue::DeadLetterAttribute;
use paloma::runtime::Environment;
use serde_json::{Value, json};

use crate::error::ReplayError;
use crate::letter::Letter;
use crate::queue_name::{Home, QueueName};
use crate::sending;
use crate::stream_place::{ReadAgain, StreamPlace};

/// Where the letters of a queue go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Into the queue that they came from.
    Queue {
        /// SQS.
        client: aws_sdk_sqs::Client,
        /// Its address.
        url: String,
    },
    /// To a function, as its stream would bring them.
    Function {
        /// Lambda.
        client: aws_sdk_lambda::Client,
        /// The streams, for what has to be read again.
        streams: aws_sdk_dynamodbstreams::Client,
        /// Its name.
        name: String,
    },
}

/// What became of a letter that was to be replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// It is where it should go, and may leave the dead-letter queue.
    Arrived,
    /// It was refused.
    Refused(String),
    /// It is a place in a stream that has forgotten what was there.
    Forgotten,
}

impl Destination {
    /// Where the letters of this queue go.
    ///
    /// # Errors
    /// When the environment does not say where that is.
    pub fn of(queue: QueueName, environment: &Environment) -> Result<Self, ReplayError> {
        let variable = queue.variable();
        Ok(match queue.home() {
            Home::Queue => {
                Self::Queue { client: environment.sqs(), url: environment.variable(&format!("{variable}_QUEUE"))? }
            }
            Home::Function => Self::Function {
                client: patient(environment),
                streams: aws_sdk_dynamodbstreams::Client::new(environment.aws()),
                name: environment.variable(&format!("{variable}_FUNCTION"))?,
            },
        })
    }

    /// Brings letters there. What became of each, in their order.
    ///
    /// # Errors
    /// When AWS does not answer: then any of them may have arrived.
    pub async fn deliver(&self, letters: &[&Letter], replay_id: &str) -> Result<Vec<Arrival>, ReplayError> {
        match self {
            Self::Queue { client, url } => {
                let notes = |letter: &Letter| {
                    vec![
                        (DeadLetterAttribute::ReplayId, replay_id.to_owned()),
                        (DeadLetterAttribute::Replays, (letter.replays + 1).to_string()),
                        (DeadLetterAttribute::FirstLetterId, letter.first_id.clone()),
                    ]
                };
                let taken = sending::send(client, url, letters, notes).await?;
                Ok(taken.into_iter().map(|taken| taken.map_or_else(Arrival::Refused, |()| Arrival::Arrived)).collect())
            }
            Self::Function { client, streams, name } => {
                let calls = letters.iter().map(|letter| invoke(client, streams, name, letter));
                join_all(calls).await.into_iter().collect()
            }
        }
    }
}

/// A client that waits for as long as these functions may take (30 s), and then for a new start.
fn patient(environment: &Environment) -> aws_sdk_lambda::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(40))
        .operation_timeout(Duration::from_secs(90))
        .build();
    let config = aws_sdk_lambda::config::Builder::from(environment.aws()).timeout_config(timeouts);
    aws_sdk_lambda::Client::from_conf(config.build())
}

/// Hands the function what a letter holds, or tells the place of.
async fn invoke(
    client: &aws_sdk_lambda::Client,
    streams: &aws_sdk_dynamodbstreams::Client,
    function: &str,
    letter: &Letter,
) -> Result<Arrival, ReplayError> {
    let records = match StreamPlace::of(&letter.body) {
        Some(place) => match place.read_again(streams).await? {
            ReadAgain::Records(records) => json!(records),
            ReadAgain::Forgotten => return Ok(Arrival::Forgotten),
        },
        None => match serde_json::from_str::<Value>(&letter.body) {
            Ok(record) => json!([record]),
            Err(error) => return Ok(Arrival::Refused(format!("it is no record of a stream: {error}"))),
        },
    };
    let payload = Blob::new(json!({ "Records": records }).to_string());
    let answer = match client.invoke().function_name(function).payload(payload).send().await {
        Ok(answer) => answer,
        // Nothing of this letter's: no other will do better.
        Err(error) if matches!(error.code(), Some("AccessDeniedException" | "ResourceNotFoundException")) => {
            return Err(ReplayError::call("lambda:InvokeFunction")(error));
        }
        Err(error) => return Ok(Arrival::Refused(ReplayError::call("lambda:InvokeFunction")(error).to_string())),
    };
    let body = answer.payload.map(|payload| payload.into_inner()).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if answer.function_error.is_some() {
        let message = body["errorMessage"].as_str().unwrap_or("it said nothing");
        return Ok(Arrival::Refused(format!("{function} failed: {message}")));
    }
    let failed = body["batchItemFailures"].as_array().is_some_and(|failures| !failures.is_empty());
    Ok(if failed {
        Arrival::Refused(format!("it failed again, the log of {function} says why"))
    } else {
        Arrival::Arrived
    })
}
