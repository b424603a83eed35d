//! `GET /chats` and `GET /chats/{chatId}`: the caller's chats.

mod paging;
mod requests;

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{
    Account, Chat, ChatId, ChatView, Circle, Head, Member, Presence, Profile, Since, Timestamp, UserId,
};
use paloma::edge::api::{ChatPage, ChatPagePosition};
use paloma::edge::{Cursor, LogFields, Problem, Request, Response, admit, fitting};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Changes, Chats, Listing, Messages, StoreError, Users, Watchable};

use crate::paging::Paging;
use crate::requests::Requests;

/// Maximum size in bytes of all avatar URLs in one answer. Above it, members of a large group have no picture.
const MAX_AVATAR_BYTES: usize = 1024 * 1024;

/// Chats at once of which deleted messages are counted.
const AT_ONCE: usize = 16;

#[derive(Debug, Clone)]
pub struct GetChats {
    accounts: Accounts,
    chats: Chats,
    changes: Changes,
    messages: Messages,
    users: Users,
}

impl GetChats {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            changes: environment.changes()?,
            messages: environment.messages()?,
            users: environment.users()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        match request.route.as_str() {
            "GET /chats" => self.list(request).await,
            "GET /chats/{chatId}" => self.one(request).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    /// Answers with a page of the caller's chats, newest first. The index selects the chats, and the heads sort them.
    /// The first page has all pinned chats, however old they are.
    async fn list(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let caller = session.user_id;
        let limit = request.query("limit")?.unwrap_or_default();
        let since = request.query("since")?.map(|Since(since)| since);
        let position = request.query("cursor")?.map(|Cursor::<ChatPagePosition>(position)| position);
        let requests: Requests = request.query("requests")?.unwrap_or_default();
        let is_first = position.is_none() && since.is_none() && requests == Requests(false);
        let Paging { as_of, listing } = Paging::new(position, since);
        let (account, (listed, has_more)) = tokio::try_join!(admit(&self.accounts, session), async {
            Ok(self.chats.listed(caller, limit, Listing { requests: requests.0, ..listing.clone() }).await?)
        })?;
        let mut ids: Vec<_> = listed.iter().map(|cursor| cursor.chat_id).collect();
        let mut pins = account.pins.clone();
        pins.retain(|pin| is_first && !ids.contains(pin));
        ids.splice(..0, pins);
        let mut chats = self.views(&ids, &account, requests).await?;
        let count = fitting(&chats)?;
        let next = match chats.get(count) {
            // The first chat that does not fit begins the next page, which continues after the chat listed before it.
            Some(beyond) => listed.into_iter().take_while(|cursor| cursor.chat_id != beyond.chat.chat_id).last(),
            None => listed.into_iter().last().filter(|_| has_more),
        };
        chats.truncate(count);
        chats.sort_by_key(|view| std::cmp::Reverse(view.last_message_time));
        let cursor = next.map(|from| Cursor(ChatPagePosition { from, as_of, since: listing.since }));
        Response::json(200, &ChatPage { chats, as_of, cursor })
    }

    /// Reads those of these chats that are requests, or are none, and for direct chats the other member's profile.
    async fn views(&self, ids: &[ChatId], account: &Account, requests: Requests) -> Result<Vec<ChatView>, Problem> {
        let caller = account.user_id;
        let mut views = self.chats.views(ids, caller).await?;
        views.retain(|(_, head, member)| requests.list(head, member));
        let others: Vec<_> = views.iter().filter_map(|(_, head, _)| other_in(head, caller)).collect();
        let profiles = self.users.profiles(&others).await?;
        let mut profiles: HashMap<_, _> = profiles.into_iter().map(|profile| (profile.user_id, profile)).collect();
        let views = views.into_iter().map(|(chat, head, member)| {
            let other = other_in(&head, caller).and_then(|other| profiles.remove(&other));
            async move {
                let view = self.view(chat, &head, &member, account).await?;
                Ok(ChatView { members: other.into_iter().collect(), ..view })
            }
        });
        stream::iter(views).buffered(AT_ONCE).try_collect().await
    }

    /// The chat as the member sees it, with the exact number of unread messages.
    async fn view(&self, chat: Chat, head: &Head, member: &Member, account: &Account) -> Result<ChatView, Problem> {
        let seen = self.without_expired(&chat, head, member).await?;
        let unread_count = self.changes.unread_of(chat.chat_id, head, &seen).await?;
        let view = ChatView::of(chat, head, &seen).with_pin(account);
        // Clients take a view with earlier windows for an older one, so all views leave the age of messages out.
        Ok(ChatView { unread_count, windows: member.visible(), ..view })
    }

    /// The member without messages that are too old. One query for an old chat with unread messages, some of which may
    /// be too old; otherwise none.
    async fn without_expired(&self, chat: &Chat, head: &Head, member: &Member) -> Result<Member, StoreError> {
        let oldest = self.messages.retention().oldest_shown(Timestamp::now());
        let seen = member.clone().without_expired(head.expired(oldest));
        if head.unread_of(&seen) == 0 || oldest.is_none_or(|oldest| chat.created_at >= oldest) {
            return Ok(seen);
        }
        self.messages.without_expired(chat.chat_id, head, seen).await
    }

    /// Answers with one chat and the profiles of its members. A direct chat also has the presence of the other member
    /// if they have taken part in the chat. `GET /chats` omits it, since it costs two reads per chat.
    async fn one(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let caller = session.user_id;
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let (account, views) = tokio::try_join!(admit(&self.accounts, session), async {
            Ok(self.chats.views(&[chat_id], caller).await?)
        })?;
        let view = views.into_iter().next();
        let view = view.filter(|(_, _, member)| !member.has_declined());
        let (chat, head, member) = view.ok_or_else(|| Problem::not_found("chat"))?;
        let members = head.roster.members(&chat);
        let (members, watchable_member) =
            tokio::try_join!(self.users.profiles(&members), self.chats.watchable_member(chat_id, &head, caller))?;
        let mut view = ChatView { members: in_bounds(members), ..self.view(chat, &head, &member, &account).await? };
        view.presence = self.presence(&account, watchable_member).await?;
        let fields = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        Ok(Response::json(200, &view)?.with_log_fields(fields))
    }
}

impl GetChats {
    /// The presence that the caller sees. If the caller may not see it, the same call is made, so that the time of the
    /// answer tells nothing.
    async fn presence(&self, account: &Account, watchable: Watchable) -> Result<Option<Presence>, Problem> {
        let (other, is_contact, frozen) = match watchable {
            Watchable::No => return Ok(None),
            Watchable::Yes { user_id, is_contact } => (user_id, is_contact, None),
            Watchable::Frozen(other, presence) => (other, false, Some(presence)),
        };
        let (presence, shown_to) = self.users.presence(other).await?.unwrap_or_default();
        let is_shown = shown_to.admits(is_contact) && account.privacy.presence != Circle::Nobody;
        let shown = if is_shown { presence.as_shown(Timestamp::now()) } else { Presence::default() };
        Ok(Some(frozen.unwrap_or(shown)))
    }
}

/// The other member of a direct chat, except an erased one.
fn other_in(head: &Head, caller: UserId) -> Option<UserId> {
    head.roster.other_member(caller)
}

/// Removes the avatars above [`MAX_AVATAR_BYTES`], so that the answer stays below Lambda's limit of 6 MB.
fn in_bounds(mut profiles: Vec<Profile>) -> Vec<Profile> {
    let mut remaining = MAX_AVATAR_BYTES;
    for profile in &mut profiles {
        let bytes = profile.avatar.clone().map_or(0, |avatar| String::from(avatar).len());
        match remaining.checked_sub(bytes) {
            Some(rest) => remaining = rest,
            None => profile.avatar = None,
        }
    }
    profiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_long_avatar_urls_fit_into_one_answer() {
        let avatar = format!("https://example.com/{}", "a".repeat(2_000));
        let profile = |_| Profile {
            user_id: UserId::random(),
            name: "Ana".to_owned().try_into().unwrap(),
            avatar: Some(avatar.clone().try_into().unwrap()),
        };
        let bounded = in_bounds((0..1_024).map(profile).collect());
        assert_eq!(bounded.len(), 1_024, "each member has a name");
        let pictures = bounded.iter().filter(|profile| profile.avatar.is_some()).count();
        assert!(pictures > 500 && pictures * avatar.len() <= MAX_AVATAR_BYTES, "{pictures}");
        assert_eq!(in_bounds((0..100).map(profile).collect()).iter().filter(|one| one.avatar.is_none()).count(), 0);
    }
}
