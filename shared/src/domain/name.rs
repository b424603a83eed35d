//! What people and groups are called.

use serde::{Deserialize, Serialize};

use super::Email;

/// A name: 1 to 100 characters, not blank, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 100 characters in one line, and not only spaces")]
pub struct NameError;

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        let fits = !text.trim().is_empty() && text.chars().count() <= 100 && !text.chars().any(char::is_control);
        if fits { Ok(Self(text)) } else { Err(NameError) }
    }
}

/// The name of somebody who has not given one. What stands before the @ is 1 to 64 characters without white space,
/// so it is a name.
impl From<&Email> for Name {
    fn from(email: &Email) -> Self {
        Self(email.local_part().to_owned())
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_says_something() {
        for good in ["Ana", "Ana Beltrán", "山田", &"x".repeat(100)] {
            assert!(Name::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "  ", "two\nlines", "nul\0", &"x".repeat(101)] {
            assert_eq!(Name::try_from(bad.to_owned()), Err(NameError), "{bad:?}");
        }
    }
}
