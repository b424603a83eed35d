//! Where the next page begins, as an opaque text.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use paloma::store::ChatCursor;
use serde::{Serialize, Serializer};

/// A cursor. It holds a place in the caller's own list and nothing of anybody else's: whose list it is a place in
/// is always the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor(ChatCursor);

/// Why a text is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("is no cursor: take it from the answer before, or leave it out to start anew")]
pub(crate) struct CursorError;

impl Cursor {
    pub(crate) fn into_inner(self) -> ChatCursor {
        self.0
    }
}

impl From<ChatCursor> for Cursor {
    fn from(cursor: ChatCursor) -> Self {
        Self(cursor)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        serde_json::from_slice(&json).map(Self).map_err(|_| CursorError)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = serde_json::to_vec(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(json))
    }
}
