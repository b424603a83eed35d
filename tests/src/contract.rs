//! Checks every answer and every frame that the tests see against the contracts.
//!
//! The schemas are closed for this: they reject fields that they do not describe. Clients get open schemas, so that an
//! old client works with a new server.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Registry, Validator};
use paloma_contracts::ROUTES;
use paloma_contracts::route::Route;
use reqwest::Method;
use serde_json::{Value, json};

/// The address of the document in the registry.
const ADDRESS: &str = "paloma:contract";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = paloma_contracts::openapi();
    absolute(&mut document);
    document
});

static OPEN: LazyLock<Registry<'static>> = LazyLock::new(|| registry(DOCUMENT.clone()));

static CLOSED: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let mut document = DOCUMENT.clone();
    close_fields(&mut document);
    registry(document)
});

/// The validators by schema, and whether they are closed.
static VALIDATORS: LazyLock<Mutex<HashMap<(String, bool), Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Checks an answer: the route lists its status, and its body matches the schema for the status and the kind. If the
/// call succeeded, the request must match its schema too: otherwise the schema is stricter than the function.
pub(crate) fn check_answer(method: &Method, path: &str, request: Option<&[u8]>, answer: &crate::Answer) {
    let Some(route) = route(method, path) else { return };
    let operation = &DOCUMENT["paths"][route.path][method.as_str().to_lowercase()];
    let response = &operation["responses"][answer.status.to_string()];
    let context = || format!("{}: {answer:?}", route.key());
    assert!(response.is_object(), "the contract has no status {} for {}", answer.status, context());
    let content = &response["content"];
    if content.is_null() {
        assert_eq!(answer.body, json!(""), "the contract has no body for {}", context());
    } else {
        let kind = answer.kind.split(';').next().unwrap_or_default();
        let schema = &content[kind]["schema"];
        assert!(!schema.is_null(), "the contract has no {kind} for {}", context());
        check(schema, true, &answer.body, context);
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if answer.status < 300
        && !schema.is_null()
        && let Some(body) = request.and_then(|body| serde_json::from_slice(body).ok())
    {
        check(schema, false, &body, context);
    }
}

/// Checks a frame from the server.
pub(crate) fn check_frame(frame: &Value) {
    check(&reference("ServerFrame"), true, frame, || "a frame from the server".to_owned());
}

/// Checks a frame that the server has acknowledged.
pub(crate) fn check_acknowledged(frame: &Value) {
    check(&reference("ClientFrame"), false, frame, || "a frame that got an ack".to_owned());
}

fn check(schema: &Value, is_closed: bool, value: &Value, context: impl Fn() -> String) {
    let validator = validator(schema, is_closed);
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "not as in the contract: {}: {errors:?} in {value}", context());
}

fn validator(schema: &Value, is_closed: bool) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let make = || {
        let (registry, mut root) = (if is_closed { &*CLOSED } else { &*OPEN }, json!({ "allOf": [schema] }));
        if is_closed {
            root["unevaluatedProperties"] = json!(false);
        }
        let options = jsonschema::options().should_validate_formats(true);
        Arc::new(options.with_registry(registry).build(&root).expect("a schema of the contract"))
    };
    Arc::clone(validators.entry((schema.to_string(), is_closed)).or_insert_with(make))
}

fn registry(document: Value) -> Registry<'static> {
    Registry::new().add(ADDRESS, document).expect("an address").prepare().expect("the contract")
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{ADDRESS}#/components/schemas/{name}") })
}

/// The route of a call: its path is at the end, after the stage of the API. None for an unknown route.
fn route(method: &Method, path: &str) -> Option<&'static Route> {
    let parts: Vec<_> = path.split('/').collect();
    let matches = |route: &&Route| {
        let pattern: Vec<_> = route.path.split('/').skip(1).collect();
        let end = parts.len().checked_sub(pattern.len()).map(|start| &parts[start..]);
        route.method == method.as_str()
            && end.is_some_and(|end| {
                end.iter().zip(&pattern).all(|(part, name)| part == name || name.starts_with('{') && !part.is_empty())
            })
    };
    ROUTES.iter().filter(matches).max_by_key(|route| route.path.split('/').count())
}

/// Makes the references absolute, for schemas outside the document.
fn absolute(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && target.starts_with('#')
            {
                target.insert_str(0, ADDRESS);
            }
            fields.values_mut().for_each(absolute);
        }
        Value::Array(items) => items.iter_mut().for_each(absolute),
        _ => {}
    }
}

/// Closes every schema of a field and of an item. The schemas of whole objects stay open, since others extend them.
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
