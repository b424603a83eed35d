//! Identities. Each is parsed once, at the edge, and valid from then on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ClientChatId, ClientMessageId, TokenFingerprint};

/// Why a text is no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID, such as 6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10")]
pub struct IdError;

macro_rules! uuid_identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // Only the hyphenated form: one identity must have one spelling, since it becomes a key.
                if text.len() != 36 {
                    return Err(IdError);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| IdError)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(formatter)
            }
        }
    };
}

uuid_identity! {
    /// A person: the `sub` that Cognito gave them.
    UserId
}
uuid_identity! {
    /// A chat. A direct chat's id follows from its pair, so that two people have one.
    ChatId
}
uuid_identity! {
    /// A message. Its id follows from chat, sender and client message id, which is what makes a retry the same
    /// message (invariant 2).
    MessageId
}

uuid_identity! {
    /// A device registered for push. Its id follows from its first token, so that registering twice is one device.
    DeviceId
}

/// Version-5 namespace of direct chats; arbitrary, and never to be changed.
const DIRECT_CHATS: Uuid = Uuid::from_u128(0x8f14_e45f_ceea_467f_8b0c_5d1c_2a9e_71d4);

/// Version-5 namespace of groups that their creators have named; arbitrary, and never to be changed.
const GROUPS: Uuid = Uuid::from_u128(0x2d71_90ab_64c3_4c1f_8f52_b7e0_1c96_5da3);

impl UserId {
    /// A new random person, for tests and tools: real ones come from Cognito.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl ChatId {
    /// A new group's id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The one direct chat of two people, whoever asks.
    pub fn direct(one: UserId, other: UserId) -> Self {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        let mut pair = [0; 32];
        pair[..16].copy_from_slice(low.0.as_bytes());
        pair[16..].copy_from_slice(high.0.as_bytes());
        Self(Uuid::new_v5(&DIRECT_CHATS, &pair))
    }

    /// The group that `creator` calls `client`. The creator is part of it, so that the names of two users never meet.
    pub fn group(creator: UserId, client: &ClientChatId) -> Self {
        let namespace = Uuid::new_v5(&GROUPS, creator.0.as_bytes());
        Self(Uuid::new_v5(&namespace, client.as_str().as_bytes()))
    }
}

/// Version-5 namespace of devices; arbitrary, and never to be changed.
const DEVICES: Uuid = Uuid::from_u128(0x3c1b_07d4_9a52_4e0e_b6ac_51f7_90d2_6e85);

impl DeviceId {
    /// The id of a device that cannot have one by its token.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id of the device that this person first registered with this token.
    pub fn derive(user: UserId, fingerprint: &TokenFingerprint) -> Self {
        Self(Uuid::new_v5(&DEVICES, format!("{user} {}", fingerprint.as_str()).as_bytes()))
    }
}

impl MessageId {
    /// The id of the message that `sender` calls `client` in `chat`.
    pub fn derive(chat: ChatId, sender: UserId, client: &ClientMessageId) -> Self {
        let namespace = Uuid::new_v5(&chat.0, sender.0.as_bytes());
        Self(Uuid::new_v5(&namespace, client.as_str().as_bytes()))
    }
}

uuid_identity! {
    /// An export of somebody's data. Its id follows from whose it is and from the day, so that asking twice is asking
    /// once.
    ExportId
}

/// Version-5 namespace of exports; arbitrary, and never to be changed.
const EXPORTS: Uuid = Uuid::from_u128(0x5b0e_77c2_41d9_4a63_9f18_2c64_d3b5_0a9f);

impl ExportId {
    /// The id of an export that nobody will ask for a second time: one that an operator has made.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id of the export that this person asks for on this day, counted from 1970; one that failed is followed by the
    /// next attempt, from 1.
    pub fn derive(user: UserId, day: u64, attempt: u32) -> Self {
        Self(Uuid::new_v5(&EXPORTS, format!("{user} {day} {attempt}").as_bytes()))
    }
}

/// A socket, as API Gateway names it. It is opaque and comes from the gateway alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// Takes the name that the gateway gave.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text, for keys and addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pair_has_one_direct_chat_whoever_asks() {
        let (ana, bruno, carla) = (UserId::random(), UserId::random(), UserId::random());
        assert_eq!(ChatId::direct(ana, bruno), ChatId::direct(bruno, ana));
        assert_ne!(ChatId::direct(ana, bruno), ChatId::direct(ana, carla));
    }

    #[test]
    fn an_identity_has_one_spelling() {
        assert!("6f1c1b9e4f5e4f0a9d3c2b7a5e8d9c10".parse::<ChatId>().is_err());
        assert!("{6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10}".parse::<ChatId>().is_err());
        assert!("head".parse::<UserId>().is_err());
        let upper: ChatId = "6F1C1B9E-4F5E-4F0A-9D3C-2B7A5E8D9C10".parse().unwrap();
        assert_eq!(upper.to_string(), "6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10");
    }

    proptest! {
        #[test]
        fn idempotent_the_same_client_id_is_the_same_message(name in "[!-~]{1,128}", other in "[!-~]{1,128}") {
            let (chat, ana, bruno) = (ChatId::random(), UserId::random(), UserId::random());
            let id = |sender, name: &str| {
                MessageId::derive(chat, sender, &ClientMessageId::try_from(name.to_owned()).unwrap())
            };
            prop_assert_eq!(id(ana, &name), id(ana, &name));
            prop_assert_ne!(id(ana, &name), id(bruno, &name));
            prop_assert_eq!(id(ana, &name) == id(ana, &other), name == other);
        }

        #[test]
        fn idempotent_the_same_client_id_of_the_same_creator_is_the_same_group(
            name in "[!-~]{1,128}",
            other in "[!-~]{1,128}",
        ) {
            let (ana, bruno) = (UserId::random(), UserId::random());
            let id = |creator, name: &str| ChatId::group(creator, &ClientChatId::try_from(name.to_owned()).unwrap());
            prop_assert_eq!(id(ana, &name), id(ana, &name));
            prop_assert_ne!(id(ana, &name), id(bruno, &name));
            prop_assert_eq!(id(ana, &name) == id(ana, &other), name == other);
        }
    }
}
