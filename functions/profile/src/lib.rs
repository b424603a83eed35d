//! `GET /me`, `PUT /me`, `GET /users?email=`, `GET /users?ids=`: one's own profile, finding a contact, and the names of
//! users who share a chat. A user's sockets hear of a profile that was changed.

mod search;

use paloma::domain::{
    Action, Avatar, Name, Patch, Profile as Shown, ProfileSettings, SettingsEvent, Timestamp, User, UserId,
};
use paloma::edge::{Cursor, Problem, Request, Response, admit, charge};
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, ChatCursor, Chats, KnownUsers, Users};
use serde::{Deserialize, Serialize};

use crate::search::Search;

/// What profile works with.
#[derive(Debug, Clone)]
pub struct Profile {
    accounts: Accounts,
    users: Users,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

/// The answer to `GET /users?ids=`.
#[derive(Serialize)]
struct Found {
    users: Vec<Shown>,
    /// Ask with this for the users who are missing, if any: not all chats of the caller have been looked through.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor<ChatCursor>>,
}

/// `PUT /me`: what is left out stays; `null` removes the avatar.
#[derive(Deserialize)]
struct Changes {
    #[serde(default)]
    name: Option<Name>,
    #[serde(default)]
    avatar: Patch<Avatar>,
}

impl Profile {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
        })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead of 200.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let account = admit(&self.accounts, request.session()?).await?;
        let caller = account.user_id;
        let user = match request.route.as_str() {
            "GET /me" => self.users.user(caller).await?,
            "PUT /me" => {
                let changes: Changes = request.body()?;
                self.change(caller, changes).await?
            }
            "GET /users" => match Search::of(&request)? {
                Search::Email(email) => {
                    charge(&self.accounts, &account, &[(Action::LookUp, 1)]).await?;
                    self.accounts.user_of(&self.users, &email).await?
                }
                Search::Ids(ids) => return self.acquainted(caller, &ids, request.query("cursor")?).await,
            },
            _ => return Err(Problem::not_found("route")),
        };
        Response::json(200, &user.ok_or_else(|| Problem::not_found("user"))?)
    }

    /// Changes a profile, and tells the user's sockets.
    async fn change(&self, user_id: UserId, changes: Changes) -> Result<Option<User>, Problem> {
        let Changes { name, avatar } = changes;
        let changes_nothing = name.is_none() && avatar == Patch::Keep;
        let user = self.users.update_profile(user_id, name, avatar).await?;
        if let Some(user) = user.as_ref().filter(|_| !changes_nothing) {
            let profile = ProfileSettings { name: user.name.clone(), avatar: user.avatar.clone() };
            let job = DeliveryJob::of_settings(user_id, SettingsEvent::Profile(profile), Timestamp::now());
            self.deliveries.enqueue(job.group(), &job).await?;
        }
        Ok(user)
    }

    /// Names and pictures of those of these users who share a chat with the caller. The others are left out, whether they
    /// exist or not.
    async fn acquainted(
        &self,
        caller: UserId,
        ids: &[UserId],
        from: Option<Cursor<ChatCursor>>,
    ) -> Result<Response, Problem> {
        let KnownUsers { found, next } = self.chats.known_users(caller, ids, from.map(|Cursor(from)| from)).await?;
        let found: Vec<_> = ids.iter().filter(|user| found.contains(user)).copied().collect();
        Response::json(200, &Found { users: self.users.profiles(&found).await?, cursor: next.map(Cursor) })
    }
}
