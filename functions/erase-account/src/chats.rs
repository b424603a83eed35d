//! Removes the user from chats. The step in `messages` removes the content that the user wrote there.

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::PageLimit;

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
            .map(async |chat_id| self.chats.record_erasure(chat_id, erasure.user_id).await)
            .buffer_unordered(CONCURRENCY)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(Erasure { next: next.map(ErasureCursor::Chats), ..erasure })
    }
}
