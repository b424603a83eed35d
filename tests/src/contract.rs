//! Checks every answer, frame, push and domain event that the tests see against the contracts.
//!
//! The schemas are closed for this: they reject fields that they do not describe. Clients get open schemas, so that an
//! old client works with a new server.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Registry, Validator};
use paloma_contracts::route::Route;
use paloma_contracts::{ROUTES, closed};
use reqwest::Method;
use serde_json::{Value, json};

/// The addresses of the two documents in the registry.
const REST: &str = "paloma:openapi";
const OTHERS: &str = "paloma:asyncapi";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| at(REST, paloma_contracts::openapi()));

static OPEN: LazyLock<Registry<'static>> = LazyLock::new(|| registry(|document| document));

static CLOSED: LazyLock<Registry<'static>> = LazyLock::new(|| registry(closed));

type Validators = HashMap<(String, bool), Arc<Validator>>;

/// The validators by schema, and whether they are closed.
static VALIDATORS: LazyLock<Mutex<Validators>> = LazyLock::new(Mutex::default);

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
    check(&schema_of("ServerFrame"), true, frame, || "a frame from the server".to_owned());
}

/// Checks a frame that the server has acknowledged.
pub(crate) fn check_acknowledged(frame: &Value) {
    check(&schema_of("ClientFrame"), false, frame, || "a frame that got an ack".to_owned());
}

/// Checks the detail of a domain event.
pub(crate) fn check_event(name: &str, detail: &Value) {
    check(&schema_of(&format!("{name}Event")), true, detail, || format!("the event {name}"));
}

/// Checks a push, in the form in which SNS gets it.
pub(crate) fn check_push(platform: &str, payload: &Value) {
    let (name, payload) = match platform {
        "GCM" => ("FcmMessage", &payload["fcmV1Message"]["message"]),
        _ => ("ApnsPayload", payload),
    };
    check(&schema_of(name), true, payload, || format!("a push through {platform}"));
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

fn registry(form: fn(Value) -> Value) -> Registry<'static> {
    let (rest, others) = (form(DOCUMENT.clone()), form(at(OTHERS, paloma_contracts::asyncapi())));
    let registry = Registry::new().add(REST, rest).expect("an address").add(OTHERS, others).expect("an address");
    registry.prepare().expect("the contracts")
}

/// A schema of frames, events or pushes.
fn schema_of(name: &str) -> Value {
    json!({ "$ref": format!("{OTHERS}#/components/schemas/{name}") })
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

/// A document with absolute references, for schemas outside it.
fn at(address: &str, mut document: Value) -> Value {
    make_absolute(&mut document, address);
    document
}

fn make_absolute(value: &mut Value, address: &str) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && target.starts_with('#')
            {
                target.insert_str(0, address);
            }
            fields.values_mut().for_each(|field| make_absolute(field, address));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| make_absolute(item, address)),
        _ => {}
    }
}
