//! What there is to tell about a chat when a push's turn has come.

use paloma::domain::{ChatId, ChatKind, LastMessage};
use paloma::queue::JobError;
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
    /// The news that this message of a chat is.
    pub async fn of(
        chat_id: ChatId,
        message: &LastMessage,
        chats: &Chats,
        users: &Users,
        with_content: bool,
    ) -> Result<Self, JobError> {
        let Some(chat) = chats.chat(chat_id).await? else {
            return Err(JobError::new(format!("chat {chat_id} does not exist")));
        };
        let sender = users.user(message.sender_id).await?;
        let sender = sender.map_or_else(|| "Somebody".to_owned(), |sender| String::from(sender.name));
        let words = message.body.content().filter(|_| with_content);
        let words = words.cloned().unwrap_or_else(|| WITHOUT_CONTENT.to_owned());
        let (title, body) = match chat.kind {
            ChatKind::Group { name: Some(name) } => (name.into(), format!("{sender}: {words}")),
            ChatKind::Direct | ChatKind::Group { name: None } => (sender, words),
        };
        Ok(Self { chat_id, message: message.clone(), title, body })
    }
}
