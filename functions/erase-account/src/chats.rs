//! Removes the user from chats. The step in `messages` removes the content that the user wrote there.

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, ClientMessageId, DraftNotice, GroupRequest, Head, PageLimit, Timestamp, UserId};
use paloma::group_changes::{GroupFailure, GroupTask};

use crate::{EraseAccount, Erasure, ErasureCursor, Failure};

/// Maximum number of chats that are left in parallel.
const CONCURRENCY: usize = 16;

impl EraseAccount {
    /// Makes the user leave a page of chats. The member rows stay until `redact_messages` is done: it finds the chats
    /// by these rows.
    pub(crate) async fn leave_chats(&self, erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        let from = match &erasure.next {
            Some(ErasureCursor::Chats(cursor)) => Some(cursor.clone()),
            _ => None,
        };
        let (chats, next) = self.chats.of_user(erasure.user_id, PageLimit::MAX, from).await?;
        stream::iter(chats)
            .map(async |chat_id| self.cut_off(chat_id, erasure.user_id).await)
            .buffer_unordered(CONCURRENCY)
            .try_collect::<Vec<_>>()
            .await?;
        if next.is_none() {
            self.remove_blocks(erasure.user_id).await?;
        }
        Ok(Erasure { next: next.map(ErasureCursor::Chats), ..erasure })
    }

    /// Removes the user's blocks. A direct chat that began during a block has no row of the user: its head records the
    /// erasure first.
    async fn remove_blocks(&self, user_id: UserId) -> Result<(), Failure> {
        for blocked in self.blocks.of_user(user_id).await? {
            self.cut_off(ChatId::direct(user_id, blocked.user_id), user_id).await?;
            self.blocks.delete(user_id, blocked.user_id).await?;
        }
        Ok(())
    }

    /// Takes all permissions in a chat from the user: they leave a group, and the head of a direct chat records the
    /// erasure. Returns the head; `None` for a chat that does not exist.
    pub(crate) async fn cut_off(&self, chat_id: ChatId, user_id: UserId) -> Result<Option<Head>, Failure> {
        if let Some(head) = self.chats.record_erasure(chat_id, user_id).await? {
            return Ok(Some(head));
        }
        let draft = DraftNotice { chat_id, sender_id: user_id, client_message_id: ClientMessageId::random() };
        let task = GroupTask { draft, request: GroupRequest::Erase, charge: None };
        match self.groups.apply(&task, Timestamp::now()).await {
            Ok(_) => Ok(self.chats.head(chat_id).await?),
            Err(GroupFailure::NotFound) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }
}
