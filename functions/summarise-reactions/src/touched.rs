//! The messages of a batch.

use std::collections::BTreeMap;

use aws_lambda_events::dynamodb::EventRecord;
use paloma::domain::{ChangeKind, MessageId, UserId};
use paloma::queue::JobError;
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Changes, ReactionKey};

/// The report of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    /// A user reacted, or removed the reaction.
    Reaction(ReactionKey),
    /// The message was deleted for all members.
    Deletion(MessageId),
}

/// The records of one message in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    pub message_id: MessageId,
    /// The users who reacted or removed a reaction, each once, in the order of their last records. Empty for deletions.
    pub users: Vec<UserId>,
    /// The indexes of the records in the batch.
    pub indexes: Vec<usize>,
}

/// The names of the tables that this function consumes.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    reactions: String,
    changes: String,
}

impl Tables {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            reactions: environment.variable("REACTIONS_TABLE")?,
            changes: environment.variable("CHANGES_TABLE")?,
        })
    }

    /// The touch that a record reports. The event sources filter other records; the rest is ignored here.
    pub fn touched(&self, record: &EventRecord) -> Result<Option<Touch>, JobError> {
        let table = table_of(record.event_source_arn.as_deref().unwrap_or_default());
        // DynamoDB itself has removed a reaction with its message, at the end of their time.
        if record.user_identity.is_some() {
            return Ok(None);
        }
        if table == self.reactions {
            Ok(Some(Touch::Reaction(ReactionKey::from_stream(&record.change.keys)?)))
        } else if table == self.changes && record.event_name == "REMOVE" {
            Ok(None)
        } else if table == self.changes {
            let change = Changes::from_stream(&record.change.new_image)?;
            Ok((change.kind == ChangeKind::Deleted).then_some(Touch::Deletion(change.message_id)))
        } else {
            Err(JobError::new(format!("table {table:?} is neither Reactions nor Changes")))
        }
    }
}

/// Groups the records of a batch by message.
pub(crate) fn by_message<'a>(records: impl Iterator<Item = (usize, &'a Touch)>) -> Vec<Touched> {
    let mut messages: BTreeMap<MessageId, Touched> = BTreeMap::new();
    for (index, touch) in records {
        let (message_id, user) = match *touch {
            Touch::Reaction(ReactionKey { message_id, user_id }) => (message_id, Some(user_id)),
            Touch::Deletion(message_id) => (message_id, None),
        };
        let empty = Touched { message_id, users: Vec::new(), indexes: Vec::new() };
        let touched = messages.entry(message_id).or_insert(empty);
        touched.indexes.push(index);
        touched.users.retain(|other| Some(*other) != user);
        touched.users.extend(user);
    }
    messages.into_values().collect()
}

/// The table's name in `arn:aws:dynamodb:region:account:table/NAME/stream/…`.
fn table_of(arn: &str) -> &str {
    arn.split_once(":table/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use paloma::domain::{ChatId, ClientMessageId};

    use super::*;

    fn message() -> MessageId {
        MessageId::derive(ChatId::random(), UserId::random(), &ClientMessageId::random())
    }

    #[test]
    fn the_records_of_a_message_are_summarised_once_and_the_last_user_made_the_change() {
        let (one, other, [ana, bruno]) = (message(), message(), [UserId::random(), UserId::random()]);
        let reaction = |message_id, user_id| Touch::Reaction(ReactionKey { message_id, user_id });
        let records = [reaction(one, ana), Touch::Deletion(other), reaction(one, bruno), reaction(one, ana)];
        let messages = by_message(records.iter().enumerate());
        assert_eq!(messages.len(), 2);
        let touched = |message_id, users: &[UserId], indexes: &[usize]| Touched {
            message_id,
            users: users.to_vec(),
            indexes: indexes.to_vec(),
        };
        assert!(messages.contains(&touched(one, &[bruno, ana], &[0, 2, 3])), "{messages:?}");
        assert!(messages.contains(&touched(other, &[], &[1])), "{messages:?}");
    }
}
