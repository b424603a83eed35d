//! `PUT /chats/{chatId}/mute`: no push comes from a chat until then. What is unread counts all the same.
//! The user's sockets hear of it.

mod until;

use paloma::domain::{ChatId, ChatSettings, Permission, SettingsEvent, Timestamp};
use paloma::edge::{LogFields, Problem, Request, Response, enter};
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats};
use serde::{Deserialize, Serialize};

use crate::until::Until;

/// What mute-chat works with.
#[derive(Debug, Clone)]
pub struct MuteChat {
    accounts: Accounts,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

#[derive(Deserialize)]
struct Body {
    /// Epoch milliseconds; `null` ends the silence. It must be given, so that a slip of the pen does not unmute.
    #[serde(deserialize_with = "Option::deserialize")]
    until: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Muted {
    chat_id: ChatId,
    muted_until: Option<Timestamp>,
}

impl MuteChat {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
        })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead of 200.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let caller = session.user_id;
        let chat_id = request.path("chatId", "chat")?;
        let Body { until } = request.body()?;
        let now = Timestamp::now();
        let until = until.map(|until| Until::new(until, now)).transpose();
        let until = until.map_err(|error| Problem::field("until", error))?.map(Until::moment);
        let muted_until = until.filter(|until| *until > now);
        // The head knows who is being erased; the member's row alone does not.
        enter(&self.accounts, &self.chats, session, chat_id, "chat", Permission::Read).await?;
        if !self.chats.mute(chat_id, caller, muted_until).await? {
            return Err(Problem::not_found("chat"));
        }
        let settings = SettingsEvent::Chat(ChatSettings { chat_id, muted_until });
        let job = DeliveryJob::of_settings(caller, settings, Timestamp::now());
        self.deliveries.enqueue(job.group(), &job).await?;
        let facts = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        Ok(Response::json(200, &Muted { chat_id, muted_until })?.about(facts))
    }
}
