//! Which letters are meant.

use std::collections::BTreeSet;

use paloma::domain::{ChatId, MessageId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::letter::Letter;

/// What a letter must be like. All that is given must hold; nothing given means every letter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Filter {
    /// One of these, by their ids in the dead-letter queue.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ids: BTreeSet<String>,
    /// About this chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<ChatId>,
    /// About this message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Names this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Its cause contains this, in whatever case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// It died longer ago than this, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older_than_seconds: Option<u64>,
    /// It died less long ago than this, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_than_seconds: Option<u64>,
}

impl Filter {
    /// Whether every letter is meant.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this letter is meant, at this moment.
    pub fn takes(&self, letter: &Letter, now: Timestamp) -> bool {
        let subject = &letter.subject;
        let age_seconds = letter.died_at().millis_until(now) / 1000;
        let says = |part: &String| letter.death.cause.to_lowercase().contains(&part.to_lowercase());
        (self.ids.is_empty() || self.ids.contains(&letter.id))
            && (self.chat_id.is_none() || self.chat_id == subject.chat_id)
            && (self.message_id.is_none() || self.message_id == subject.message_id)
            && self.user_id.is_none_or(|person| subject.user_ids.contains(&person))
            && self.cause.as_ref().is_none_or(says)
            && self.older_than_seconds.is_none_or(|least| age_seconds >= least)
            && self.newer_than_seconds.is_none_or(|most| age_seconds < most)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;
    use paloma::queue::DeadLetterAttribute;

    use super::*;

    fn letter(cause: &str, chat: ChatId, died_at: u64) -> Letter {
        let notes =
            [(DeadLetterAttribute::Cause, cause.to_owned()), (DeadLetterAttribute::LastTriedAt, died_at.to_string())];
        let notes = notes.into_iter().filter_map(|(note, text)| note.attribute(&text)).collect();
        let body = serde_json::json!({ "chatId": chat }).to_string();
        Letter::of(Message::builder().message_id("one").body(body).set_message_attributes(Some(notes)).build())
    }

    #[test]
    fn every_condition_can_keep_a_letter_out() {
        let (chat, other) = (ChatId::random(), ChatId::random());
        let letter = letter("DynamoDB: Throttled", chat, 60_000);
        let now = Timestamp::from_millis(180_000);
        let takes = |filter: &Filter| filter.takes(&letter, now);
        assert!(takes(&Filter::default()) && Filter::default().is_everything());
        let pairs = [
            (r#"{"ids": ["one"]}"#.to_owned(), r#"{"ids": ["two"]}"#.to_owned()),
            (format!(r#"{{"chatId": "{chat}"}}"#), format!(r#"{{"chatId": "{other}"}}"#)),
            (r#"{"cause": "throttled"}"#.to_owned(), r#"{"cause": "refused"}"#.to_owned()),
            (r#"{"olderThanSeconds": 120}"#.to_owned(), r#"{"olderThanSeconds": 121}"#.to_owned()),
            (r#"{"newerThanSeconds": 121}"#.to_owned(), r#"{"newerThanSeconds": 120}"#.to_owned()),
            ("{}".to_owned(), format!(r#"{{"messageId": "{other}"}}"#)),
            ("{}".to_owned(), format!(r#"{{"userId": "{other}"}}"#)),
        ];
        for (takes_it, keeps_it_out) in pairs {
            assert!(takes(&serde_json::from_str(&takes_it).unwrap()), "{takes_it}");
            assert!(!takes(&serde_json::from_str(&keeps_it_out).unwrap()), "{keeps_it_out}");
        }
        assert!(serde_json::from_str::<Filter>(r#"{"chat": "typo"}"#).is_err());
    }
}
