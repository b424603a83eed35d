//! `POST /messages/{messageId}/hide` and `POST /chats/{chatId}/clear`: remove messages from the caller's own view, on
//! all the caller's devices. The other members see them as before. The caller's connections get a settings event.

use paloma::domain::{
    ChatId, HiddenMessages, MAX_HIDDEN, MessageId, Permission, Seq, SettingsEvent, Timestamp, UserId, Watermark,
};
use paloma::edge::api::{ClearRequest, ClearedView, HiddenView};
use paloma::edge::{ChatAccess, LogFields, Problem, Request, Response, admit, enter};
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, HideOutcome, Messages};

#[derive(Debug, Clone)]
pub struct HideMessages {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    deliveries: Queue<DeliveryJob>,
}

impl HideMessages {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            deliveries: environment.deliveries()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        match request.route.as_str() {
            "POST /messages/{messageId}/hide" => self.hide(&request).await,
            "POST /chats/{chatId}/clear" => self.clear(&request).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    async fn hide(&self, request: &Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let message_id: MessageId = request.path("messageId", "message")?;
        let Some(message) = self.messages.message(message_id).await? else {
            admit(&self.accounts, session).await?;
            return Err(Problem::not_found("message"));
        };
        let (chat_id, seq) = (message.chat_id, message.seq);
        let ChatAccess { head, member, .. } =
            enter(&self.accounts, &self.chats, session, chat_id, "message", Permission::Read).await?;
        if !member.windows.shows(seq) {
            return Err(Problem::not_found("message"));
        }
        let is_last = head.last_message.is_none_or(|last| last.seq <= seq);
        if self.chats.hide(chat_id, member.user_id, seq, is_last).await? == HideOutcome::Full {
            let reason = format!("You have hidden {MAX_HIDDEN} messages of this chat: clear the chat instead.");
            return Err(Problem::forbidden(reason));
        }
        self.post(member.user_id, HiddenMessages { chat_id, seq: Some(seq), cleared_seq: None }).await?;
        Ok(Response::json(200, &HiddenView { chat_id, message_id, seq })?.with_log_fields(LogFields::of(&message)))
    }

    async fn clear(&self, request: &Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let ClearRequest { up_to } = request.body()?;
        let access = enter(&self.accounts, &self.chats, session, chat_id, "chat", Permission::Read).await?;
        let member = &access.member;
        if !member.windows.last_visible(access.head.last_seq).covers(up_to) {
            return Err(Problem::field("upTo", "must be the seq of a message of the chat"));
        }
        let cleared_seq = member.hiding.cleared_seq.max(up_to.into());
        if cleared_seq > member.hiding.cleared_seq {
            let count = self.count_of(chat_id, &access, up_to).await?;
            self.chats.clear(chat_id, member.user_id, (up_to, count)).await?;
        }
        let cleared = HiddenMessages { chat_id, seq: None, cleared_seq: Some(cleared_seq) };
        self.post(member.user_id, cleared).await?;
        let fields = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        Ok(Response::json(200, &ClearedView { chat_id, cleared_seq })?.with_log_fields(fields))
    }

    /// The number of messages up to this one that count as unread. The head has that of the last message.
    async fn count_of(&self, chat_id: ChatId, access: &ChatAccess, seq: Seq) -> Result<u64, Problem> {
        let upto = Watermark::from(seq);
        if upto >= access.head.last_seq {
            return Ok(access.head.count());
        }
        let before = Watermark::at(u64::from(seq) - 1);
        let found = self.messages.between(chat_id, &access.head, before, upto).await?;
        Ok(found.first().and_then(|message| message.count).unwrap_or(seq.into()))
    }

    async fn post(&self, user_id: UserId, hidden: HiddenMessages) -> Result<(), Problem> {
        let job = DeliveryJob::of_settings(user_id, SettingsEvent::Hidden(hidden), Timestamp::now());
        Ok(self.deliveries.enqueue(job.group(), &job).await?)
    }
}
