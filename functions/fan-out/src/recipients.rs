//! The recipients of a job.

use paloma::domain::{Chat, ConnectionId, Roster, UserId};
use paloma::queue::{Audience, DeliveryJob, JobError, MAX_RECIPIENTS_PER_SHARD, MissingChat};
use paloma::store::Chats;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recipients {
    None,
    /// At most [`MAX_RECIPIENTS_PER_SHARD`]: this job serves them.
    Users(Vec<UserId>),
    /// More users than that, in shards with a job each.
    Shards(Vec<Vec<UserId>>),
    /// Single connections, and not all those of their users.
    Connections(Vec<ConnectionId>),
}

pub(crate) async fn recipients_of(chats: &Chats, job: &DeliveryJob) -> Result<Recipients, JobError> {
    let users = match &job.audience {
        Audience::Sockets(connections) => return Ok(Recipients::Connections(connections.clone())),
        Audience::Only(users) => users.clone(),
        Audience::Everyone => {
            let chat = chat_of(chats, job).await?;
            Roster::of(&chat).members(&chat)
        }
        Audience::EveryoneBut(sender) => {
            let chat = chat_of(chats, job).await?;
            Roster::of(&chat).recipients(&chat, *sender)
        }
    };
    Ok(sharded(users))
}

/// The chat of a job for all its members. The head is not read for each job: members who have left since the chat was
/// created have no connection.
async fn chat_of(chats: &Chats, job: &DeliveryJob) -> Result<Chat, JobError> {
    let Some(chat_id) = job.chat_id else {
        return Err(JobError::new("the job has neither recipients nor a chat"));
    };
    Ok(chats.chat(chat_id).await?.ok_or(MissingChat::Chat(chat_id))?)
}

fn sharded(users: Vec<UserId>) -> Recipients {
    if users.is_empty() {
        Recipients::None
    } else if users.len() <= MAX_RECIPIENTS_PER_SHARD {
        Recipients::Users(users)
    } else {
        Recipients::Shards(users.chunks(MAX_RECIPIENTS_PER_SHARD).map(<[_]>::to_vec).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_audience_is_split_into_shards_that_hold_each_recipient_once() {
        let users: Vec<_> = (0..1024).map(|_| UserId::random()).collect();
        let Recipients::Shards(shards) = sharded(users.clone()) else { panic!("1,024 users need shards") };
        assert_eq!(shards.len(), 11);
        assert!(shards.iter().all(|shard| shard.len() <= MAX_RECIPIENTS_PER_SHARD));
        assert_eq!(shards.concat(), users);
        assert_eq!(sharded(users[..100].to_vec()), Recipients::Users(users[..100].to_vec()));
    }
}
