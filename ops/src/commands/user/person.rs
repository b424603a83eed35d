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
    /// The person.
    pub async fn find(&self, stack: &Stack) -> Result<User, Failure> {
        let users = stack.environment().users()?;
        let found = match self {
            Self::Email(email) => users.by_email(email).await,
            Self::Id(id) => users.user(*id).await,
        };
        found.map_err(|error| stack.target.store_failed(error))?.ok_or_else(|| {
            let stack = &stack.name;
            Failure::NotFound(format!(
                "nobody in the stack {stack} is {self}: is it the right stack? Who has never logged in is not known yet"
            ))
        })
    }
}
