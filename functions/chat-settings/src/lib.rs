//! The caller's settings for a chat: `PUT /chats/{chatId}/mute`, `…/pin`, `…/archive` and `…/unread`. The caller's
//! connections get a settings event.

mod mute_end;

use paloma::domain::{
    ArchiveSetting, ChatId, ChatSettings, MAX_PINS, Permission, PinSetting, SettingsEvent, Timestamp, UnreadSetting,
    UserId,
};
use paloma::edge::api::{ArchiveChatRequest, MarkUnreadRequest, MuteChatRequest, PinChatRequest};
use paloma::edge::{ChatAccess, LogFields, Problem, Request, Response, enter};
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats};
use serde::Serialize;

use crate::mute_end::MuteEnd;

/// Tries of a mute while the user archives the chat, or brings it back, on other devices.
const MAX_TRIES: usize = 4;

#[derive(Debug, Clone)]
pub struct ChatSettingsApi {
    accounts: Accounts,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

impl ChatSettingsApi {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        match request.route.as_str() {
            "PUT /chats/{chatId}/mute" => self.mute(request).await,
            "PUT /chats/{chatId}/pin" => self.pin(request).await,
            "PUT /chats/{chatId}/archive" => self.archive(request).await,
            "PUT /chats/{chatId}/unread" => self.mark_unread(request).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    /// Mutes the push notifications of a chat until a given time. Unread counts don't change.
    async fn mute(&self, request: Request) -> Result<Response, Problem> {
        let (caller, chat_id) = subject(&request)?;
        let MuteChatRequest { until } = request.body()?;
        let now = Timestamp::now();
        let end = until.map(|until| MuteEnd::new(until, now)).transpose();
        let end = end.map_err(|error| Problem::field("until", error))?.map(MuteEnd::timestamp);
        let muted_until = end.filter(|end| *end > now);
        for _ in 0..MAX_TRIES {
            let ChatAccess { head, member, .. } = self.enter(&request, chat_id, Permission::Configure).await?;
            if self.chats.mute(chat_id, (&head, &member), muted_until).await? {
                let setting = ChatSettings { chat_id, muted_until };
                return self.answer_with(caller, &setting, SettingsEvent::Chat).await;
            }
        }
        Err(Problem::conflict("Other devices are changing this chat's settings: try again."))
    }

    /// Pins a chat, which ends its archiving, or removes the pin.
    async fn pin(&self, request: Request) -> Result<Response, Problem> {
        let (caller, chat_id) = subject(&request)?;
        let PinChatRequest { pinned } = request.body()?;
        let ChatAccess { head, member, .. } = self.enter(&request, chat_id, Permission::Arrange).await?;
        if !pinned {
            self.accounts.unpin(caller, chat_id).await?;
        } else if !self.accounts.pin(caller, chat_id).await? {
            let detail = format!("You have pinned {MAX_PINS} chats, the most allowed. Remove the pin of one first.");
            return Err(Problem::conflict(detail));
        } else if head.is_archived_by(&member) {
            self.chats.archive(chat_id, caller, None).await?;
        }
        let setting = PinSetting { chat_id, pinned, changed_at: Timestamp::now() };
        self.answer_with(caller, &setting, SettingsEvent::Pin).await
    }

    /// Archives a chat, which ends its pin, or brings it back.
    async fn archive(&self, request: Request) -> Result<Response, Problem> {
        let (caller, chat_id) = subject(&request)?;
        let ArchiveChatRequest { archived } = request.body()?;
        let ChatAccess { head, member, account } = self.enter(&request, chat_id, Permission::Arrange).await?;
        let last_count = head.last_count_for(&member);
        if !self.chats.archive(chat_id, caller, archived.then_some(last_count)).await? {
            return Err(Problem::not_found("chat"));
        }
        if archived && account.pins.contains(&chat_id) {
            self.accounts.unpin(caller, chat_id).await?;
        }
        let setting = ArchiveSetting { chat_id, archived, last_count, changed_at: Timestamp::now() };
        self.answer_with(caller, &setting, SettingsEvent::Archive).await
    }

    /// Marks a chat as unread, or ends that.
    async fn mark_unread(&self, request: Request) -> Result<Response, Problem> {
        let (caller, chat_id) = subject(&request)?;
        let MarkUnreadRequest { marked_unread } = request.body()?;
        let ChatAccess { head, member, .. } = self.enter(&request, chat_id, Permission::Arrange).await?;
        let read_seq = head.marks_of(&member).read;
        if !self.chats.mark_unread(chat_id, caller, marked_unread.then_some(read_seq)).await? {
            return Err(Problem::not_found("chat"));
        }
        let setting = UnreadSetting { chat_id, marked_unread, read_seq, changed_at: Timestamp::now() };
        self.answer_with(caller, &setting, SettingsEvent::Unread).await
    }

    /// Checks membership: former members and erased users may still have rows.
    async fn enter(&self, request: &Request, chat_id: ChatId, permission: Permission) -> Result<ChatAccess, Problem> {
        enter(&self.accounts, &self.chats, request.session()?, chat_id, "chat", permission).await
    }

    /// Enqueues the setting for the caller's sockets, and answers with it.
    async fn answer_with<S: Serialize + Clone>(
        &self,
        caller: UserId,
        setting: &S,
        event: impl FnOnce(S) -> SettingsEvent,
    ) -> Result<Response, Problem> {
        let event = event(setting.clone());
        let fields = LogFields { chat_id: event.chat_id(), ..LogFields::default() };
        let job = DeliveryJob::of_settings(caller, event, Timestamp::now());
        self.deliveries.enqueue(job.group(), &job).await?;
        Ok(Response::json(200, setting)?.with_log_fields(fields))
    }
}

/// The caller and the chat of a request.
fn subject(request: &Request) -> Result<(UserId, ChatId), Problem> {
    Ok((request.session()?.user_id, request.path("chatId", "chat")?))
}
