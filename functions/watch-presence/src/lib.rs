//! `watch` and `unwatch`: a socket that has a direct chat open gets an event when the other user comes online or goes
//! offline. A socket watches one chat at a time. A user who has neither read nor written in the chat is not watched: a
//! stranger must not learn anything by creating a chat. A caller who may not see the user's presence gets that of a
//! user who was never online.

use paloma::domain::{ChatId, Circle, Permission, Presence, Timestamp, UserId};
use paloma::edge::api::{UnwatchView, WatchFrame, WatchView};
use paloma::edge::{ChatAccess, Frame, LogFields, Problem, Reply, enter};
use paloma::queue::{PresenceJob, Queue, SETTLING, WatchStarted};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Connections, Users, Watchable};

#[derive(Debug, Clone)]
pub struct WatchPresence {
    accounts: Accounts,
    chats: Chats,
    users: Users,
    connections: Connections,
    presence: Queue<PresenceJob>,
}

impl WatchPresence {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            users: environment.users()?,
            connections: environment.connections()?,
            presence: environment.presence_jobs()?,
        })
    }

    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        match frame.route.as_str() {
            "watch" => self.watch(&frame).await,
            "unwatch" => self.unwatch(&frame).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    async fn watch(&self, frame: &Frame) -> Result<Reply, Problem> {
        let WatchFrame { chat_id } = frame.body()?;
        let session = frame.session()?;
        let caller = session.user_id;
        let ChatAccess { account, head, .. } =
            enter(&self.accounts, &self.chats, session, chat_id, "chat", Permission::WatchPresence).await?;
        let Some(other) = head.roster.other_participant(caller) else {
            return Err(Problem::field("chatId", "must be a direct chat, but is a group"));
        };
        let presence = match self.chats.watchable_member(chat_id, &head, caller).await? {
            // A user who hides from all sees none. Track-presence does not read the watcher's settings.
            Watchable::Yes { user_id, .. } if account.privacy.presence == Circle::Nobody => {
                self.pretend_watching(frame, chat_id, user_id).await?;
                Some(Presence::default())
            }
            Watchable::Yes { user_id, is_contact } => {
                Some(self.start_watching(frame, chat_id, (user_id, is_contact)).await?)
            }
            Watchable::Frozen(user_id, presence) => {
                self.pretend_watching(frame, chat_id, user_id).await?;
                Some(presence)
            }
            Watchable::No => {
                self.stop_watching(frame).await?;
                None
            }
        };
        let result = WatchView { chat_id, user_id: other, presence };
        Ok(frame.ack(&result).with_log_fields(LogFields { chat_id: Some(chat_id), ..LogFields::default() }))
    }

    /// Returns the user's present state, as the caller may see it. A watch begins in any case: track-presence notifies
    /// it when the settings change.
    async fn start_watching(
        &self,
        frame: &Frame,
        chat_id: ChatId,
        (user_id, is_contact): (UserId, bool),
    ) -> Result<Presence, Problem> {
        if !self.connections.watch(&frame.connection, chat_id, user_id).await? {
            return Err(Problem::socket_expired());
        }
        self.presence_after_watch(frame, chat_id, (user_id, is_contact)).await
    }

    /// Makes the calls of a watch, so that the caller cannot tell by the time of the answer that the user has blocked
    /// them. The socket watches no user.
    async fn pretend_watching(&self, frame: &Frame, chat_id: ChatId, user_id: UserId) -> Result<(), Problem> {
        self.stop_watching(frame).await?;
        self.presence_after_watch(frame, chat_id, (user_id, false)).await?;
        Ok(())
    }

    async fn presence_after_watch(
        &self,
        frame: &Frame,
        chat_id: ChatId,
        (user_id, is_contact): (UserId, bool),
    ) -> Result<Presence, Problem> {
        // Presence is read after the watch is stored, so the socket gets an event for each later change. A change
        // before the index shows the watch would be missed: therefore track-presence checks again when the index is
        // current.
        let (presence, shown_to) = self.users.presence(user_id).await?.unwrap_or_default();
        let is_hidden = !shown_to.admits(is_contact);
        let (connection_id, last_seen) = (frame.connection.clone(), presence.last_seen);
        let job = PresenceJob::WatchStarted(WatchStarted { user_id, chat_id, connection_id, last_seen, is_hidden });
        self.presence.enqueue_after(SETTLING, user_id, &job).await?;
        Ok(if is_hidden { Presence::default() } else { presence.as_shown(Timestamp::now()) })
    }

    async fn unwatch(&self, frame: &Frame) -> Result<Reply, Problem> {
        frame.session()?;
        self.stop_watching(frame).await?;
        Ok(frame.ack(&UnwatchView {}))
    }

    async fn stop_watching(&self, frame: &Frame) -> Result<(), Problem> {
        if self.connections.unwatch(&frame.connection).await? { Ok(()) } else { Err(Problem::socket_expired()) }
    }
}
