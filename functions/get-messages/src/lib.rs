//! `GET /chats/{chatId}/messages`: a page of a chat's messages, by seq, and the changes of earlier ones.

mod catch_up;
mod own_reactions;
mod quotes;

use std::collections::BTreeSet;

use paloma::domain::{
    Account, Body, Bounds, ChangeSeq, ChatId, Member, Message, Permission, Seq, Status, Ticks, Watermark,
};
use paloma::edge::api::MessagePage;
use paloma::edge::{ChatAccess, FieldError, LogFields, Problem, Request, Response, enter, fitting};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, HistoryPage, Messages, StoreError, StoredReactions};

use crate::catch_up::{CatchUp, ChangedMessages};
use crate::own_reactions::with_own_reactions;
use crate::quotes::{Reader, with_quotes};

#[derive(Debug, Clone)]
pub struct GetMessages {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    changed: ChangedMessages,
    reactions: StoredReactions,
}

impl GetMessages {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            changed: ChangedMessages { changes: environment.changes()?, messages: environment.messages()? },
            reactions: environment.reactions()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let caller = request.session()?;
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let limit = request.query("limit")?.unwrap_or_default();
        let bounds = bounds(&request)?;
        let changed_after = changed_after(&request, bounds)?;
        let ChatAccess { account, head, member } =
            enter(&self.accounts, &self.chats, caller, chat_id, "chat", Permission::Read).await?;
        let member = self.messages.without_expired(chat_id, &head, member).await?;
        let windows = member.visible();
        let (page, mut catch_up, ticks, hidden) = tokio::try_join!(
            self.messages.page(chat_id, &head, &windows, (bounds, limit)),
            self.changed.catch_up(chat_id, (&head, &member), changed_after),
            self.chats.ticks(chat_id, &head, member.user_id),
            self.hidden(chat_id, &member),
        )?;
        let HistoryPage { messages, has_more, removed } = page;
        let messages = self.changed.with_last_changes(chat_id, &head, messages).await?;
        let messages = self.changed.as_left(&member, messages).await?;
        let shown = |messages| with_status(&ticks, (&member, &account), without_hidden(&hidden, messages));
        let parts = [shown(messages), shown(catch_up.changed)];
        let reader = Reader { member: &member, hidden: &hidden };
        let [messages, changed] = with_quotes(&self.messages, reader, parts).await?;
        let [messages, changed] = with_own_reactions(&self.reactions, member.user_id, [messages, changed]).await?;
        let (messages, is_truncated) = within_bytes(messages, bounds)?;
        catch_up.changed = changed;
        let CatchUp { changed, change_seq, has_more: has_more_changes, reset, .. } = catch_up.beside(&messages)?;
        let page = MessagePage {
            messages,
            changed,
            last_seq: member.windows.last_visible(head.last_seq),
            change_seq,
            has_more: has_more || is_truncated,
            has_more_changes,
            reset,
            windows: windows.after(removed),
            hidden,
        };
        Ok(Response::json(200, &page)?.with_log_fields(LogFields { chat_id: Some(chat_id), ..LogFields::default() }))
    }

    /// The hidden messages: one call for a member who has hidden any.
    async fn hidden(&self, chat_id: ChatId, member: &Member) -> Result<BTreeSet<Seq>, StoreError> {
        if member.hiding.hidden_version == 0 {
            return Ok(BTreeSet::new());
        }
        self.chats.hidden(chat_id, member.user_id).await
    }
}

/// Hidden messages keep their place in a page, without content, so that a client sees no gap.
fn without_hidden(hidden: &BTreeSet<Seq>, messages: Vec<Message>) -> Vec<Message> {
    let without_hidden = |message: Message| {
        if hidden.contains(&message.seq) {
            Message { body: Body::Hidden, edited_at: None, reply_to: None, reactions: None, ..message }
        } else {
            message
        }
    };
    messages.into_iter().map(without_hidden).collect()
}

/// Sets the status of each message. The copy in the message's row may be out of date for a moment, and the index has
/// none. A reader who shares no read receipts sees none of others.
fn with_status(ticks: &Ticks, (reader, account): (&Member, &Account), messages: Vec<Message>) -> Vec<Message> {
    let with_status = |message: Message| {
        let status = ticks.status_of(message.seq, message.sender_id);
        let is_shown = ticks.is_of_one_reader(message.sender_id, reader.user_id)
            || account.privacy.sees_receipts_of(message.timestamp);
        Message { status: if is_shown { status } else { status.min(Status::Delivered) }, ..message }
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

fn changed_after(request: &Request, bounds: Bounds) -> Result<Option<ChangeSeq>, Problem> {
    let invalid = |_| Problem::field("changedAfter", "must be a changeSeq, a whole number from 0");
    let after = request.query::<ChangeSeq>("changedAfter").map_err(invalid)?;
    if after.is_some() && matches!(bounds, Bounds::Before(_)) {
        return Err(Problem::field("changedAfter", "must be given with after, or alone: not with before"));
    }
    Ok(after)
}
