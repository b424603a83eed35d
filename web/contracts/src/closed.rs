//! Closed copies of the contracts, for tests.

use serde_json::{Value, json};

/// A copy of a document that rejects undocumented fields. The contracts themselves are open, so that an old client
/// works with a new server.
///
/// It closes every schema of a field or an item. The schemas of whole objects stay open, since others extend them:
/// close the outermost one with `unevaluatedProperties`.
#[must_use]
pub fn closed(mut document: Value) -> Value {
    close_fields(&mut document);
    document
}

fn close_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                properties.values_mut().for_each(close);
            }
            if let Some(items) = fields.get_mut("items") {
                close(items);
            }
            fields.values_mut().for_each(close_fields);
        }
        Value::Array(items) => items.iter_mut().for_each(close_fields),
        _ => {}
    }
}

fn close(schema: &mut Value) {
    const SHAPES: [&str; 5] = ["type", "$ref", "allOf", "anyOf", "oneOf"];
    if let Some(fields) = schema.as_object_mut()
        && SHAPES.iter().any(|shape| fields.contains_key(*shape))
    {
        fields.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}
