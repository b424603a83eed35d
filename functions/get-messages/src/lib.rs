//! `GET /chats/{chatId}/messages`: the history of a chat, by seq.

use paloma::domain::{Bounds, ChatId, Head, Message, Permission, Watermark};
use paloma::edge::{Entry, FieldError, LogFields, Problem, Request, Response, enter, fitting};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, HistoryPage, Messages};
use serde::Serialize;

/// What get-messages works with.
#[derive(Debug, Clone)]
pub struct GetMessages {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
}

/// A page, rising by seq. `lastSeq` is where the chat ends, so that a client sees whether it has caught up.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    messages: Vec<Message>,
    last_seq: Watermark,
    has_more: bool,
}

impl GetMessages {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { accounts: environment.accounts()?, chats: environment.chats()?, messages: environment.messages()? })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead of 200.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let caller = request.session()?;
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let limit = request.query("limit")?.unwrap_or_default();
        let bounds = bounds(&request)?;
        let Entry { head, .. } = enter(&self.accounts, &self.chats, caller, chat_id, "chat", Permission::Read).await?;
        let HistoryPage { messages, has_more } = self.messages.page(chat_id, &head, bounds, limit).await?;
        let (messages, cut) = within_bytes(as_of(&head, messages), bounds)?;
        let page = Page { messages, last_seq: head.last_seq, has_more: has_more || cut };
        Ok(Response::json(200, &page)?.about(LogFields { chat_id: Some(chat_id), ..LogFields::default() }))
    }
}

/// The messages with the status that the head's marks give them: the truth, while the copy in each row, and in the
/// index behind it, may be a moment late.
fn as_of(head: &Head, messages: Vec<Message>) -> Vec<Message> {
    messages.into_iter().map(|message| Message { status: head.status_of(message.seq), ..message }).collect()
}

/// The messages that fit into one answer, and whether any do not. A page begins at its bound, so it loses its far end: a
/// client that goes on from there misses nothing.
fn within_bytes(mut messages: Vec<Message>, bounds: Bounds) -> Result<(Vec<Message>, bool), Problem> {
    let all = messages.len();
    match bounds {
        Bounds::After(_) => messages.truncate(fitting(&messages)?),
        Bounds::Newest | Bounds::Before(_) => {
            let count = fitting(messages.iter().rev())?;
            messages.drain(..all - count);
        }
    }
    let cut = messages.len() < all;
    Ok((messages, cut))
}

fn bounds(request: &Request) -> Result<Bounds, Problem> {
    let seq = |name: &str| -> Result<Option<Watermark>, Problem> {
        request
            .query::<u64>(name)
            .map(|place| place.map(Watermark::at))
            .map_err(|_| Problem::field(name, "must be a seq, a whole number from 0"))
    };
    match (seq("before")?, seq("after")?) {
        (None, None) => Ok(Bounds::Newest),
        (Some(before), None) => Ok(Bounds::Before(before)),
        (None, Some(after)) => Ok(Bounds::After(after)),
        (Some(_), Some(_)) => {
            let reason = "must be given alone: a page lies before a seq or after one".to_owned();
            let error = |field: &str| FieldError { field: field.to_owned(), reason: reason.clone() };
            Err(Problem::fields(vec![error("before"), error("after")]))
        }
    }
}
