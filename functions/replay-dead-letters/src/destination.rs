//! Where letters go when they are replayed.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::future::join_all;
use paloma::queue::Note;
use paloma::runtime::Environment;
use serde_json::{Value, json};

use crate::error::ReplayError;
use crate::letter::Letter;
use crate::queue_name::{Home, QueueName};
use crate::stream_place::{ReadAgain, StreamPlace};

/// The most bytes that go into one call; SQS takes 1 MiB, and attributes and names count too.
const MOST_BYTES: usize = 900 * 1024;

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
                client: aws_sdk_lambda::Client::new(environment.aws()),
                streams: aws_sdk_dynamodbstreams::Client::new(environment.aws()),
                name: environment.variable(&format!("{variable}_FUNCTION"))?,
            },
        })
    }

    /// Brings letters there, at most ten. What became of each, in their order.
    ///
    /// # Errors
    /// When AWS does not answer: then any of them may have arrived.
    pub async fn deliver(&self, letters: &[&Letter], replay_id: &str) -> Result<Vec<Arrival>, ReplayError> {
        match self {
            Self::Queue { client, url } => {
                let mut arrivals = Vec::with_capacity(letters.len());
                for batch in fitting(letters) {
                    arrivals.extend(send(client, url, batch, replay_id).await?);
                }
                Ok(arrivals)
            }
            Self::Function { client, streams, name } => {
                let calls = letters.iter().map(|letter| invoke(client, streams, name, letter));
                join_all(calls).await.into_iter().collect()
            }
        }
    }
}

/// Cuts a batch where it would be too large for one call.
fn fitting<'a, 'b>(letters: &'b [&'a Letter]) -> Vec<&'b [&'a Letter]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, letter) in letters.iter().enumerate() {
        if index > start && bytes + letter.body.len() > MOST_BYTES {
            batches.push(&letters[start..index]);
            (start, bytes) = (index, 0);
        }
        bytes += letter.body.len();
    }
    if start < letters.len() {
        batches.push(&letters[start..]);
    }
    batches
}

async fn send(
    client: &aws_sdk_sqs::Client,
    url: &str,
    letters: &[&Letter],
    replay_id: &str,
) -> Result<Vec<Arrival>, ReplayError> {
    let entries = letters.iter().enumerate().filter_map(|(index, letter)| {
        let notes = [
            (Note::ReplayId, replay_id.to_owned()),
            (Note::Replays, (letter.replays + 1).to_string()),
            (Note::FirstLetterId, letter.first_id.clone()),
        ];
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(&letter.body)
            .set_message_group_id(letter.group.clone())
            .set_message_attributes(Some(notes.iter().filter_map(|(note, text)| note.attribute(text)).collect()))
            .build()
            .ok()
    });
    let sent = client
        .send_message_batch()
        .queue_url(url)
        .set_entries(Some(entries.collect()))
        .send()
        .await
        .map_err(ReplayError::call("sqs:SendMessage"))?;
    let mut arrivals = vec![Arrival::Refused("SQS did not say what became of it".to_owned()); letters.len()];
    let taken = sent.successful.iter().map(|entry| (&entry.id, Arrival::Arrived));
    let refused = sent.failed.iter().map(|entry| {
        (&entry.id, Arrival::Refused(format!("{}: {}", entry.code, entry.message.as_deref().unwrap_or_default())))
    });
    for (id, arrival) in taken.chain(refused) {
        if let Some(place) = id.parse::<usize>().ok().and_then(|index| arrivals.get_mut(index)) {
            *place = arrival;
        }
    }
    Ok(arrivals)
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
    let answer = client
        .invoke()
        .function_name(function)
        .payload(payload)
        .send()
        .await
        .map_err(ReplayError::call("lambda:InvokeFunction"))?;
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

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cut_batch_is_whole_in_order_and_fits(sizes in prop::collection::vec(0..2 * MOST_BYTES, 0..=10)) {
            let letters: Vec<_> =
                sizes.iter().map(|size| Letter::of(Message::builder().body("x".repeat(*size)).build())).collect();
            let letters: Vec<_> = letters.iter().collect();
            let cut = fitting(&letters);
            let lengths: Vec<_> = cut.iter().flat_map(|batch| batch.iter().map(|letter| letter.body.len())).collect();
            prop_assert_eq!(lengths, sizes);
            for batch in cut {
                let bytes: usize = batch.iter().map(|letter| letter.body.len()).sum();
                prop_assert!(!batch.is_empty() && (batch.len() == 1 || bytes <= MOST_BYTES));
            }
        }
    }
}
