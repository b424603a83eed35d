//! The profile of a login. Cognito is asked for nothing but the user's id and the verified address: what else it has may
//! be anything, so it is not read.

use paloma::domain::{Email, Name, Session, Timestamp, User, UserId};
use paloma::edge::Problem;
use paloma::store::{AddressChange, Registration, StoreError};
use paloma::user_pool::{Claims, Tokens};

use crate::Authenticate;
use crate::failure::{self, WRONG_LOGIN};

impl Authenticate {
    /// The profile that goes with tokens which have just come from Cognito: made at the first login, with the address
    /// that Cognito has verified by now. Refuses a session that has ended, and a user who is suspended.
    ///
    /// Three reads for a user who is known; five write units and more for one who is new or has another address.
    pub(crate) async fn profile(&self, tokens: &Tokens) -> Result<User, Problem> {
        let Some(claims) = Claims::of_fresh(&tokens.id_token) else {
            tracing::error!(outcome = "Cognito failed", cause = "an id token without a user id");
            return Err(Problem::unavailable());
        };
        let authenticated_at = claims.authenticated_at.unwrap_or(Timestamp::from_millis(0));
        // Before anything is written: a session that has ended makes no profile and moves no address.
        if let Some(account) = self.accounts.account(claims.user_id).await? {
            account.admit(Session { user_id: claims.user_id, authenticated_at })?;
        }
        Ok(match claims.verified_email {
            Some(email) => self.welcome(claims.user_id, email, None).await?,
            // An administrator may make a login without a verified address: it gets no profile, and keeps one it has.
            None => self.users.user(claims.user_id).await?.ok_or_else(|| {
                Problem::forbidden("The address of this login is not verified: ask the operators to verify it.")
            })?,
        })
    }

    /// Makes the profile unless it is there, and moves it to this address unless it has it: the caller has proved the
    /// mailbox, or Cognito has.
    pub(crate) async fn welcome(&self, user_id: UserId, email: Email, name: Option<Name>) -> Result<User, Problem> {
        let user = User::new(user_id, email.clone(), name, Timestamp::now());
        let stored = match self.accounts.register(&self.users, user.clone()).await? {
            Registration::User(user) => user,
            Registration::Erased => return Err(Problem::unauthenticated(WRONG_LOGIN)),
            Registration::AddressTaken(owner) => {
                self.release_if_lost(owner, &email).await?;
                match self.accounts.register(&self.users, user).await? {
                    Registration::User(user) => user,
                    Registration::Erased | Registration::AddressTaken(_) => {
                        return Err(Problem::conflict("Another account has this address: ask the operators."));
                    }
                }
            }
        };
        if stored.email.as_ref() == Some(&email) { Ok(stored) } else { self.move_to(stored, email).await }
    }

    /// Moves a profile to the address that its login has. A conflict leaves it as it is.
    async fn move_to(&self, mut user: User, email: Email) -> Result<User, Problem> {
        let mut changed = self.change_address(&user, &email).await?;
        if let AddressChange::Taken(owner) = changed {
            self.release_if_lost(owner, &email).await?;
            changed = self.change_address(&user, &email).await?;
        }
        match changed {
            AddressChange::Changed => user.email = Some(email),
            AddressChange::Taken(owner) => {
                tracing::warn!(outcome = "address taken", userId = %user.user_id, ownerId = %owner);
            }
            AddressChange::Overtaken => {}
        }
        Ok(user)
    }

    async fn change_address(&self, user: &User, email: &Email) -> Result<AddressChange, StoreError> {
        self.accounts.change_address(&self.users, user.user_id, user.email.as_ref(), email).await
    }

    /// Takes an address from a profile whose login is gone, or has another address by now: a new user has proved the
    /// mailbox. One call to Cognito.
    async fn release_if_lost(&self, owner: UserId, email: &Email) -> Result<(), Problem> {
        let login = self.pool.user(&owner.to_string()).await.map_err(failure::of_any)?;
        if login.is_some_and(|login| login.email.as_ref() == Some(email)) {
            return Ok(());
        }
        tracing::warn!(outcome = "address released", userId = %owner, cause = "its login is gone or has another address");
        Ok(self.accounts.release_address(&self.users, owner, email).await?)
    }
}
