//! Who is meant: by email or by id.

use std::fmt;
use std::str::FromStr;

use paloma::domain::{Email, User, UserId};

use crate::{Failure, Stack};

/// How a person was named.
#[derive(Debug, Clone)]
pub enum Who {
    /// By their address.
    Email(Email),
    /// By their id: Cognito's `sub`.
    Id(UserId),
}

impl FromStr for Who {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let email = Email::try_from(text.to_owned());
        email.map(Self::Email).map_err(|_| "give an email, such as ana@example.com, or a user id, which is a UUID")
    }
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => email.as_str().fmt(formatter),
            Self::Id(id) => id.fmt(formatter),
        }
    }
}

impl Who {
    /// The user who has proved to own an address. A row may have an address that was never proved: it is named, and not
    /// taken for its owner.
    async fn owner(&self, stack: &Stack, email: &Email) -> Result<User, Failure> {
        let (accounts, users) = (stack.environment().accounts()?, stack.environment().users()?);
        let failed = |error| stack.target.store_failed(error);
        // Fails when several rows have the address.
        let with_address = users.by_email(email).await.map_err(failed)?;
        if let Some(user) = accounts.user_of(&users, email).await.map_err(failed)? {
            return Ok(user);
        }
        Err(Failure::NotFound(match with_address {
            Some(user) => format!("{} has the address {self} and has not proved it: give an id", user.user_id),
            None => self.not_found(stack),
        }))
    }

    fn not_found(&self, stack: &Stack) -> String {
        let stack = &stack.name;
        format!(
            "no user in the stack {stack} is {self}: is it the right stack? A user is known from the first login on"
        )
    }

    /// The person.
    pub async fn find(&self, stack: &Stack) -> Result<User, Failure> {
        let users = stack.environment().users()?;
        let found = match self {
            Self::Email(email) => return self.owner(stack, email).await,
            Self::Id(id) => users.user(*id).await,
        };
        found.map_err(|error| stack.target.store_failed(error))?.ok_or_else(|| Failure::NotFound(self.not_found(stack)))
    }
}
