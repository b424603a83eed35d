//! Ids that a client gives to messages and groups, so that a repeated request is recognized.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! client_id {
    ($(#[$doc:meta])* $name:ident, $error:ident, $message:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("pattern" = "^[!-~]{1,128}$")))]
        pub struct $name(String);

        #[doc = concat!("The error for a text that is not a [`", stringify!($name), "`].")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error($message)]
        pub struct $error;

        impl $name {
            /// The id as text.
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

client_id! {
    /// The id that the sender's app gives a message: a send with the same id is a repetition.
    ClientMessageId,
    ClientMessageIdError,
    "must be 1 to 128 visible ASCII characters, such as a UUID that the client makes for each message"
}

impl ClientMessageId {
    /// A random id, for a system message of a request that has none.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// The id of the only removal of a group.
    pub(super) fn of_chat_removal() -> Self {
        Self("removal".to_owned())
    }
}

client_id! {
    /// The id that the creator's app gives a group: a request with the same id is a repetition.
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
