//! Registers users and logs them in. Cognito keeps passwords, codes and tokens. This function keeps the profile in step
//! with Cognito, and turns Cognito's errors into problems.
//!
//! No answer reveals whether an address has an account. Only the mail to that address does.

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

#[derive(Debug, Clone)]
pub struct Authenticate {
    pool: UserPool,
    /// Gets the tokens that clients receive.
    frontends: PoolClient,
    /// Gets tokens that never leave this function.
    functions: PoolClient,
    accounts: Accounts,
    users: Users,
    sessions: Sessions,
    second_factor: SecondFactor,
}

impl Authenticate {
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

    /// Returns Cognito's answer to a code. A wrong code is charged to the address, and gets 429 above the limit. A
    /// right code is free, and is accepted above the limit too, so that strangers cannot lock the owner out.
    async fn charge_if_wrong<T>(
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

    /// Charges an action to this address, whether it has an account or not. Costs one write, or two if the address was
    /// used recently.
    async fn charge(&self, email: &Email, action: Action) -> Result<(), Problem> {
        self.accounts.charge_address(email, action, Timestamp::now()).await?.map_err(Problem::limited)
    }
}
