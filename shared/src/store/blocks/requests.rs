//! Answers to the requests of direct chats. A decline closes the windows of the user, as a block does, but adds nothing
//! to the list of blocks. So nothing of the other user arrives, and the other user notices nothing.

use std::time::Instant;

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::Blocks;
use super::changes::{OPERATION, Pair};
use crate::domain::{Timestamp, UserId};
use crate::store::StoreError;
use crate::store::transaction::pause_before_retry;

/// The outcome of an answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOutcome {
    /// The answer is stored.
    Changed,
    /// The user was not asked, or has given this answer before.
    Unchanged,
    /// The user has blocked the other one.
    Blocked,
    /// The user may not see the chat: it has no message yet, or the user has left the group.
    NotFound,
}

impl Blocks {
    /// Accepts the request of a direct chat, also one that was declined. One read, and up to 4 write units.
    ///
    /// # Errors
    /// Also when other writes of the chat were faster for 8 s.
    pub async fn accept(&self, user: UserId, other: UserId) -> Result<RequestOutcome, StoreError> {
        self.answer(user, other, |pair| {
            let (Some(head), Some(own)) = (&pair.head, pair.own.clone()) else { return Ok(None) };
            let accepted = own.clone().accepting(head);
            Ok(Some(vec![
                self.acceptance_of_head(pair, head, !own.is_current())?,
                self.answered_member(pair, &accepted)?,
            ]))
        })
        .await
    }

    /// Declines the request of a direct chat. One read, and up to 4 write units. `last_seen`: the time of the user's
    /// last frame, as at a block.
    ///
    /// # Errors
    /// Also when other writes of the chat were faster for 8 s.
    pub async fn decline(
        &self,
        user: UserId,
        other: UserId,
        last_seen: Option<Timestamp>,
    ) -> Result<RequestOutcome, StoreError> {
        self.answer(user, other, |pair| {
            let (Some(head), Some(own)) = (&pair.head, pair.own.clone()) else { return Ok(None) };
            let Some((last, block)) = pair.closing(head, last_seen) else { return Ok(None) };
            if own.has_declined() {
                return Ok(Some(Vec::new()));
            }
            let declined = own.blocking(last, block);
            Ok(Some(vec![self.head_update(pair, head, true)?, self.answered_member(pair, &declined)?]))
        })
        .await
    }

    /// Writes the parts that follow from the rows of a pair; none: the answer was given before.
    async fn answer(
        &self,
        user: UserId,
        other: UserId,
        parts: impl Fn(&Pair) -> Result<Option<Vec<TransactWriteItem>>, StoreError>,
    ) -> Result<RequestOutcome, StoreError> {
        let started = Instant::now();
        loop {
            let pair = self.read(user, other).await?;
            if pair.own.as_ref().is_some_and(|own| own.requested_by.is_none()) {
                return Ok(RequestOutcome::Unchanged);
            }
            if pair.is_blocked {
                return Ok(RequestOutcome::Blocked);
            }
            let Some(parts) = parts(&pair)? else { return Ok(RequestOutcome::NotFound) };
            if parts.is_empty() {
                return Ok(RequestOutcome::Unchanged);
            }
            if self.write(parts).await? {
                return Ok(RequestOutcome::Changed);
            }
            pause_before_retry(OPERATION, started).await?;
        }
    }
}
