//! The chats, as far as being in them goes; what was written there is in `messages`.

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::PageLimit;

use crate::{EraseAccount, Erasure, Failure, Next};

/// How many chats are left at once.
const AT_ONCE: usize = 16;

impl EraseAccount {
    /// Has them leave a page of their chats. Their rows there stay until what they wrote is gone: by them the chats are
    /// found.
    pub(crate) async fn leave_chats(&self, erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        let from = match &erasure.next {
            Some(Next::Chats(cursor)) => Some(cursor.clone()),
            _ => None,
        };
        let (chats, next) = self.chats.of_user(erasure.user_id, PageLimit::MAX, from).await?;
        stream::iter(chats)
            .map(async |chat_id| self.chats.record_erasure(chat_id, erasure.user_id).await)
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(Erasure { next: next.map(Next::Chats), ..erasure })
    }
}
