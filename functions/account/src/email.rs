//! `PUT /me/email` and `POST /me/email/confirm`: changes the email address after the user has proved the new mailbox.
//!
//! The account keeps the old address until then. Cognito mails codes only to the address of a login. So `PUT /me/email`
//! signs up a placeholder login with the new address and a random password, and `POST /me/email/confirm` deletes it
//! when the code is right. For an address that another user has, the answer is the same, and the mail says that the
//! address is in use; the code in that mail changes nothing here.

use paloma::call_error::Cause;
use paloma::domain::{Account, Action, Email, Secret, Timestamp, User, UserId};
use paloma::edge::api::{ChangeEmailRequest, ConfirmEmailRequest, EmailView};
use paloma::edge::{Problem, Request, Response, charge};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, AddressChange, EmailChange, Users};
use paloma::user_pool::{MailError, PoolClient, PoolError, UserPool};

use crate::password::{Passwords, problem_of};

#[derive(Debug, Clone)]
pub(crate) struct Emails {
    accounts: Accounts,
    users: Users,
    pool: UserPool,
    client: PoolClient,
    passwords: Passwords,
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

    /// Mails a code to the new address and answers 202.
    pub(crate) async fn begin_change(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let ChangeEmailRequest { email, password } = request.body()?;
        self.passwords.check(account, &password).await?;
        if self.user(account).await?.email.as_ref() == Some(&email) {
            return Err(Problem::field("email", "is already your address: give another one"));
        }
        let now = Timestamp::now();
        charge(&self.accounts, account, &[(Action::SendMail, 1)]).await?;
        self.accounts.charge_address(&email, Action::SendMail, now).await?.map_err(Problem::limited)?;
        self.accounts.begin_email_change(account.user_id, email.clone(), now).await?;
        self.client.mail_code(&self.pool, &self.accounts, &email).await.map_err(|error| match error {
            MailError::Pool(PoolError::Invalid(_)) => {
                Problem::field("email", "was rejected by the user pool: give another address")
            }
            MailError::Pool(error) => problem_of(error),
            MailError::Store(error) => error.into(),
        })?;
        Response::json(202, &EmailView { email })
    }

    /// Answers 200 with the user and the new address. A repeated request continues after a crash. The user needs a new
    /// code from `PUT /me/email` only if the crash happened right after Cognito had accepted the code.
    pub(crate) async fn confirm(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let ConfirmEmailRequest { code } = request.body()?;
        let user = self.user(account).await?;
        let Some(change) = self.accounts.email_change(user.user_id).await? else { return Err(wrong_code()) };
        let placeholder = match change.proved_by {
            Some(placeholder) => placeholder,
            None => self.check_code(account, &change, &code).await?,
        };
        if placeholder != user.user_id {
            // After the check, the owner of the mailbox may have registered with this login. Their account stays.
            if self.is_account(placeholder, &change.email).await? {
                return self.give_up(&user).await;
            }
            self.pool.delete(placeholder).await.map_err(problem_of)?;
        }
        match self.pool.set_email(user.user_id, &change.email).await {
            // Another sign-up took the address a moment ago, so the user must prove the mailbox again.
            Err(PoolError::Exists) => return self.give_up(&user).await,
            set => set.map_err(problem_of)?,
        }
        let user = self.store(user, &change).await?;
        Response::json(200, &user)
    }

    /// Checks the code with Cognito, which accepts it once, and stores that the mailbox is proved. Returns the login
    /// that the code was mailed for.
    async fn check_code(&self, account: &Account, change: &EmailChange, code: &Secret) -> Result<UserId, Problem> {
        charge(&self.accounts, account, &[(Action::CheckCode, 1)]).await?;
        let login = self.pool.user(change.email.as_str()).await.map_err(problem_of)?;
        let login = login.ok_or_else(wrong_code)?;
        if login.user_id == account.user_id {
            // An earlier try had set the address at Cognito, and the user has begun another change since.
            return Ok(login.user_id);
        }
        // A login with a profile, or with the claim of the address, is another user's account. A login without them is
        // a placeholder. A claim of a third user is outdated: Cognito gives an address to one login.
        if self.is_account(login.user_id, &change.email).await? {
            return Err(wrong_code());
        }
        // Every failure that depends on the address looks like a wrong code: the answer reveals no account.
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

    /// Whether a login belongs to an account: it has a profile, or the claim of the address.
    async fn is_account(&self, login: UserId, email: &Email) -> Result<bool, Problem> {
        let (owner, profile) = tokio::try_join!(self.accounts.owner_of(email), self.users.user(login))?;
        Ok(owner == Some(login) || profile.is_some())
    }

    /// Stores the new address in the claim and in the profile. Cognito has it already.
    async fn store(&self, user: User, change: &EmailChange) -> Result<User, Problem> {
        let mut changed = self.change_address(&user, &change.email).await?;
        if let AddressChange::Taken(owner) = changed {
            let cause = "the login of this user has another address";
            tracing::warn!(outcome = "address released", userId = %owner, cause);
            self.accounts.release_address(&self.users, owner, &change.email).await?;
            changed = self.change_address(&user, &change.email).await?;
        }
        if changed != AddressChange::Changed {
            // Another request has changed the profile or the claim at the same time. A retry reads them again.
            return Err(
                Problem::unavailable().caused_by(Cause::new("another request changes the profile or the claim"))
            );
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
    Problem::field("code", "is wrong or has expired: request a new one with PUT /me/email")
}
