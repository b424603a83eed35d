//! What is left of what a message says: all of it, or that its sender has been erased.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Content, Timestamp};

/// What a message says, until its sender's account is erased; from then on the message keeps its place and says nothing
/// (right to be forgotten). To clients and in the tables it is `content`, or `erasedAt` with a `content` of `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "Fields<T>",
    into = "Fields<T>",
    bound(serialize = "T: Clone + Serialize", deserialize = "T: DeserializeOwned")
)]
pub enum Body<T> {
    /// What it says, or how it begins.
    Content(T),
    /// Nothing any more: its sender was erased then, in epoch milliseconds.
    Erased(Timestamp),
}

/// A body that has neither content nor the time at which it was erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have content, or the time at which it was erased")]
pub struct BodyError;

/// A body as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: DeserializeOwned"))]
struct Fields<T> {
    #[serde(default = "nothing")]
    content: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased_at: Option<Timestamp>,
}

/// `Option::default` would ask for a default of the content, too.
const fn nothing<T>() -> Option<T> {
    None
}

impl<T> Body<T> {
    /// What it says, if it still does.
    pub const fn content(&self) -> Option<&T> {
        match self {
            Self::Content(content) => Some(content),
            Self::Erased(_) => None,
        }
    }

    /// What it says, if it still does.
    pub fn into_content(self) -> Option<T> {
        match self {
            Self::Content(content) => Some(content),
            Self::Erased(_) => None,
        }
    }

    /// The same of what `shorten` makes of the content.
    pub fn map<U>(&self, shorten: impl FnOnce(&T) -> U) -> Body<U> {
        match self {
            Self::Content(content) => Body::Content(shorten(content)),
            Self::Erased(at) => Body::Erased(*at),
        }
    }
}

impl Body<Content> {
    /// Reads what a message says from a row or a job, whatever the rules were when it was accepted.
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
        // What was erased stays so, whatever else is written beside it.
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
    fn a_body_says_something_or_that_it_was_erased() {
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
    fn there_is_no_third() {
        let read = |value: Value| from_value::<Body<Content>>(value);
        assert!(read(json!({})).is_err() && read(json!({ "content": null })).is_err());
        assert!(read(json!({ "content": "" })).is_err(), "content that is none");
        let erased = Body::Erased(Timestamp::from_millis(7));
        assert_eq!(read(json!({ "erasedAt": 7 })).unwrap(), erased, "as a row has it");
        assert_eq!(read(json!({ "content": "back again", "erasedAt": 7 })).unwrap(), erased);
    }
}
