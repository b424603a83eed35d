//! Logs people in. Cognito keeps passwords, codes and tokens; this function keeps the profile in step with it, and gives
//! every failure the one shape that all of Paloma's have.
//!
//! No answer tells whether an address has an account: only a mail does.

mod failure;
mod log_in;
mod logout;
mod profile;
mod refresh;
mod register;
mod reset;

use paloma::domain::{Action, Email, Timestamp};
use paloma::edge::{Problem, Request, Response};
use paloma::runtime::{Environment, MissingVariable};
use paloma::second_factor::SecondFactor;
use paloma::sessions::Sessions;
use paloma::store::{Accounts, Users};
use paloma::user_pool::{PoolClient, PoolError, UserPool};

/// What authenticate works with.
#[derive(Debug, Clone)]
pub struct Authenticate {
    pool: UserPool,
    /// Its tokens are handed out.
    frontends: PoolClient,
    /// Its tokens stay here.
    functions: PoolClient,
    accounts: Accounts,
    users: Users,
    sessions: Sessions,
    second_factor: SecondFactor,
}

impl Authenticate {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            pool: UserPool::new(environment)?,
            frontends: PoolClient::of_frontends(environment)?,
            functions: PoolClient::of_functions(environment)?,
            accounts: environment.accounts()?,
            users: environment.users()?,
            sessions: Sessions::new(environment)?,
            second_factor: SecondFactor::new(environment)?,
        })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        match request.route.as_str() {
            "POST /auth/register" => self.register(request.body()?).await,
            "POST /auth/confirm" => self.confirm(request.body()?).await,
            "POST /auth/login" => self.log_in(request.body()?).await,
            "POST /auth/challenge" => self.challenge(request.body()?).await,
            "POST /auth/refresh" => self.refresh(request.body()?).await,
            "POST /auth/forgot" => self.forgot(request.body()?).await,
            "POST /auth/reset" => self.reset(request.body()?).await,
            "POST /auth/logout" => self.log_out(&request).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    /// The answer of Cognito to a code. A wrong one takes a token of the address: once there is none, the answer is 429
    /// instead. A right one costs nothing and always counts, whatever strangers have tried with the same address.
    async fn unless_wrong<T>(
        &self,
        email: &Email,
        answer: Result<T, PoolError>,
        problem_of: fn(PoolError) -> Problem,
    ) -> Result<T, Problem> {
        match answer {
            Ok(right) => Ok(right),
            Err(error @ PoolError::Call { .. }) => Err(problem_of(error)),
            Err(error) => {
                self.charge(email, Action::CheckCode).await?;
                Err(problem_of(error))
            }
        }
    }

    /// Takes a token from a bucket of this address, whether it has an account or not. One write, two if the address was
    /// used of late.
    async fn charge(&self, email: &Email, action: Action) -> Result<(), Problem> {
        self.accounts.charge_address(email, action, Timestamp::now()).await?.map_err(Problem::limited)
    }
}
