//! The recipients of a job.

use paloma::domain::{Chat, ConnectionId, Roster, UserId};
use paloma::queue::{Audience, DeliveryJob, JobError, MissingChat};
use paloma::store::Chats;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recipients {
    None,
    /// Users, on all their sockets.
    Users(Vec<UserId>),
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
    Ok(if users.is_empty() { Recipients::None } else { Recipients::Users(users) })
}

/// The chat of a job for all its members. The head is not read for each job: members who have left since the chat was
/// created have no connection.
async fn chat_of(chats: &Chats, job: &DeliveryJob) -> Result<Chat, JobError> {
    let Some(chat_id) = job.chat_id else {
        return Err(JobError::new("the job has neither recipients nor a chat"));
    };
    Ok(chats.chat(chat_id).await?.ok_or(MissingChat::Chat(chat_id))?)
}
