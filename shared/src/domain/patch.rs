//! One field of a change.

use serde::{Deserialize, Deserializer};

/// One field of a change: left out, `null`, or given. Its field needs `#[serde(default)]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It was left out: the value stays.
    #[default]
    Keep,
    /// It was `null`: the value goes.
    Remove,
    /// The new value.
    Set(T),
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
    fn a_field_is_left_out_or_null_or_given() {
        #[derive(Deserialize)]
        struct Change {
            #[serde(default)]
            place: Patch<u8>,
        }
        for (change, place) in [
            (json!({}), Patch::Keep),
            (json!({ "place": null }), Patch::Remove),
            (json!({ "place": 7 }), Patch::Set(7)),
        ] {
            assert_eq!(serde_json::from_value::<Change>(change).unwrap().place, place);
        }
        assert!(serde_json::from_value::<Change>(json!({ "place": "here" })).is_err());
    }
}
