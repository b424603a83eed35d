//! `GET /me` and `PUT /me`: the caller's profile. `GET /users?email=`: finds a user by address. `GET /users?ids=`:
//! profiles of users who share a chat with the caller. `PUT /me/privacy`: the caller's privacy settings (`privacy`).
//! After a change the caller's connections get a settings event.

mod discovery;
mod privacy;
mod search;

use paloma::domain::{Action, Patch, PrivacySettings, ProfileSettings, SettingsEvent, Timestamp, User, UserId};
use paloma::edge::api::{ChangeProfileRequest, MeView, ProfilesView};
use paloma::edge::{Cursor, Problem, Request, Response, admit, charge};
use paloma::queue::{DeliveryJob, PresenceJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, ChatCursor, Chats, KnownUsers, Users};

use crate::search::Search;

#[derive(Debug, Clone)]
pub struct Profile {
    accounts: Accounts,
    users: Users,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
    presence: Queue<PresenceJob>,
}

impl Profile {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
            presence: environment.presence_jobs()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let account = admit(&self.accounts, request.session()?).await?;
        let caller = account.user_id;
        match request.route.as_str() {
            "GET /me" => own_profile(self.users.with_privacy(caller).await?),
            "PUT /me" => own_profile(self.change(caller, request.body()?).await?),
            "PUT /me/privacy" => self.change_privacy(caller, request.body()?).await,
            "GET /users" => match Search::of(&request)? {
                Search::Email(email) => {
                    charge(&self.accounts, &account, &[(Action::LookUp, 1)]).await?;
                    let found = self.discover(caller, &email).await?;
                    Response::json(200, &found.ok_or_else(|| Problem::not_found("user"))?)
                }
                Search::Ids(ids) => self.known_profiles(caller, &ids, request.query("cursor")?).await,
            },
            _ => Err(Problem::not_found("route")),
        }
    }

    /// Changes a profile, and enqueues a settings event for the user's connections.
    async fn change(
        &self,
        user_id: UserId,
        changes: ChangeProfileRequest,
    ) -> Result<Option<(User, PrivacySettings)>, Problem> {
        let ChangeProfileRequest { name, avatar } = changes;
        let changes_nothing = name.is_none() && avatar == Patch::Keep;
        let user = self.users.update_profile(user_id, name, avatar).await?;
        if let Some((user, _)) = user.as_ref().filter(|_| !changes_nothing) {
            let profile = ProfileSettings { name: user.name.clone(), avatar: user.avatar.clone() };
            let job = DeliveryJob::of_settings(user_id, SettingsEvent::Profile(profile), Timestamp::now());
            self.deliveries.enqueue(job.group(), &job).await?;
        }
        Ok(user)
    }

    /// Answers with the profiles of those users who share a chat with the caller. Other users are omitted, whether they
    /// exist or not.
    async fn known_profiles(
        &self,
        caller: UserId,
        ids: &[UserId],
        from: Option<Cursor<ChatCursor>>,
    ) -> Result<Response, Problem> {
        let KnownUsers { found, next } = self.chats.known_users(caller, ids, from.map(|Cursor(from)| from)).await?;
        let found: Vec<_> = ids.iter().filter(|user| found.contains(user)).copied().collect();
        Response::json(200, &ProfilesView { users: self.users.profiles(&found).await?, cursor: next.map(Cursor) })
    }
}

fn own_profile(found: Option<(User, PrivacySettings)>) -> Result<Response, Problem> {
    let (user, privacy) = found.ok_or_else(|| Problem::not_found("user"))?;
    Response::json(200, &MeView { user, privacy })
}
