//! `GET /me`, `PUT /me`, `GET /users?email=`: one's own profile, and finding a contact.
//! A user's sockets hear of a profile that was changed.

use paloma::domain::{Action, Avatar, Email, Name, ProfileSettings, SettingsEvent, Timestamp, User, UserId};
use paloma::edge::{Problem, Request, Response, admit, charge};
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, StoreError, Users};
use serde::Deserialize;

/// What profile works with.
#[derive(Debug, Clone)]
pub struct Profile {
    accounts: Accounts,
    users: Users,
    deliveries: Queue<DeliveryJob>,
}

/// `PUT /me`: what is left out stays.
#[derive(Deserialize)]
struct Changes {
    #[serde(default)]
    name: Option<Name>,
    #[serde(default)]
    avatar: Option<Avatar>,
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
            "GET /users" => {
                let email = email(&request)?;
                charge(&self.accounts, &account, &[(Action::LookUp, 1)]).await?;
                match self.users.by_email(&email).await {
                    // To guess would name the wrong user to half of those who ask.
                    Err(error @ StoreError::Ambiguous) => {
                        tracing::warn!(outcome = "ambiguous address", cause = %error);
                        None
                    }
                    found => found?,
                }
            }
            _ => return Err(Problem::not_found("route")),
        };
        Response::json(200, &user.ok_or_else(|| Problem::not_found("user"))?)
    }

    /// Changes a profile, and tells the user's sockets.
    async fn change(&self, user_id: UserId, changes: Changes) -> Result<Option<User>, Problem> {
        let Changes { name, avatar } = changes;
        let changes_nothing = name.is_none() && avatar.is_none();
        let user = self.users.change(user_id, name, avatar).await?;
        if let Some(user) = user.as_ref().filter(|_| !changes_nothing) {
            let profile = ProfileSettings { name: user.name.clone(), avatar: user.avatar.clone() };
            let job = DeliveryJob::of_settings(user_id, SettingsEvent::Profile(profile), Timestamp::now());
            self.deliveries.enqueue(job.group(), &job).await?;
        }
        Ok(user)
    }
}

fn email(request: &Request) -> Result<Email, Problem> {
    let text = request.query::<String>("email")?.ok_or_else(|| Problem::field("email", "is missing"))?;
    Email::try_from(text).map_err(|error| Problem::field("email", error))
}
