//! `GET /chats` and `GET /chats/{chatId}`: what a person sees of their chats.

mod paging;

use std::collections::HashMap;

use paloma::domain::{ChatId, ChatView, Head, Profile, Since, Timestamp, UserId};
use paloma::edge::{Cursor, LogFields, Problem, Request, Response, admit, fitting};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Users};
use serde::Serialize;

use crate::paging::{HistoryPosition, Paging};

/// How many bytes the addresses of pictures may have together in the answer about one chat: the last members of a large
/// group have none beyond.
const MOST_AVATAR_BYTES: usize = 1024 * 1024;

/// What get-chats works with.
#[derive(Debug, Clone)]
pub struct GetChats {
    accounts: Accounts,
    chats: Chats,
    users: Users,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    chats: Vec<ChatView>,
    /// The mark of when this paging began, the same on all its pages.
    as_of: Timestamp,
    /// Ask with this for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor<HistoryPosition>>,
}

impl GetChats {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { accounts: environment.accounts()?, chats: environment.chats()?, users: environment.users()? })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead of 200.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        match request.route.as_str() {
            "GET /chats" => self.list(request).await,
            "GET /chats/{chatId}" => self.one(request).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    /// A page of the caller's chats, newest first. The index says which; the heads say how they are sorted.
    async fn list(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let caller = session.user_id;
        let limit = request.query("limit")?.unwrap_or_default();
        let since = request.query("since")?.map(|Since(since)| since);
        let place = request.query("cursor")?.map(|Cursor::<HistoryPosition>(place)| place);
        let Paging { as_of, listing } = Paging::new(place, since);
        let (_, (places, has_more)) = tokio::try_join!(admit(&self.accounts, session), async {
            Ok(self.chats.listed(caller, limit, listing.clone()).await?)
        })?;
        let ids: Vec<_> = places.iter().map(|place| place.chat_id).collect();
        let views = self.chats.views(&ids, caller).await?;
        let others: Vec<_> = views.iter().filter_map(|(_, head, _)| other_in(head, caller)).collect();
        let profiles = self.users.profiles(&others).await?;
        let mut profiles: HashMap<_, _> = profiles.into_iter().map(|profile| (profile.user_id, profile)).collect();
        let chats = views.into_iter().map(|(chat, head, member)| {
            let other = other_in(&head, caller).and_then(|other| profiles.remove(&other));
            ChatView { members: other.into_iter().collect(), ..ChatView::of(chat, &head, &member) }
        });
        let mut chats: Vec<_> = chats.collect();
        let count = fitting(&chats)?;
        let next = match chats.get(count) {
            // It had no room: the next page begins with it, after the chat before it in the same reading of the list.
            Some(beyond) => places.into_iter().take_while(|place| place.chat_id != beyond.chat.chat_id).last(),
            None => places.into_iter().last().filter(|_| has_more),
        };
        chats.truncate(count);
        chats.sort_by_key(|view| std::cmp::Reverse(view.last_message_time));
        let cursor = next.map(|from| Cursor(HistoryPosition { from, as_of, since: listing.since }));
        Response::json(200, &Page { chats, as_of, cursor })
    }

    /// One chat with all its members. Of a direct one, whether the other one is there, once they have taken part in it: in
    /// a list that would be two reads for each chat.
    async fn one(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let caller = session.user_id;
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let (_, views) = tokio::try_join!(admit(&self.accounts, session), async {
            Ok(self.chats.views(&[chat_id], caller).await?)
        })?;
        let view = views.into_iter().next();
        let (chat, head, member) = view.ok_or_else(|| Problem::not_found("chat"))?;
        let members = head.roster.members(&chat);
        let (members, watchable_member) =
            tokio::try_join!(self.users.profiles(&members), self.chats.watchable_member(chat_id, &head, caller))?;
        let mut view = ChatView { members: in_bounds(members), ..ChatView::of(chat, &head, &member) };
        if let Some(other) = watchable_member {
            let noted = self.users.presence(other).await?.unwrap_or_default();
            view.presence = Some(noted.as_shown(Timestamp::now()));
        }
        let facts = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        Ok(Response::json(200, &view)?.about(facts))
    }
}

/// The other one of a direct chat, unless their account was erased.
fn other_in(head: &Head, caller: UserId) -> Option<UserId> {
    head.roster.other_member(caller)
}

/// Profiles without the pictures that would make the answer too large for Lambda, whose limit is 6 MB.
fn in_bounds(mut profiles: Vec<Profile>) -> Vec<Profile> {
    let mut room = MOST_AVATAR_BYTES;
    for profile in &mut profiles {
        let bytes = profile.avatar.clone().map_or(0, |avatar| String::from(avatar).len());
        match room.checked_sub(bytes) {
            Some(left) => room = left,
            None => profile.avatar = None,
        }
    }
    profiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_long_addresses_of_pictures_do_not_fill_an_answer() {
        let avatar = format!("https://example.com/{}", "a".repeat(2_000));
        let profile = |_| Profile {
            user_id: UserId::random(),
            name: "Ana".to_owned().try_into().unwrap(),
            avatar: Some(avatar.clone().try_into().unwrap()),
        };
        let bounded = in_bounds((0..1_024).map(profile).collect());
        assert_eq!(bounded.len(), 1_024, "each member has a name");
        let pictures = bounded.iter().filter(|profile| profile.avatar.is_some()).count();
        assert!(pictures > 500 && pictures * avatar.len() <= MOST_AVATAR_BYTES, "{pictures}");
        assert_eq!(in_bounds((0..100).map(profile).collect()).iter().filter(|one| one.avatar.is_none()).count(), 0);
    }
}
