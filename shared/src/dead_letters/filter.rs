//! Conditions that select dead letters.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::dead_letter::DeadLetter;
use crate::domain::{ChatId, MessageId, Timestamp, UserId};

/// A dead letter is selected when it meets all conditions that are set. Without conditions, all are selected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Filter {
    /// Its id in the dead-letter queue is one of these.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ids: BTreeSet<String>,
    /// The job names this chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<ChatId>,
    /// The job names this message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The job names this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The cause of the failure contains this text, in upper or lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The job failed at least so many seconds ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older_than_seconds: Option<u64>,
    /// The job failed less than so many seconds ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_than_seconds: Option<u64>,
}

impl Filter {
    /// Whether no condition is set.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this dead letter is selected at the time `now`.
    pub fn selects(&self, dead_letter: &DeadLetter, now: Timestamp) -> bool {
        let subject = &dead_letter.subject;
        let age_seconds = dead_letter.failed_at().millis_until(now) / 1000;
        let has_cause = |part: &String| dead_letter.failure.cause.to_lowercase().contains(&part.to_lowercase());
        (self.ids.is_empty() || self.ids.contains(&dead_letter.id))
            && (self.chat_id.is_none() || self.chat_id == subject.chat_id)
            && (self.message_id.is_none() || self.message_id == subject.message_id)
            && self.user_id.is_none_or(|user_id| subject.user_ids.contains(&user_id))
            && self.cause.as_ref().is_none_or(has_cause)
            && self.older_than_seconds.is_none_or(|min| age_seconds >= min)
            && self.newer_than_seconds.is_none_or(|max| age_seconds < max)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;

    use super::*;
    use crate::queue::DeadLetterAttribute;

    fn dead_letter(cause: &str, chat: ChatId, failed_at: u64) -> DeadLetter {
        let attributes =
            [(DeadLetterAttribute::Cause, cause.to_owned()), (DeadLetterAttribute::LastTriedAt, failed_at.to_string())];
        let attributes = attributes.into_iter().filter_map(|(name, text)| name.attribute(&text)).collect();
        let body = serde_json::json!({ "chatId": chat }).to_string();
        let message = Message::builder().message_id("one").body(body).set_message_attributes(Some(attributes));
        DeadLetter::of(message.build())
    }

    #[test]
    fn each_condition_alone_excludes_a_dead_letter_that_does_not_meet_it() {
        let (chat, other) = (ChatId::random(), ChatId::random());
        let dead_letter = dead_letter("DynamoDB: Throttled", chat, 60_000);
        let now = Timestamp::from_millis(180_000);
        let selects = |filter: &Filter| filter.selects(&dead_letter, now);
        assert!(selects(&Filter::default()) && Filter::default().is_everything());
        let pairs = [
            (r#"{"ids": ["one"]}"#.to_owned(), r#"{"ids": ["two"]}"#.to_owned()),
            (format!(r#"{{"chatId": "{chat}"}}"#), format!(r#"{{"chatId": "{other}"}}"#)),
            (r#"{"cause": "throttled"}"#.to_owned(), r#"{"cause": "refused"}"#.to_owned()),
            (r#"{"olderThanSeconds": 120}"#.to_owned(), r#"{"olderThanSeconds": 121}"#.to_owned()),
            (r#"{"newerThanSeconds": 121}"#.to_owned(), r#"{"newerThanSeconds": 120}"#.to_owned()),
            ("{}".to_owned(), format!(r#"{{"messageId": "{other}"}}"#)),
            ("{}".to_owned(), format!(r#"{{"userId": "{other}"}}"#)),
        ];
        for (selecting, excluding) in pairs {
            assert!(selects(&serde_json::from_str(&selecting).unwrap()), "{selecting}");
            assert!(!selects(&serde_json::from_str(&excluding).unwrap()), "{excluding}");
        }
        assert!(serde_json::from_str::<Filter>(r#"{"chat": "typo"}"#).is_err());
    }
}
