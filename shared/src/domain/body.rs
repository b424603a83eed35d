//! The body of a message: its content, the erasure of its sender, or the change that a system message reports.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Actor, Content, Notice, Timestamp};

/// The content of a message, until the message is deleted, or its sender's account is erased (right to be forgotten).
/// Then the message stays without content. In JSON and in the tables it is `content`, or one of `deletedAt`,
/// `erasedAt`, `kind` and `hidden` with a `content` of `null`.
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
    /// The message was deleted for all members.
    Deleted(Deletion),
    /// A system message: the change of a group. It has no content, and counts as unread for no member.
    Notice(Notice),
    /// The caller has hidden the message from the caller's own view. Only answers have this body, and no table.
    Hidden,
}

/// The deletion of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// The time of the deletion, in epoch milliseconds.
    pub at: Timestamp,
    /// The sender, an admin of the group, or an operator.
    pub by: Actor,
}

/// The error for a body with neither content nor the reason why it has none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have content, the time at which it was erased or deleted, or a kind")]
pub struct BodyError;

/// The stored form of a body.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: DeserializeOwned"))]
struct Fields<T> {
    #[serde(default = "none")]
    content: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_by: Option<Actor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Notice>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
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
                    "description": "The content; null if deleted, if the sender was erased, and in a system message.",
                    "anyOf": [generator.subschema_for::<T>(), { "type": "null" }],
                },
                "erasedAt": generator.subschema_for::<Timestamp>(),
                "deletedAt": generator.subschema_for::<Timestamp>(),
                "deletedBy": generator.subschema_for::<Actor>(),
                "kind": generator.subschema_for::<Notice>(),
                "hidden": {
                    "description": "Present and true if the caller has hidden the message: do not show it.",
                    "type": "boolean",
                },
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
    /// The content, unless it was deleted or the sender was erased.
    pub const fn content(&self) -> Option<&T> {
        match self {
            Self::Content(content) => Some(content),
            Self::Erased(_) | Self::Deleted(_) | Self::Notice(_) | Self::Hidden => None,
        }
    }

    /// The change that a system message reports.
    pub const fn notice(&self) -> Option<&Notice> {
        match self {
            Self::Notice(notice) => Some(notice),
            Self::Content(_) | Self::Erased(_) | Self::Deleted(_) | Self::Hidden => None,
        }
    }

    /// The content, unless it was deleted or the sender was erased.
    pub fn into_content(self) -> Option<T> {
        match self {
            Self::Content(content) => Some(content),
            Self::Erased(_) | Self::Deleted(_) | Self::Notice(_) | Self::Hidden => None,
        }
    }

    /// This body with the content that `shorten` returns, as a summary has it.
    pub fn map<U>(&self, shorten: impl FnOnce(&T) -> U) -> Body<U> {
        match self {
            Self::Content(content) => Body::Content(shorten(content)),
            Self::Erased(at) => Body::Erased(*at),
            Self::Deleted(deletion) => Body::Deleted(*deletion),
            Self::Notice(notice) => Body::Notice(notice.preview()),
            Self::Hidden => Body::Hidden,
        }
    }
}

impl Body<Content> {
    /// Reads a body from a row or a job without a check, since it may be older than the rules of today.
    pub(super) fn stored<'de, D: Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
        Ok(match Body::<String>::deserialize(row)? {
            Body::Content(text) => Self::Content(Content::stored(text)),
            Body::Erased(at) => Self::Erased(at),
            Body::Deleted(deletion) => Self::Deleted(deletion),
            Body::Notice(notice) => Self::Notice(notice),
            Body::Hidden => Self::Hidden,
        })
    }
}

impl<T> TryFrom<Fields<T>> for Body<T> {
    type Error = BodyError;

    fn try_from(fields: Fields<T>) -> Result<Self, BodyError> {
        let Fields { content, erased_at, deleted_at, deleted_by, kind, hidden } = fields;
        if hidden {
            return Ok(Self::Hidden);
        }
        let deletion = deleted_at.zip(deleted_by).map(|(at, by)| Deletion { at, by });
        // An erased or deleted body stays so, also with content beside it.
        match (erased_at, deletion, kind, content) {
            (Some(at), _, _, _) => Ok(Self::Erased(at)),
            (None, Some(deletion), _, _) => Ok(Self::Deleted(deletion)),
            (None, None, Some(notice), _) => Ok(Self::Notice(notice)),
            (None, None, None, Some(content)) => Ok(Self::Content(content)),
            (None, None, None, None) => Err(BodyError),
        }
    }
}

impl<T> From<Body<T>> for Fields<T> {
    fn from(body: Body<T>) -> Self {
        let (content, hidden) = (None, false);
        let none = Self { content, erased_at: None, deleted_at: None, deleted_by: None, kind: None, hidden };
        match body {
            Body::Content(content) => Self { content: Some(content), ..none },
            Body::Erased(at) => Self { erased_at: Some(at), ..none },
            Body::Deleted(Deletion { at, by }) => Self { deleted_at: Some(at), deleted_by: Some(by), ..none },
            Body::Notice(notice) => Self { kind: Some(notice), ..none },
            Body::Hidden => Self { hidden: true, ..none },
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
