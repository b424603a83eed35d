//! `PUT /chats/{chatId}/mute`: mutes the push notifications of a chat until a given time. Unread counts don't change.
//! The user's connections get a settings event.

mod mute_end;

use paloma::domain::{ChatSettings, Permission, SettingsEvent, Timestamp};
use paloma::edge::api::{MuteChatRequest, MuteView};
use paloma::edge::{LogFields, Problem, Request, Response, enter};
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats};

use crate::mute_end::MuteEnd;

#[derive(Debug, Clone)]
pub struct MuteChat {
    accounts: Accounts,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

impl MuteChat {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let caller = session.user_id;
        let chat_id = request.path("chatId", "chat")?;
        let MuteChatRequest { until } = request.body()?;
        let now = Timestamp::now();
        let end = until.map(|until| MuteEnd::new(until, now)).transpose();
        let end = end.map_err(|error| Problem::field("until", error))?.map(MuteEnd::timestamp);
        let muted_until = end.filter(|end| *end > now);
        // Checks membership: the chat's head lists erased users, while their member rows may still exist.
        enter(&self.accounts, &self.chats, session, chat_id, "chat", Permission::Read).await?;
        if !self.chats.mute(chat_id, caller, muted_until).await? {
            return Err(Problem::not_found("chat"));
        }
        let settings = SettingsEvent::Chat(ChatSettings { chat_id, muted_until });
        let job = DeliveryJob::of_settings(caller, settings, Timestamp::now());
        self.deliveries.enqueue(job.group(), &job).await?;
        let fields = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        Ok(Response::json(200, &MuteView { chat_id, muted_until })?.with_log_fields(fields))
    }
}
