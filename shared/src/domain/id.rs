//! Ids. Each is parsed once, at the edge, and valid from then on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ClientChatId, ClientMessageId, TokenFingerprint};

/// The error for a text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID, such as 6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10")]
pub struct IdError;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("format" = "uuid")))]
        pub struct $name(Uuid);

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // Only the hyphenated form is valid: an id is a key of tables, and needs one spelling.
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

uuid_id! {
    /// A user: the `sub` of Cognito.
    UserId
}
uuid_id! {
    /// A chat. The id of a direct chat follows from its two users, so each pair has one.
    ChatId
}
uuid_id! {
    /// A message. The id follows from chat, sender and client message id, so a retry is the same message (invariant 2).
    MessageId
}

uuid_id! {
    /// A device registered for push. The id follows from its first token, so a repeated registration is the same
    /// device.
    DeviceId
}

/// UUID namespace (version 5) of direct chats. It is arbitrary, and must never change.
const DIRECT_CHATS: Uuid = Uuid::from_u128(0x8f14_e45f_ceea_467f_8b0c_5d1c_2a9e_71d4);

/// UUID namespace (version 5) of groups with a client chat id. It is arbitrary, and must never change.
const GROUPS: Uuid = Uuid::from_u128(0x2d71_90ab_64c3_4c1f_8f52_b7e0_1c96_5da3);

impl UserId {
    /// The sender of what an operator does to a group. No user has it: all its digits are 0.
    pub const OPERATOR: Self = Self(Uuid::nil());

    /// A random user, for tests and tools. Real ids come from Cognito.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id in 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id of these bytes; `None` unless they are 16.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

impl ChatId {
    /// The id of a new group without a client chat id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The direct chat of two users. Their order does not matter.
    pub fn direct(one: UserId, other: UserId) -> Self {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        let mut pair = [0; 32];
        pair[..16].copy_from_slice(low.0.as_bytes());
        pair[16..].copy_from_slice(high.0.as_bytes());
        Self(Uuid::new_v5(&DIRECT_CHATS, &pair))
    }

    /// The group with the client chat id `client` of this creator. Equal client ids of two creators give different
    /// groups.
    pub fn group(creator: UserId, client: &ClientChatId) -> Self {
        let namespace = Uuid::new_v5(&GROUPS, creator.0.as_bytes());
        Self(Uuid::new_v5(&namespace, client.as_str().as_bytes()))
    }
}

/// UUID namespace (version 5) of devices. It is arbitrary, and must never change.
const DEVICES: Uuid = Uuid::from_u128(0x3c1b_07d4_9a52_4e0e_b6ac_51f7_90d2_6e85);

impl DeviceId {
    /// A random id, for a device with a token that another device of the user registered first.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id of the device that this user first registered with this token.
    pub fn derive(user: UserId, fingerprint: &TokenFingerprint) -> Self {
        Self(Uuid::new_v5(&DEVICES, format!("{user} {}", fingerprint.as_str()).as_bytes()))
    }
}

impl MessageId {
    /// The id of the message in `chat` with the client message id `client` of this sender.
    pub fn derive(chat: ChatId, sender: UserId, client: &ClientMessageId) -> Self {
        let namespace = Uuid::new_v5(&chat.0, sender.0.as_bytes());
        Self(Uuid::new_v5(&namespace, client.as_str().as_bytes()))
    }
}

uuid_id! {
    /// An export of a user's data. The id follows from the user and the day, so a repeated request is the same export.
    ExportId
}

/// UUID namespace (version 5) of exports. It is arbitrary, and must never change.
const EXPORTS: Uuid = Uuid::from_u128(0x5b0e_77c2_41d9_4a63_9f18_2c64_d3b5_0a9f);

impl ExportId {
    /// The id of an export that is not repeatable: one by an operator.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id of the export that this user requests on this day, counted from 1970-01-01. After a failure the next
    /// attempt has the next number, from 1.
    pub fn derive(user: UserId, day: u64, attempt: u32) -> Self {
        Self(Uuid::new_v5(&EXPORTS, format!("{user} {day} {attempt}").as_bytes()))
    }
}

uuid_id! {
    /// A report. The id follows from the reporter and the item, so a repeated report is the same report.
    ReportId
}

/// UUID namespace (version 5) of reports. It is arbitrary, and must never change.
const REPORTS: Uuid = Uuid::from_u128(0x91c4_6e0d_27fa_4b58_a3d6_0f7e_5b12_c894);

impl ReportId {
    /// The id of the report of this item by this user: see [`ReportId::derive`].
    pub(super) fn of_target(reporter: UserId, target: &str) -> Self {
        Self(Uuid::new_v5(&REPORTS, format!("{reporter} {target}").as_bytes()))
    }
}

/// A socket: the opaque id that API Gateway gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The id that API Gateway gave.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text, for keys and URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pair_has_one_direct_chat_in_any_order() {
        let (ana, bruno, carla) = (UserId::random(), UserId::random(), UserId::random());
        assert_eq!(ChatId::direct(ana, bruno), ChatId::direct(bruno, ana));
        assert_ne!(ChatId::direct(ana, bruno), ChatId::direct(ana, carla));
    }

    #[test]
    fn an_id_has_one_spelling() {
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
