//! Sending letters to a queue: back to where they came from, or to where they lay.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use paloma::queue::DeadLetterAttribute;

use crate::dead_letter_queue::MOST_AT_ONCE;
use crate::error::ReplayError;
use crate::letter::Letter;

/// The most bytes that go into one call; SQS takes 1 MiB, and attributes and names count too.
const MOST_BYTES: usize = 900 * 1024;

/// Whether SQS took a letter, or why not.
pub type Taken = Result<(), String>;

/// Sends letters, each with these notes. What became of each, in their order.
///
/// # Errors
/// When SQS does not answer: then any of them may have arrived.
pub async fn send(
    client: &Client,
    url: &str,
    letters: &[&Letter],
    notes: impl Fn(&Letter) -> Vec<(DeadLetterAttribute, String)>,
) -> Result<Vec<Taken>, ReplayError> {
    let mut outcomes = Vec::with_capacity(letters.len());
    for batch in fitting(letters) {
        outcomes.extend(send_batch(client, url, batch, &notes).await?);
    }
    Ok(outcomes)
}

/// Cuts letters into batches for a call each.
fn fitting<'a, 'b>(letters: &'b [&'a Letter]) -> Vec<&'b [&'a Letter]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, letter) in letters.iter().enumerate() {
        let is_full = index - start == MOST_AT_ONCE || bytes + letter.body.len() > MOST_BYTES;
        if index > start && is_full {
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

async fn send_batch(
    client: &Client,
    url: &str,
    letters: &[&Letter],
    notes: impl Fn(&Letter) -> Vec<(DeadLetterAttribute, String)>,
) -> Result<Vec<Taken>, ReplayError> {
    let entries = letters.iter().enumerate().filter_map(|(index, letter)| {
        let attributes = notes(letter).into_iter().filter_map(|(note, text)| note.attribute(&text)).collect();
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(&letter.body)
            .set_message_group_id(letter.group.clone())
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
    let mut outcomes = vec![Err("SQS did not say what became of it".to_owned()); letters.len()];
    let taken = sent.successful.iter().map(|entry| (&entry.id, Ok(())));
    let refused = sent
        .failed
        .iter()
        .map(|entry| (&entry.id, Err(format!("{}: {}", entry.code, entry.message.as_deref().unwrap_or_default()))));
    for (id, outcome) in taken.chain(refused) {
        if let Some(place) = id.parse::<usize>().ok().and_then(|index| outcomes.get_mut(index)) {
            *place = outcome;
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
        fn a_cut_batch_is_whole_in_order_and_fits(sizes in prop::collection::vec(0..2 * MOST_BYTES, 0..=25)) {
            let letters: Vec<_> =
                sizes.iter().map(|size| Letter::of(Message::builder().body("x".repeat(*size)).build())).collect();
            let letters: Vec<_> = letters.iter().collect();
            let cut = fitting(&letters);
            let lengths: Vec<_> = cut.iter().flat_map(|batch| batch.iter().map(|letter| letter.body.len())).collect();
            prop_assert_eq!(lengths, sizes);
            for batch in cut {
                let bytes: usize = batch.iter().map(|letter| letter.body.len()).sum();
                prop_assert!((1..=MOST_AT_ONCE).contains(&batch.len()) && (batch.len() == 1 || bytes <= MOST_BYTES));
            }
        }
    }
}
