//! Whom a job is to tell.

use paloma::domain::{Chat, ConnectionId, Event, Roster, UserId};
use paloma::queue::{Audience, DeliveryJob, JobError, MAX_RECIPIENTS_PER_SHARD};
use paloma::store::Chats;

/// Whom a job is to tell, and whether it can do so by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recipients {
    /// Nobody.
    Nobody,
    /// So few that this job tells them.
    Few(Vec<UserId>),
    /// So many that they are told in shards.
    Many(Vec<Vec<UserId>>),
    /// Not people, but these sockets of theirs.
    Sockets(Vec<ConnectionId>),
}

/// Finds out whom to tell.
pub(crate) async fn of(chats: &Chats, job: &DeliveryJob) -> Result<Recipients, JobError> {
    let people = match &job.audience {
        Audience::Sockets(connections) => return Ok(Recipients::Sockets(connections.clone())),
        Audience::Only(people) => people.clone(),
        Audience::Everyone => {
            let chat = chat_of(chats, job).await?;
            Roster::of(&chat).members(&chat)
        }
        Audience::EveryoneBut(sender) => {
            let chat = chat_of(chats, job).await?;
            Roster::of(&chat).recipients(&chat, *sender)
        }
    };
    Ok(sharded(people))
}

/// The chat of a job for all its members. Its head is not read for each job: members who have left since the chat was
/// made have no connection.
async fn chat_of(chats: &Chats, job: &DeliveryJob) -> Result<Chat, JobError> {
    let Some(chat_id) = job.chat_id else {
        return Err(JobError::new("the job names neither people nor a chat to tell"));
    };
    chats.chat(chat_id).await?.ok_or_else(|| JobError::new(format!("chat {chat_id} does not exist")))
}

fn sharded(people: Vec<UserId>) -> Recipients {
    if people.is_empty() {
        Recipients::Nobody
    } else if people.len() <= MAX_RECIPIENTS_PER_SHARD {
        Recipients::Few(people)
    } else {
        Recipients::Many(people.chunks(MAX_RECIPIENTS_PER_SHARD).map(<[_]>::to_vec).collect())
    }
}

/// The kind of an event, for logs.
pub(crate) fn name_of(event: &Event) -> &'static str {
    match event {
        Event::Message { .. } => "message",
        Event::Status(_) => "status",
        Event::Settings(_) => "settings",
        Event::Chat { .. } => "chat",
        Event::Typing { .. } => "typing",
        Event::Presence { .. } => "presence",
        Event::Erased(_) => "erased",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_audiences_are_cut_so_that_everybody_is_told_once() {
        let people: Vec<_> = (0..1024).map(|_| UserId::random()).collect();
        let Recipients::Many(shards) = sharded(people.clone()) else { panic!("1,024 people are many") };
        assert_eq!(shards.len(), 11);
        assert!(shards.iter().all(|shard| shard.len() <= MAX_RECIPIENTS_PER_SHARD));
        assert_eq!(shards.concat(), people);
        assert_eq!(sharded(people[..100].to_vec()), Recipients::Few(people[..100].to_vec()));
    }
}
