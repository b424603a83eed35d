//! What there is to tell about a chat when a push's turn has come.

use paloma::domain::{ChatId, ChatKind, LastMessage};
use paloma::queue::{JobError, Notification};
use paloma::store::{Chats, Users};

/// What a push says instead of content, in deployments that do not tell it.
const WITHOUT_CONTENT: &str = "New message";

/// What there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// Where.
    pub chat_id: ChatId,
    /// The newest message there.
    pub message: LastMessage,
    /// Who wrote it, or the name of their group.
    pub title: String,
    /// How it begins, after its sender in a group.
    pub body: String,
}

impl News {
    /// The news of the chat that a job is about: its newest message, which may be later than the job's.
    pub async fn of(job: &Notification, chats: &Chats, users: &Users, with_content: bool) -> Result<Self, JobError> {
        let Some(head) = chats.head(job.chat_id).await? else { return Err(missing(job.chat_id)) };
        let newest = head.last_message.filter(|last| last.seq > job.message.seq);
        Self::about(job, newest.as_ref().unwrap_or(&job.message), chats, users, with_content).await
    }

    /// The news that this message is.
    pub async fn about(
        job: &Notification,
        message: &LastMessage,
        chats: &Chats,
        users: &Users,
        with_content: bool,
    ) -> Result<Self, JobError> {
        let chat_id = job.chat_id;
        let Some(chat) = chats.chat(chat_id).await? else { return Err(missing(chat_id)) };
        let sender = users.user(message.sender_id).await?;
        let sender = sender.map_or_else(|| "Somebody".to_owned(), |sender| String::from(sender.name));
        let words = if with_content { message.content.clone() } else { WITHOUT_CONTENT.to_owned() };
        let (title, body) = match chat.kind {
            ChatKind::Group { name: Some(name) } => (name.into(), format!("{sender}: {words}")),
            ChatKind::Direct | ChatKind::Group { name: None } => (sender, words),
        };
        Ok(Self { chat_id, message: message.clone(), title, body })
    }
}

fn missing(chat_id: ChatId) -> JobError {
    JobError::new(format!("chat {chat_id} does not exist"))
}
