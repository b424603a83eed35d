//! Fields of a change.

use serde::{Deserialize, Deserializer};

/// One field of a change: absent, `null`, or a value. The field needs `#[serde(default)]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Absent: the value stays.
    #[default]
    Keep,
    /// `null`: the value is removed.
    Remove,
    /// The new value.
    Set(T),
}

impl<T> Patch<T> {
    /// The new value, if there is one.
    pub fn into_set(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Remove => None,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(field: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(field)?.map_or(Self::Remove, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_absent_or_null_or_a_value() {
        #[derive(Deserialize)]
        struct Change {
            #[serde(default)]
            level: Patch<u8>,
        }
        for (change, level) in [
            (json!({}), Patch::Keep),
            (json!({ "level": null }), Patch::Remove),
            (json!({ "level": 7 }), Patch::Set(7)),
        ] {
            assert_eq!(serde_json::from_value::<Change>(change).unwrap().level, level);
        }
        assert!(serde_json::from_value::<Change>(json!({ "level": "high" })).is_err());
    }
}
