//! `GET /chats/{chatId}/messages`: a page of a chat's messages, by seq.

use paloma::domain::{Bounds, ChatId, Message, Permission, Ticks, Watermark};
use paloma::edge::api::MessagePage;
use paloma::edge::{ChatAccess, FieldError, LogFields, Problem, Request, Response, enter, fitting};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, HistoryPage, Messages};

#[derive(Debug, Clone)]
pub struct GetMessages {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
}

impl GetMessages {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { accounts: environment.accounts()?, chats: environment.chats()?, messages: environment.messages()? })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let caller = request.session()?;
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let limit = request.query("limit")?.unwrap_or_default();
        let bounds = bounds(&request)?;
        let ChatAccess { head, .. } =
            enter(&self.accounts, &self.chats, caller, chat_id, "chat", Permission::Read).await?;
        let (page, ticks) =
            tokio::try_join!(self.messages.page(chat_id, &head, bounds, limit), self.chats.ticks(chat_id, &head),)?;
        let HistoryPage { messages, has_more } = page;
        let (messages, is_truncated) = within_bytes(with_status(&ticks, messages), bounds)?;
        let page = MessagePage { messages, last_seq: head.last_seq, has_more: has_more || is_truncated };
        Ok(Response::json(200, &page)?.with_log_fields(LogFields { chat_id: Some(chat_id), ..LogFields::default() }))
    }
}

/// Sets the status of each message. The copy in the message's row may be out of date for a moment, and the index has
/// none.
fn with_status(ticks: &Ticks, messages: Vec<Message>) -> Vec<Message> {
    let with_status = |message: Message| {
        let status = ticks.status_of(message.seq, message.sender_id);
        Message { status, ..message }
    };
    messages.into_iter().map(with_status).collect()
}

/// Truncates the messages to the size limit of an answer, and returns whether it removed any. It removes the messages
/// that are farthest from the bound, so that a client which continues from this page misses none.
fn within_bytes(mut messages: Vec<Message>, bounds: Bounds) -> Result<(Vec<Message>, bool), Problem> {
    let total = messages.len();
    match bounds {
        Bounds::After(_) => messages.truncate(fitting(&messages)?),
        Bounds::Newest | Bounds::Before(_) => {
            let count = fitting(messages.iter().rev())?;
            messages.drain(..total - count);
        }
    }
    let is_truncated = messages.len() < total;
    Ok((messages, is_truncated))
}

fn bounds(request: &Request) -> Result<Bounds, Problem> {
    let seq = |name: &str| -> Result<Option<Watermark>, Problem> {
        request
            .query::<u64>(name)
            .map(|seq| seq.map(Watermark::at))
            .map_err(|_| Problem::field(name, "must be a seq, a whole number from 0"))
    };
    match (seq("before")?, seq("after")?) {
        (None, None) => Ok(Bounds::Newest),
        (Some(before), None) => Ok(Bounds::Before(before)),
        (None, Some(after)) => Ok(Bounds::After(after)),
        (Some(_), Some(_)) => {
            let reason = "must be given alone: give either before or after".to_owned();
            let error = |field: &str| FieldError { field: field.to_owned(), reason: reason.clone() };
            Err(Problem::fields(vec![error("before"), error("after")]))
        }
    }
}
