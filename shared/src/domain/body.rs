//! The body of a message: its content, or the erasure of its sender.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Content, Timestamp};

/// The content of a message, until its sender's account is erased (right to be forgotten). Then the message stays
/// without content. In JSON and in the tables it is `content`, or `erasedAt` with a `content` of `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "Fields<T>",
    into = "Fields<T>",
    bound(serialize = "T: Clone + Serialize", deserialize = "T: DeserializeOwned")
)]
pub enum Body<T> {
    /// The content, or its beginning.
    Content(T),
    /// The time at which the sender was erased, in epoch milliseconds.
    Erased(Timestamp),
}

/// The error for a body with neither content nor the time of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have content, or the time at which it was erased")]
pub struct BodyError;

/// The stored form of a body.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: DeserializeOwned"))]
struct Fields<T> {
    #[serde(default = "none")]
    content: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased_at: Option<Timestamp>,
}

#[cfg(feature = "schemas")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Body<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("BodyOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "properties": {
                "content": {
                    "description": "The content; null after its sender was erased.",
                    "anyOf": [generator.subschema_for::<T>(), { "type": "null" }],
                },
                "erasedAt": generator.subschema_for::<Timestamp>(),
            },
            "required": ["content"],
        })
    }
}

/// In place of `Option::default`, for which serde would require `T: Default`.
const fn none<T>() -> Option<T> {
    None
}

impl<T> Body<T> {
    /// The content, unless the sender was erased.
    pub const fn content(&self) -> Option<&T> {
        match self {
            Self::Content(content) => Some(content),
            Self::Erased(_) => None,
        }
    }

    /// The content, unless the sender was erased.
    pub fn into_content(self) -> Option<T> {
        match self {
            Self::Content(content) => Some(content),
            Self::Erased(_) => None,
        }
    }

    /// This body with the content that `shorten` returns.
    pub fn map<U>(&self, shorten: impl FnOnce(&T) -> U) -> Body<U> {
        match self {
            Self::Content(content) => Body::Content(shorten(content)),
            Self::Erased(at) => Body::Erased(*at),
        }
    }
}

impl Body<Content> {
    /// Reads a body from a row or a job without a check, since it may be older than the rules of today.
    pub(super) fn stored<'de, D: Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
        Ok(match Body::<String>::deserialize(row)? {
            Body::Content(text) => Self::Content(Content::stored(text)),
            Body::Erased(at) => Self::Erased(at),
        })
    }
}

impl<T> TryFrom<Fields<T>> for Body<T> {
    type Error = BodyError;

    fn try_from(fields: Fields<T>) -> Result<Self, BodyError> {
        // An erased body stays erased, also with content beside it.
        match (fields.erased_at, fields.content) {
            (Some(at), _) => Ok(Self::Erased(at)),
            (None, Some(content)) => Ok(Self::Content(content)),
            (None, None) => Err(BodyError),
        }
    }
}

impl<T> From<Body<T>> for Fields<T> {
    fn from(body: Body<T>) -> Self {
        match body {
            Body::Content(content) => Self { content: Some(content), erased_at: None },
            Body::Erased(at) => Self { content: None, erased_at: Some(at) },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;

    #[test]
    fn a_body_has_content_or_the_time_of_the_erasure() {
        let content = Body::Content(Content::try_from("hello".to_owned()).unwrap());
        let erased = Body::<Content>::Erased(Timestamp::from_millis(7));
        for (body, written) in
            [(content, json!({ "content": "hello" })), (erased, json!({ "content": null, "erasedAt": 7 }))]
        {
            assert_eq!(to_value(&body).unwrap(), written);
            assert_eq!(from_value::<Body<Content>>(written).unwrap(), body);
        }
    }

    #[test]
    fn a_body_with_neither_is_an_error() {
        let read = |value: Value| from_value::<Body<Content>>(value);
        assert!(read(json!({})).is_err() && read(json!({ "content": null })).is_err());
        assert!(read(json!({ "content": "" })).is_err(), "content must be valid");
        let erased = Body::Erased(Timestamp::from_millis(7));
        assert_eq!(read(json!({ "erasedAt": 7 })).unwrap(), erased, "the form of a row");
        assert_eq!(read(json!({ "content": "back again", "erasedAt": 7 })).unwrap(), erased);
    }
}
