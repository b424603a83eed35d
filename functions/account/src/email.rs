//! `PUT /me/email` and `POST /me/email/confirm`: another address, once its mailbox is proved.
//!
//! Until then nothing of the account changes. The code must reach a mailbox that no login of the user has, so a login of
//! its own stands in for the new address: signed up with a random password, and deleted once the code has come back. An
//! address that another user has is answered alike, and gets a mail that says so; no code of it changes anything here.

use paloma::domain::{Account, Action, Email, Secret, Timestamp, User, UserId};
use paloma::edge::{Problem, Request, Response, charge};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, AddressChange, EmailChange, Users};
use paloma::user_pool::{MailError, PoolClient, PoolError, UserPool};
use serde::Deserialize;
use serde_json::json;

use crate::password::{Passwords, problem_of};

/// Changes addresses.
#[derive(Debug, Clone)]
pub(crate) struct Emails {
    accounts: Accounts,
    users: Users,
    pool: UserPool,
    client: PoolClient,
    passwords: Passwords,
}

/// `PUT /me/email`
#[derive(Deserialize)]
struct Wish {
    email: Email,
    password: Secret,
}

/// `POST /me/email/confirm`
#[derive(Deserialize)]
struct Confirmation {
    code: Secret,
}

impl Emails {
    pub(crate) fn new(environment: &Environment, passwords: Passwords) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            pool: UserPool::new(environment)?,
            client: PoolClient::of_functions(environment)?,
            passwords,
        })
    }

    /// 202: a code is on its way to the new address.
    pub(crate) async fn ask(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let Wish { email, password } = request.body()?;
        self.passwords.check(account, &password).await?;
        if self.user(account).await?.email.as_ref() == Some(&email) {
            return Err(Problem::field("email", "is your address already"));
        }
        let now = Timestamp::now();
        charge(&self.accounts, account, &[(Action::SendMail, 1)]).await?;
        self.accounts.charge_address(&email, Action::SendMail, now).await?.map_err(Problem::limited)?;
        self.accounts.begin_email_change(account.user_id, email.clone(), now).await?;
        self.client.mail_code(&self.pool, &self.accounts, &email).await.map_err(|error| match error {
            MailError::Pool(PoolError::Invalid(_)) => Problem::field("email", "is not taken as an address"),
            MailError::Pool(error) => problem_of(error),
            MailError::Store(error) => error.into(),
        })?;
        Response::json(202, &json!({ "email": email }))
    }

    /// 200 with the user, who has the new address. Asked again after a crash, it goes on from where it was; only when it
    /// died right after it had spent the code does the user need another one, from `PUT /me/email`.
    pub(crate) async fn confirm(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let Confirmation { code } = request.body()?;
        let user = self.user(account).await?;
        let Some(change) = self.accounts.email_change(user.user_id).await? else { return Err(wrong_code()) };
        let stand_in = match change.proved_by {
            Some(stand_in) => stand_in,
            None => self.prove(account, &change, &code).await?,
        };
        if stand_in != user.user_id {
            // Since the proof, the mailbox may have opened the login and made an account of it: that one stays.
            if self.is_account(stand_in, &change.email).await? {
                return self.give_up(&user).await;
            }
            self.pool.delete(stand_in).await.map_err(problem_of)?;
        }
        match self.pool.set_email(user.user_id, &change.email).await {
            // Another sign-up took the address a moment ago: its mailbox is to be proved once more.
            Err(PoolError::Exists) => return self.give_up(&user).await,
            set => set.map_err(problem_of)?,
        }
        let user = self.store(user, &change).await?;
        Response::json(200, &user)
    }

    /// Spends the code, and notes that the mailbox is proved; returns the login that it was sent for.
    async fn prove(&self, account: &Account, change: &EmailChange, code: &Secret) -> Result<UserId, Problem> {
        charge(&self.accounts, account, &[(Action::CheckCode, 1)]).await?;
        let login = self.pool.user(change.email.as_str()).await.map_err(problem_of)?;
        let login = login.ok_or_else(wrong_code)?;
        if login.user_id == account.user_id {
            // An earlier try had come as far as Cognito, and another change was asked for since.
            return Ok(login.user_id);
        }
        // A login with a profile, or with the claim, is another user's account. One without holds nothing that was set. A
        // claim of a third user is out of date: Cognito gives an address to one login.
        if self.is_account(login.user_id, &change.email).await? {
            return Err(wrong_code());
        }
        // All that the address decides looks like a wrong code.
        self.client.check_mailed_code(&change.email, login.status, code).await.map_err(|error| match error {
            PoolError::Call { .. } => problem_of(error),
            _ => wrong_code(),
        })?;
        if self.accounts.prove_email_change(account.user_id, change, login.user_id).await? {
            Ok(login.user_id)
        } else {
            Err(wrong_code())
        }
    }

    /// Whether a login is an account: it has a profile, or the claim of the address.
    async fn is_account(&self, login: UserId, email: &Email) -> Result<bool, Problem> {
        let (owner, profile) = tokio::try_join!(self.accounts.owner_of(email), self.users.user(login))?;
        Ok(owner == Some(login) || profile.is_some())
    }

    /// Moves the claim of the address, and the address in the profile. The login has it already.
    async fn store(&self, user: User, change: &EmailChange) -> Result<User, Problem> {
        let mut changed = self.change_address(&user, &change.email).await?;
        if let AddressChange::Taken(owner) = changed {
            tracing::warn!(outcome = "address released", userId = %owner, cause = "its login has another address");
            self.accounts.release_address(&self.users, owner, &change.email).await?;
            changed = self.change_address(&user, &change.email).await?;
        }
        if changed != AddressChange::Changed {
            // Another request was faster, or takes the address right now: the next try sees which.
            return Err(Problem::unavailable());
        }
        self.accounts.end_email_change(user.user_id).await?;
        Ok(User { email: Some(change.email.clone()), ..user })
    }

    async fn change_address(&self, user: &User, email: &Email) -> Result<AddressChange, Problem> {
        if user.email.as_ref() == Some(email) {
            return Ok(AddressChange::Changed);
        }
        Ok(self.accounts.change_address(&self.users, user.user_id, user.email.as_ref(), email).await?)
    }

    async fn give_up(&self, user: &User) -> Result<Response, Problem> {
        self.accounts.end_email_change(user.user_id).await?;
        Err(wrong_code())
    }

    async fn user(&self, account: &Account) -> Result<User, Problem> {
        let user = self.users.user(account.user_id).await?;
        user.ok_or_else(|| Problem::unauthenticated("There is no account for this token."))
    }
}

fn wrong_code() -> Problem {
    Problem::field("code", "is wrong or too old: ask for another one with PUT /me/email")
}
