//! Sends dead letters to an SQS queue: to their source queue, or to the dead-letter queue that they came from.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::dead_letter::DeadLetter;
use super::error::ReplayError;
use crate::queue::DeadLetterAttribute;

/// Messages per call, at most: SQS' limit for sending, receiving, holding and deleting.
pub const MAX_BATCH: usize = 10;

/// Bytes of bodies per call, at most. SQS' limit is 1 MiB with attributes and ids.
const MAX_BATCH_BYTES: usize = 900 * 1024;

/// Whether SQS accepted a dead letter; otherwise its reason.
pub type SendOutcome = Result<(), String>;

/// Sends dead letters with the given attributes. Returns one outcome per dead letter, in the same order.
///
/// # Errors
/// After an error, any of the dead letters may be in the queue.
pub async fn send(
    client: &Client,
    url: &str,
    dead_letters: &[&DeadLetter],
    attributes: impl Fn(&DeadLetter) -> Vec<(DeadLetterAttribute, String)>,
) -> Result<Vec<SendOutcome>, ReplayError> {
    let mut outcomes = Vec::with_capacity(dead_letters.len());
    for batch in batches(dead_letters) {
        outcomes.extend(send_batch(client, url, batch, &attributes).await?);
    }
    Ok(outcomes)
}

/// Splits dead letters into batches that fit into one call each.
fn batches<'a, 'b>(dead_letters: &'b [&'a DeadLetter]) -> Vec<&'b [&'a DeadLetter]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, dead_letter) in dead_letters.iter().enumerate() {
        let is_full = index - start == MAX_BATCH || bytes + dead_letter.body.len() > MAX_BATCH_BYTES;
        if index > start && is_full {
            batches.push(&dead_letters[start..index]);
            (start, bytes) = (index, 0);
        }
        bytes += dead_letter.body.len();
    }
    if start < dead_letters.len() {
        batches.push(&dead_letters[start..]);
    }
    batches
}

async fn send_batch(
    client: &Client,
    url: &str,
    dead_letters: &[&DeadLetter],
    attributes: impl Fn(&DeadLetter) -> Vec<(DeadLetterAttribute, String)>,
) -> Result<Vec<SendOutcome>, ReplayError> {
    let entries = dead_letters.iter().enumerate().filter_map(|(index, dead_letter)| {
        let attributes = attributes(dead_letter).into_iter().filter_map(|(name, text)| name.attribute(&text)).collect();
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(&dead_letter.body)
            .set_message_group_id(dead_letter.group.clone())
            .set_message_attributes(Some(attributes))
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
    let mut outcomes = vec![Err("the answer of SQS does not mention it".to_owned()); dead_letters.len()];
    let accepted = sent.successful.iter().map(|entry| (&entry.id, Ok(())));
    let rejected = sent
        .failed
        .iter()
        .map(|entry| (&entry.id, Err(format!("{}: {}", entry.code, entry.message.as_deref().unwrap_or_default()))));
    for (id, outcome) in accepted.chain(rejected) {
        if let Some(slot) = id.parse::<usize>().ok().and_then(|index| outcomes.get_mut(index)) {
            *slot = outcome;
        }
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn batches_keep_the_order_and_stay_within_the_limits_of_a_call(
            sizes in prop::collection::vec(0..2 * MAX_BATCH_BYTES, 0..=25),
        ) {
            let dead_letters: Vec<_> =
                sizes.iter().map(|size| DeadLetter::of(Message::builder().body("x".repeat(*size)).build())).collect();
            let dead_letters: Vec<_> = dead_letters.iter().collect();
            let batches = batches(&dead_letters);
            let lengths: Vec<_> = batches.iter().flat_map(|batch| batch.iter().map(|each| each.body.len())).collect();
            prop_assert_eq!(lengths, sizes);
            for batch in batches {
                let bytes: usize = batch.iter().map(|dead_letter| dead_letter.body.len()).sum();
                let fits = batch.len() == 1 || bytes <= MAX_BATCH_BYTES;
                prop_assert!((1..=MAX_BATCH).contains(&batch.len()) && fits);
            }
        }
    }
}
