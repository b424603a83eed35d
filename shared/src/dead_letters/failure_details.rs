//! Why, when and where a job failed.

use std::collections::HashMap;

use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::queue::DeadLetterAttribute;

/// The last failure of a job, as far as it was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureDetails {
    /// The error, in words.
    pub cause: String,
    /// The function that gave up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The last invocation that tried the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The number of tries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u64>,
    /// The time of the first try, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_tried_at: Option<Timestamp>,
    /// The time of the last try, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_tried_at: Option<Timestamp>,
}

/// The cause of dead letters that the redrive of SQS or SNS moved: it records none.
pub(crate) const CAUSE_UNKNOWN: &str =
    "unknown: the function ended before it could record the cause (timeout or out of memory?), see its log";

impl FailureDetails {
    /// Reads the attributes of a message in a dead-letter queue.
    pub(crate) fn from_attributes(
        attributes: &HashMap<String, MessageAttributeValue>,
        system: &HashMap<MessageSystemAttributeName, String>,
    ) -> Self {
        let text = |name: DeadLetterAttribute| name.read(attributes).map(str::to_owned);
        let time = |name: DeadLetterAttribute| timestamp(name.read(attributes));
        Self {
            cause: text(DeadLetterAttribute::Cause).unwrap_or_else(|| CAUSE_UNKNOWN.to_owned()),
            function: text(DeadLetterAttribute::Function),
            request_id: text(DeadLetterAttribute::RequestId),
            tries: text(DeadLetterAttribute::Tries).and_then(|tries| tries.parse().ok()),
            first_tried_at: time(DeadLetterAttribute::FirstTriedAt)
                .or_else(|| timestamp(system.get(&MessageSystemAttributeName::ApproximateFirstReceiveTimestamp))),
            last_tried_at: time(DeadLetterAttribute::LastTriedAt),
        }
    }

    /// The cause with `…` in place of ids and numbers, so that dead letters with the same cause are counted together.
    pub fn reason(&self) -> String {
        let mut reason = String::with_capacity(self.cause.len());
        for word in self.cause.split_inclusive(' ') {
            let is_id = word.trim_end().len() >= 8 && word.contains(|character: char| character.is_ascii_digit());
            let is_number = word.trim_end_matches([' ', ',', '.', ':']).parse::<u64>().is_ok();
            if is_id || is_number {
                reason.push('…');
                reason.push_str(if word.ends_with(' ') { " " } else { "" });
            } else {
                reason.push_str(word);
            }
        }
        reason
    }
}

/// A time from its epoch milliseconds in decimal.
pub(crate) fn timestamp(text: Option<impl AsRef<str>>) -> Option<Timestamp> {
    text?.as_ref().parse().ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_that_differ_only_in_ids_and_numbers_have_the_same_reason() {
        let reason = |cause: &str| FailureDetails { cause: cause.to_owned(), ..FailureDetails::default() }.reason();
        assert_eq!(reason("chat 6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10 does not exist"), "chat … does not exist");
        assert_eq!(reason("it is no JSON, at line 1 column 22"), "it is no JSON, at line … column …");
        assert_eq!(reason("SNS: EndpointDisabled"), "SNS: EndpointDisabled");
    }
}
