//! Blocks. The blocked user notices nothing (`shared/src/store/blocks/changes.rs`).

use std::collections::HashMap;

use paloma::domain::{Account, Action, BlockSettings, Circle, SettingsEvent, Timestamp, UserId};
use paloma::edge::api::{BlockListView, BlockView};
use paloma::edge::{Cursor, Problem, Request, Response, charge};
use paloma::queue::DeliveryJob;
use paloma::store::{BlockChange, BlockedUser};

use crate::People;

impl People {
    /// Answers 204, also for a user who is blocked already.
    ///
    /// # Errors
    /// 400 for the caller's own id, 404 for an unknown or erased user, 429 above the limit of blocks.
    pub(crate) async fn block(&self, account: &Account, user: UserId) -> Result<Response, Problem> {
        let (caller, now) = (account.user_id, Timestamp::now());
        reject_own_id(caller, user)?;
        charge(&self.accounts, account, &[(Action::Block, 1)]).await?;
        if !self.users.unknown_among(&[user]).await?.is_empty() {
            return Err(Problem::not_found("user"));
        }
        // The blocked user sees the caller as offline since their last frame, and since now if they are online.
        // A blocked user who may not see the caller's presence sees none.
        let (presence, shown_to) = self.users.presence(caller).await?.unwrap_or_default();
        let is_contact = shown_to == Circle::Contacts && !self.chats.with_contact(&[caller], user).await?.is_empty();
        let last_seen = presence.last_seen_at(now).filter(|_| shown_to.admits(is_contact));
        self.blocks.change(caller, user, BlockChange::Begin(last_seen), now).await?;
        self.enqueue_settings(caller, BlockSettings { user_id: user, blocked: true }).await
    }

    /// Answers 204, also for a user who is not blocked, or does not exist.
    ///
    /// # Errors
    /// 400 for the caller's own id, 429 above the limit of blocks.
    pub(crate) async fn unblock(&self, account: &Account, user: UserId) -> Result<Response, Problem> {
        let caller = account.user_id;
        reject_own_id(caller, user)?;
        charge(&self.accounts, account, &[(Action::Block, 1)]).await?;
        self.blocks.change(caller, user, BlockChange::End, Timestamp::now()).await?;
        self.enqueue_settings(caller, BlockSettings { user_id: user, blocked: false }).await
    }

    /// The caller's screens show the block. A repetition enqueues the event again, since the first try may have died
    /// before that.
    async fn enqueue_settings(&self, caller: UserId, block: BlockSettings) -> Result<Response, Problem> {
        let job = DeliveryJob::of_settings(caller, SettingsEvent::Block(block), Timestamp::now());
        self.deliveries.enqueue(job.group(), &job).await?;
        Ok(Response::done())
    }

    /// Answers with a page of the users that the caller has blocked. Erased users are left out.
    pub(crate) async fn list_blocks(&self, caller: UserId, request: &Request) -> Result<Response, Problem> {
        let limit = request.query("limit")?.unwrap_or_default();
        let after = request.query("cursor")?.map(|Cursor::<UserId>(after)| after);
        let (page, has_more) = self.blocks.page(caller, limit, after).await?;
        let cursor = page.last().filter(|_| has_more).map(|last| Cursor(last.user_id));
        let users: Vec<_> = page.iter().map(|blocked| blocked.user_id).collect();
        let profiles = self.users.profiles(&users).await?;
        let mut profiles: HashMap<_, _> = profiles.into_iter().map(|profile| (profile.user_id, profile)).collect();
        let view = |blocked: BlockedUser| {
            Some(BlockView { user: profiles.remove(&blocked.user_id)?, blocked_at: blocked.blocked_at })
        };
        Response::json(200, &BlockListView { blocks: page.into_iter().filter_map(view).collect(), cursor })
    }
}

fn reject_own_id(caller: UserId, user: UserId) -> Result<(), Problem> {
    if user == caller { Err(Problem::field("userId", "is your own id: name another user")) } else { Ok(()) }
}
