//! Keeps the profile in step with the login. Only the user id and the verified address are read from Cognito: users can
//! set its other attributes to anything.

use paloma::call_error::Cause;
use paloma::domain::{Email, Name, Session, Timestamp, User, UserId};
use paloma::edge::Problem;
use paloma::store::{AddressChange, Registration, StoreError};
use paloma::user_pool::{Claims, Tokens};

use crate::Authenticate;
use crate::failure::{self, WRONG_LOGIN};

impl Authenticate {
    /// The profile for tokens that Cognito has just issued. Creates it at the first login, and stores the address that
    /// Cognito has verified. Rejects ended sessions and suspended users.
    ///
    /// Costs three reads for a known user, and at least five write units for a new user or a new address.
    pub(crate) async fn profile(&self, tokens: &Tokens) -> Result<User, Problem> {
        let Some(claims) = Claims::of_fresh(&tokens.id_token) else {
            return Err(Problem::unavailable().caused_by(Cause::new("Cognito's id token has no user id")));
        };
        let authenticated_at = claims.authenticated_at.unwrap_or(Timestamp::from_millis(0));
        // Before any write: an ended session must neither create a profile nor move an address.
        if let Some(account) = self.accounts.account(claims.user_id).await? {
            account.admit(Session { user_id: claims.user_id, authenticated_at })?;
        }
        Ok(match claims.verified_email {
            Some(email) => self.welcome(claims.user_id, email, None).await?,
            // An administrator can create a login without a verified address. It gets no profile, but keeps an old one.
            None => self.users.user(claims.user_id).await?.ok_or_else(|| {
                Problem::forbidden("The email address of this login is not verified. Ask the operators to verify it.")
            })?,
        })
    }

    /// Creates the profile if it does not exist, and sets this address if the profile has another one. The caller or
    /// Cognito must have verified the mailbox.
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
                        return Err(Problem::conflict("Another account has this email address. Ask the operators."));
                    }
                }
            }
        };
        if stored.email.as_ref() == Some(&email) { Ok(stored) } else { self.move_to(stored, email).await }
    }

    /// Sets the profile's address to the login's. The profile keeps the old address if another account has the new one.
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
            AddressChange::Conflict => {}
        }
        Ok(user)
    }

    async fn change_address(&self, user: &User, email: &Email) -> Result<AddressChange, StoreError> {
        self.accounts.change_address(&self.users, user.user_id, user.email.as_ref(), email).await
    }

    /// Takes the address from its owner's profile if the owner's login no longer has it: a new user has proved the
    /// mailbox. Costs one call to Cognito.
    async fn release_if_lost(&self, owner: UserId, email: &Email) -> Result<(), Problem> {
        let login = self.pool.user(&owner.to_string()).await.map_err(failure::of_any)?;
        if login.is_some_and(|login| login.email.as_ref() == Some(email)) {
            return Ok(());
        }
        let cause = "the login of this user is deleted or has another address";
        tracing::warn!(outcome = "address released", userId = %owner, cause);
        Ok(self.accounts.release_address(&self.users, owner, email).await?)
    }
}
