//! Logs people in. Cognito keeps passwords, codes and tokens; this function keeps the Users row in step with it,
//! and gives every failure the one shape that all of Paloma's have.

mod cognito;
mod failure;

use paloma::domain::{Email, Name, Timestamp, User};
use paloma::edge::{Problem, Request, Response};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Users, Welcome};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cognito::{Cognito, LoggedIn, Step, Tokens};
use crate::failure::WRONG_LOGIN;

/// What authenticate works with.
#[derive(Debug, Clone)]
pub struct Authenticate {
    cognito: Cognito,
    accounts: Accounts,
    users: Users,
}

/// A password, a code or a token: never printed, and never nothing.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Secret(String);

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() { Err("must not be empty") } else { Ok(Self(text)) }
    }
}

#[derive(Deserialize)]
struct Login {
    email: Email,
    password: Secret,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refresh {
    refresh_token: Secret,
}

#[derive(Deserialize)]
struct Challenge {
    email: Email,
    challenge: String,
    session: Secret,
    code: Secret,
}

#[derive(Deserialize)]
struct Register {
    email: Email,
    password: Secret,
    #[serde(default)]
    name: Option<Name>,
}

#[derive(Deserialize)]
struct Confirm {
    email: Email,
    code: Secret,
}

#[derive(Serialize)]
struct Session {
    #[serde(flatten)]
    tokens: Tokens,
    user: User,
}

impl Authenticate {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { cognito: Cognito::new(environment)?, accounts: environment.accounts()?, users: environment.users()? })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        match request.route.as_str() {
            "POST /auth/login" => {
                let Login { email, password } = request.body()?;
                self.session(self.cognito.log_in(&email, &password).await?).await
            }
            "POST /auth/challenge" => {
                let Challenge { email, challenge, session, code } = request.body()?;
                self.session(self.cognito.answer(&email, &challenge, &session, &code).await?).await
            }
            "POST /auth/refresh" => {
                let Refresh { refresh_token } = request.body()?;
                Response::json(200, &self.cognito.refresh(&refresh_token).await?)
            }
            "POST /auth/register" => {
                let Register { email, password, name } = request.body()?;
                let user_id = self.cognito.register(&email, &password, name).await?;
                Response::json(201, &json!({ "userId": user_id, "email": email, "confirmed": false }))
            }
            "POST /auth/confirm" => {
                let Confirm { email, code } = request.body()?;
                let person = self.cognito.confirm(&email, &code).await?;
                Response::json(200, &self.welcome(person).await?)
            }
            _ => Err(Problem::not_found("route")),
        }
    }

    async fn session(&self, step: Step) -> Result<Response, Problem> {
        match step {
            Step::Done(tokens, person) => {
                let user = self.welcome(*person).await?;
                Response::json(200, &Session { tokens, user })
            }
            Step::Challenge { challenge, session } => {
                Response::json(200, &json!({ "challenge": challenge, "session": session }))
            }
        }
    }

    /// The first login, or the confirmation before it, makes the Users row; later ones find it.
    async fn welcome(&self, person: LoggedIn) -> Result<User, Problem> {
        let LoggedIn { user_id, email, name } = person;
        match self.accounts.welcome(&self.users, User::new(user_id, email, name, Timestamp::now())).await? {
            Welcome::User(user) => Ok(user),
            // A user who is being erased looks like one who never was.
            Welcome::Erased | Welcome::AddressTaken(_) => Err(Problem::unauthenticated(WRONG_LOGIN)),
        }
    }
}
