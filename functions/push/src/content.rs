//! Step 3: title and text of a push.

use paloma::domain::{ChatId, ChatKind, LastMessage};
use paloma::queue::{JobError, MissingChat};

use crate::pusher::Pusher;

/// The text of a push in deployments with `PUSH_CONTENT=false`.
const WITHOUT_CONTENT: &str = "New message";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PushContent {
    pub chat_id: ChatId,
    pub message: LastMessage,
    /// The group's name, or otherwise the sender's.
    pub title: String,
    /// The beginning of the message. In a named group the sender's name precedes it.
    pub text: String,
}

impl Pusher {
    pub(crate) async fn content_of(&self, chat_id: ChatId, message: LastMessage) -> Result<PushContent, JobError> {
        let chat = self.chats.chat(chat_id).await?.ok_or(MissingChat::Chat(chat_id))?;
        let sender = self.users.user(message.sender_id).await?;
        let sender = sender.map_or_else(|| "Somebody".to_owned(), |sender| String::from(sender.name));
        let preview = message.body.content().filter(|_| self.with_content);
        let preview = preview.cloned().unwrap_or_else(|| WITHOUT_CONTENT.to_owned());
        let (title, text) = match chat.kind {
            ChatKind::Group { name: Some(name) } => (name.into(), format!("{sender}: {preview}")),
            ChatKind::Direct | ChatKind::Group { name: None } => (sender, preview),
        };
        Ok(PushContent { chat_id, message, title, text })
    }
}
