//! Examples of bodies, frames, events and pushes, by schema and name. A test validates each one.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

const FILES: [&str; 4] = [
    include_str!("../examples/rest.json"),
    include_str!("../examples/socket.json"),
    include_str!("../examples/events.json"),
    include_str!("../examples/pushes.json"),
];

static EXAMPLES: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let files = FILES.iter().flat_map(|file| serde_json::from_str::<Map<String, Value>>(file).unwrap_or_default());
    files.collect()
});

/// The names of all schemas with examples.
#[cfg(test)]
pub(crate) fn schemas() -> impl Iterator<Item = &'static String> {
    EXAMPLES.keys()
}

/// The examples of a schema, by name.
pub(crate) fn of(schema: &str) -> impl Iterator<Item = (&'static String, &'static Value)> {
    EXAMPLES.get(schema).and_then(Value::as_object).into_iter().flatten()
}

/// The examples of a schema that a document refers to, in the form of OpenAPI.
pub(crate) fn of_reference(reference: &Value) -> Value {
    let name = reference["$ref"].as_str().and_then(|target| target.rsplit('/').next()).unwrap_or_default();
    of(name).map(|(name, value)| (name.clone(), json!({ "value": value }))).collect::<Map<_, _>>().into()
}

/// The examples of a schema in the form of AsyncAPI.
pub(crate) fn of_message(schema: &str) -> Value {
    of(schema).map(|(name, value)| json!({ "name": name, "payload": value })).collect()
}
