//! Schemas of types for which the derived schema would not be the format on the wire.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Cursor;
use crate::domain::{LATEST_MUTE, Message, MessageId, Seq};

impl<T> JsonSchema for Cursor<T> {
    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "The opaque position of the next page." })
    }
}

/// The end of a mute: required, and `null` to unmute.
pub(super) fn end_of_mute(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 0, "maximum": LATEST_MUTE.as_millis() })
}

/// The members of a problem that only some kinds have, as optional fields: generators of code make no type of the
/// alternatives.
pub(super) fn problem_members(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "messageId": {
                "description": "The message that is stored under the `clientMessageId` of this one (409 of a send).",
                "allOf": [generator.subschema_for::<MessageId>()],
            },
            "seq": { "description": "The seq of that message.", "allOf": [generator.subschema_for::<Seq>()] },
            "message": {
                "description": "The message as it is now (409 of an edit).",
                "allOf": [generator.subschema_for::<Message>()],
            },
            "retryAfterMs": {
                "description": "The time until the same request succeeds, in milliseconds (429).",
                "type": "integer",
                "minimum": 1,
            },
        },
    })
}
