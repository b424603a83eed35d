//! The author of a change or a deletion.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{IdError, UserId};

/// The text for an operator. No user id is equal to it.
const OPERATOR: &str = "operator";

/// The author of a change: a user, or an operator of the deployment, who has no user id. In JSON and in the tables it
/// is the user's id, or `operator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Actor {
    /// A user.
    User(UserId),
    /// An operator, by the command `paloma`.
    Operator,
}

impl Actor {
    /// The user; `None` for an operator.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Operator => None,
        }
    }
}

#[cfg(feature = "schemas")]
impl schemars::JsonSchema for Actor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Actor".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The id of a user, or `operator` for an operator of the service, who is no user.",
            "anyOf": [generator.subschema_for::<UserId>(), { "type": "string", "const": OPERATOR }],
        })
    }
}

impl FromStr for Actor {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text == OPERATOR { Ok(Self::Operator) } else { text.parse().map(Self::User) }
    }
}

impl TryFrom<String> for Actor {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> String {
        actor.to_string()
    }
}

impl From<UserId> for Actor {
    fn from(user: UserId) -> Self {
        if user == UserId::OPERATOR { Self::Operator } else { Self::User(user) }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(formatter),
            Self::Operator => OPERATOR.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_written_as_a_user_id_or_as_operator() {
        for actor in [Actor::User(UserId::random()), Actor::Operator] {
            let written = serde_json::to_value(actor).unwrap();
            assert_eq!(serde_json::from_value::<Actor>(written).unwrap(), actor);
        }
        assert_eq!(Actor::Operator.to_string(), "operator");
        assert!("Operator".parse::<Actor>().is_err() && "".parse::<Actor>().is_err());
    }
}
