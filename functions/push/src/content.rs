//! Step 3: title and text of a push.

use paloma::domain::{Body, ChangeSeq, ChatId, ChatKind, LastMessage};
use paloma::phones::{LocKey, LocText};
use paloma::queue::{JobError, MissingChat, Notification};

use crate::pusher::Pusher;

/// The text of a push that replaces the one of a deleted message.
const DELETED: &str = "This message was deleted";

/// The text of a push in deployments with `PUSH_CONTENT=false`.
const WITHOUT_CONTENT: &str = "New message";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PushContent {
    pub chat_id: ChatId,
    pub message: LastMessage,
    /// The version of the message.
    pub version: ChangeSeq,
    /// The group's name, or otherwise the sender's.
    pub title: String,
    /// The beginning of the message. In a named group the sender's name precedes it.
    pub text: String,
    /// The key of `text` if it is the server's own: the app can show it in the user's language.
    pub loc_text: Option<LocText>,
    /// Whether the push replaces an earlier one of the same message: then it makes no sound.
    pub is_silent: bool,
}

impl Pusher {
    pub(crate) async fn content_of(
        &self,
        job: &Notification,
        (message, version): (LastMessage, ChangeSeq),
    ) -> Result<PushContent, JobError> {
        let chat_id = job.chat_id;
        let chat = self.chats.chat(chat_id).await?.ok_or(MissingChat::Chat(chat_id))?;
        let sender = self.users.user(message.sender_id).await?;
        let sender = sender.map_or_else(|| "Somebody".to_owned(), |sender| String::from(sender.name));
        let preview = message.body.content().filter(|_| self.with_content).cloned();
        let is_own = preview.is_none();
        let (own_text, key, key_from) = match message.body {
            Body::Deleted(_) => (DELETED, LocKey::MessageDeleted, LocKey::MessageDeletedFrom),
            _ => (WITHOUT_CONTENT, LocKey::NewMessage, LocKey::NewMessageFrom),
        };
        let preview = preview.unwrap_or_else(|| own_text.to_owned());
        let (title, text, loc_text) = match chat.kind {
            ChatKind::Group { name: Some(name) } => {
                let text = format!("{sender}: {preview}");
                (name.into(), text, LocText { loc_key: key_from, loc_args: vec![sender] })
            }
            ChatKind::Direct | ChatKind::Group { name: None } => {
                (sender, preview, LocText { loc_key: key, loc_args: Vec::new() })
            }
        };
        let loc_text = is_own.then_some(loc_text);
        let is_silent = job.replaces && message.seq == job.message.seq;
        Ok(PushContent { chat_id, message, version, title, text, loc_text, is_silent })
    }
}
