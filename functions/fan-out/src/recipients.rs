//! The recipients of a job.

use paloma::domain::{Chat, ChatId, ConnectionId, Event, Message, Notice, Roster, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob, JobError, MissingChat, is_late};
use paloma::store::Chats;

use crate::blocks::{keeps_from_sockets, reached};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recipients {
    None,
    /// Users, on all their sockets.
    Users(Vec<UserId>),
    /// Single connections, and not all those of their users.
    Connections(Vec<ConnectionId>),
}

/// Finds the recipients as the chat is now. A message of a group goes to the members who were there at its seq and
/// still are, also if the job is late, replayed, or a shard. The users that other late jobs name may have left. A block
/// of the two users of a direct chat may have begun or ended since a job was enqueued.
pub(crate) async fn recipients_of(chats: &Chats, job: &DeliveryJob, now: Timestamp) -> Result<Recipients, JobError> {
    let found = found_recipients(chats, job, now).await?;
    let Some(chat_id) = job.chat_id else { return Ok(found) };
    let is_late = is_late(job.accepted_at, now);
    Ok(match found {
        Recipients::Users(users) if is_late || may_be_apart(job, chat_id, &users) => {
            of_users(reached(chats, (chat_id, &job.event), users).await?)
        }
        Recipients::Connections(_) if is_late && keeps_from_sockets(chats, chat_id, &job.event).await? => {
            Recipients::None
        }
        found => found,
    })
}

/// Whether no head before the event has named these users, so that a block may keep them apart. The head before a
/// changed message tells nothing about its change.
fn may_be_apart(job: &DeliveryJob, chat_id: ChatId, users: &[UserId]) -> bool {
    matches!(job.event, Event::Change { .. }) || (job.audience == Audience::Everyone && is_direct(chat_id, users))
}

fn of_users(users: Vec<UserId>) -> Recipients {
    if users.is_empty() { Recipients::None } else { Recipients::Users(users) }
}

async fn found_recipients(chats: &Chats, job: &DeliveryJob, now: Timestamp) -> Result<Recipients, JobError> {
    let users = match (&job.audience, &job.event) {
        (Audience::Sockets(connections), _) => return Ok(Recipients::Connections(connections.clone())),
        (Audience::Only(users), Event::Message { message }) if !is_direct(message.chat_id, users) => {
            let mut audience = audience_of(&chat_of(chats, job).await?, message);
            audience.retain(|member| users.contains(member));
            audience
        }
        // A late job must not tell a user about a group that they have left again.
        (Audience::Only(users), Event::Chat { .. }) => members_among(chats, job, users).await?,
        (Audience::Only(users), _) if job.chat_id.is_some() && is_late(job.accepted_at, now) => {
            members_among(chats, job, users).await?
        }
        // The rest of a job, or a shard.
        (Audience::Only(users), Event::Change { message, .. }) => {
            let mut viewers = viewers_of(chats, job, message).await?;
            viewers.retain(|member| users.contains(member));
            viewers
        }
        (Audience::Only(users), _) => users.clone(),
        (Audience::Everyone, Event::Message { message }) => audience_of(&chat_of(chats, job).await?, message),
        (Audience::Everyone, Event::Change { message, .. }) => viewers_of(chats, job, message).await?,
        (Audience::Everyone, _) => {
            let chat = chat_of(chats, job).await?;
            Roster::of(&chat).members(&chat)
        }
        (Audience::EveryoneBut(sender), _) => {
            let chat = chat_of(chats, job).await?;
            Roster::of(&chat).recipients(&chat, *sender)
        }
    };
    Ok(of_users(users))
}

/// Those of these users who are members now.
async fn members_among(chats: &Chats, job: &DeliveryJob, users: &[UserId]) -> Result<Vec<UserId>, JobError> {
    let chat = chat_of(chats, job).await?;
    let mut members = Roster::of(&chat).members(&chat);
    members.retain(|member| users.contains(member));
    Ok(members)
}

/// The recipients of a message. That of a removal also goes to the user that it names.
fn audience_of(chat: &Chat, message: &Message) -> Vec<UserId> {
    let mut audience = Roster::of(chat).audience(chat, message.seq);
    let left = match message.body.notice() {
        Some(Notice::ChatRemoved) => return members_at_removal(chat),
        Some(Notice::MemberRemoved { user_id }) => Some(*user_id),
        Some(Notice::MemberLeft { .. }) => Some(message.sender_id),
        _ => None,
    };
    // A user who has joined again since gets it, too: it is in their windows.
    audience.extend(left.filter(|left| !chat.membership.erased.contains(left) && !audience.contains(left)));
    audience
}

/// A removed group has no members: its last message goes to the members at the removal.
fn members_at_removal(chat: &Chat) -> Vec<UserId> {
    chat.membership.removal.iter().flat_map(|removal| removal.members.iter().copied()).collect()
}

/// The members who may see a changed message. The rows of those who joined after it show whether they may.
async fn viewers_of(chats: &Chats, job: &DeliveryJob, message: &Message) -> Result<Vec<UserId>, JobError> {
    let chat = chat_of(chats, job).await?;
    let (mut viewers, members) = (Roster::of(&chat).audience(&chat, message.seq), Roster::of(&chat).members(&chat));
    let joined: Vec<_> = members.into_iter().filter(|member| !viewers.contains(member)).collect();
    if !joined.is_empty() {
        let rows = chats.members(message.chat_id, &joined).await?;
        viewers.extend(rows.iter().filter(|row| row.windows.shows(message.seq)).map(|row| row.user_id));
    }
    Ok(viewers)
}

/// Whether these are the members of a direct chat, which needs no read: its id follows from them.
fn is_direct(chat_id: ChatId, users: &[UserId]) -> bool {
    matches!(users, [one, other] if ChatId::direct(*one, *other) == chat_id)
}

/// The chat of a job for its members, read consistently. Erased users of a direct chat have no connection.
async fn chat_of(chats: &Chats, job: &DeliveryJob) -> Result<Chat, JobError> {
    let Some(chat_id) = job.chat_id else {
        return Err(JobError::new("the job has neither recipients nor a chat"));
    };
    Ok(chats.chat(chat_id).await?.ok_or(MissingChat::Chat(chat_id))?)
}
