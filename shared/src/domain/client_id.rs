//! Names that a client gives to what it makes, so that the same request made again is the same thing.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! client_identity {
    ($(#[$doc:meta])* $name:ident, $error:ident, $message:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[doc = concat!("Why a text is no [`", stringify!($name), "`].")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error($message)]
        pub struct $error;

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                if fits { Ok(Self(text)) } else { Err($error) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

client_identity! {
    /// The sender's own name for a message: the same name is the same message, however often it is sent.
    ClientMessageId,
    ClientMessageIdError,
    "must be 1 to 128 visible ASCII characters, such as a UUID that the client makes for each message"
}

client_identity! {
    /// The creator's own name for a group: the same name is the same group, however often it is asked for.
    ClientChatId,
    ClientChatIdError,
    "must be 1 to 128 visible ASCII characters, such as a UUID that the client makes for each group"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_client_id_is_visible_ascii(text in ".{0,140}") {
            let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
            prop_assert_eq!(ClientMessageId::try_from(text.clone()).is_ok(), fits);
            prop_assert_eq!(ClientChatId::try_from(text).is_ok(), fits);
        }
    }
}
