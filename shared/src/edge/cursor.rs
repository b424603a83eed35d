//! The opaque position of the next page.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

/// A position in the caller's own list. It reveals nothing about other users: if another user sends it, it is a
/// position in that user's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<T>(pub T);

/// The text is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("is no cursor: send the cursor of the previous page, or none for the first page")]
pub struct CursorError;

impl<T: DeserializeOwned> FromStr for Cursor<T> {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        serde_json::from_slice(&json).map(Self).map_err(|_| CursorError)
    }
}

impl<T: Serialize> Serialize for Cursor<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = serde_json::to_vec(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(json))
    }
}
