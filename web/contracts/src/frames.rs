//! The schemas of the socket's frames. Both documents have them, since generators of TypeScript read only OpenAPI.

use paloma::edge::MAX_FRAME_ID_BYTES;
use paloma::edge::api::{ClientFrame, ServerFrame};
use serde_json::{Value, json};

use crate::route::of;
use crate::schemas::Schemas;

pub(crate) fn add_frames(schemas: &mut Schemas) {
    schemas.of_request(of::<ClientFrame>);
    schemas.of_answer(of::<ServerFrame>);
}

/// Adds the `id` of frames, which the functions handle apart from the frame's own fields.
pub(crate) fn add_ids(document: &mut Value) {
    let id = json!({
        "description": format!(
            "Any JSON value of up to {MAX_FRAME_ID_BYTES} bytes, which the client chooses and the reply returns."
        ),
    });
    for name in ["ClientFrame", "ReplyFrame"] {
        document["components"]["schemas"][name]["properties"]["id"] = id.clone();
    }
}
