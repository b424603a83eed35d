//! `GET /chats` and `GET /chats/{chatId}`: what a person sees of their chats.

mod cursor;

use paloma::domain::{ChatId, ChatView, PageLimit, Timestamp, UserId};
use paloma::edge::{Facts, Problem, Request, Response, admit, fitting};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, ChatCursor, Chats, Users};
use serde::Serialize;

use crate::cursor::Cursor;

/// What get-chats works with.
#[derive(Debug, Clone)]
pub struct GetChats {
    accounts: Accounts,
    chats: Chats,
    users: Users,
}

#[derive(Serialize)]
struct Page {
    chats: Vec<ChatView>,
    /// Ask with this for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
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
        let from = request.query::<Cursor>("cursor")?.map(Cursor::into_inner);
        let (_, (ids, next)) = tokio::try_join!(admit(&self.accounts, session), async {
            Ok(self.chats.of_user(caller, limit, from.clone()).await?)
        })?;
        let views = self.chats.views(&ids, caller).await?;
        let mut chats: Vec<_> =
            views.into_iter().map(|(chat, head, member)| ChatView::of(chat, &head, &member)).collect();
        let count = fitting(&chats)?;
        let next = match chats.get(count) {
            Some(beyond) => self.place_before(beyond.chat.chat_id, &ids, caller, from).await?,
            None => next,
        };
        chats.truncate(count);
        chats.sort_by_key(|view| std::cmp::Reverse(view.last_message_time));
        Response::json(200, &Page { chats, cursor: next.map(Cursor::from) })
    }

    /// Where a page begins with the chat `beyond`, which had no room in the one before. The index is asked once more, for
    /// as much as had room: it knows the place. A chat that has moved up since then comes twice, and none is missed.
    async fn place_before(
        &self,
        beyond: ChatId,
        ids: &[ChatId],
        caller: UserId,
        from: Option<ChatCursor>,
    ) -> Result<Option<ChatCursor>, Problem> {
        let before = ids.iter().take_while(|id| **id != beyond).count();
        let Ok(limit) = PageLimit::try_from(before) else { return Ok(None) };
        Ok(self.chats.of_user(caller, limit, from).await?.1)
    }

    /// One chat. Of a direct one, whether the other one is there, once they have taken part in it: in a list that
    /// would be two reads for each chat.
    async fn one(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let caller = session.user_id;
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let (_, views) = tokio::try_join!(admit(&self.accounts, session), async {
            Ok(self.chats.views(&[chat_id], caller).await?)
        })?;
        let view = views.into_iter().next();
        let (chat, head, member) = view.ok_or_else(|| Problem::not_found("chat"))?;
        let mut view = ChatView::of(chat, &head, &member);
        if let Some(other) = self.chats.acquaintance(chat_id, &head, caller).await? {
            let noted = self.users.presence(other).await?.unwrap_or_default();
            view.presence = Some(noted.as_shown(Timestamp::now()));
        }
        let facts = Facts { chat_id: Some(chat_id), ..Facts::default() };
        Ok(Response::json(200, &view)?.about(facts))
    }
}
