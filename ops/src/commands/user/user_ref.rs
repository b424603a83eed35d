//! A user as an argument: by email or by id.

use std::fmt;
use std::str::FromStr;

use paloma::domain::{Email, User, UserId};

use crate::{Failure, Stack};

#[derive(Debug, Clone)]
pub enum UserRef {
    Email(Email),
    /// Cognito's `sub`.
    Id(UserId),
}

impl FromStr for UserRef {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let email = Email::try_from(text.to_owned());
        email.map(Self::Email).map_err(|_| "must be an email, such as ana@example.com, or a user id, which is a UUID")
    }
}

impl fmt::Display for UserRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => email.as_str().fmt(formatter),
            Self::Id(id) => id.fmt(formatter),
        }
    }
}

impl UserRef {
    /// The user who has verified this email. A user with an unverified email is not accepted: the error names the
    /// user's id.
    async fn owner(&self, stack: &Stack, email: &Email) -> Result<User, Failure> {
        let (accounts, users) = (stack.environment().accounts()?, stack.environment().users()?);
        let failed = |error| stack.target.store_failed(error);
        // It fails if several users have this email.
        let unverified = users.by_email(email).await.map_err(failed)?;
        if let Some(user) = accounts.user_of(&users, email).await.map_err(failed)? {
            return Ok(user);
        }
        Err(Failure::NotFound(match unverified {
            Some(user) => {
                format!("{} has the email {self}, but has not verified it: give the id instead", user.user_id)
            }
            None => self.not_found(stack),
        }))
    }

    fn not_found(&self, stack: &Stack) -> String {
        let stack = &stack.name;
        format!(
            "there is no user {self} in the stack {stack}: check the spelling, and name another stack with --stack. A \
             user exists from the first login on"
        )
    }

    pub async fn find(&self, stack: &Stack) -> Result<User, Failure> {
        let users = stack.environment().users()?;
        let found = match self {
            Self::Email(email) => return self.owner(stack, email).await,
            Self::Id(id) => users.user(*id).await,
        };
        found.map_err(|error| stack.target.store_failed(error))?.ok_or_else(|| Failure::NotFound(self.not_found(stack)))
    }
}
