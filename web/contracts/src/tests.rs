use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::*;

#[test]
fn the_contracts_in_docs_are_those_of_the_code() {
    for (path, expected) in files() {
        let present = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(present == expected, "{} is stale: run `cargo contracts`", path.display());
    }
}

#[test]
fn every_reference_leads_to_a_schema() {
    for document in [openapi(), asyncapi()] {
        let mut references = Vec::new();
        collect(&document, "$ref", &mut references);
        assert!(!references.is_empty());
        for reference in references {
            let pointer = reference.as_str().and_then(|target| target.strip_prefix('#')).expect("a local reference");
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }
}

/// A validator of a schema of the document, closed.
fn validator(document: &Value, schema: &Value) -> Validator {
    let components = closed(document.clone())["components"].clone();
    let root = json!({ "allOf": [schema], "unevaluatedProperties": false, "components": components });
    jsonschema::options().should_validate_formats(true).build(&root).expect("a schema")
}

fn is_valid(validator: &Validator, value: &Value) {
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
}

#[test]
fn every_example_matches_its_schema_in_every_field() {
    let (rest, others) = (openapi(), asyncapi());
    for name in examples::schemas() {
        let document = if rest["components"]["schemas"][name].is_null() { &others } else { &rest };
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        assert!(!document["components"]["schemas"][name].is_null(), "an example of {name}, which does not exist");
        let validator = validator(document, &schema);
        for (_, value) in examples::of(name) {
            is_valid(&validator, value);
        }
    }
    for kind in paloma::edge::ProblemKind::ALL {
        is_valid(&validator(&rest, &json!({ "$ref": "#/components/schemas/Problem" })), &problems::example(kind));
    }
}

#[test]
fn every_body_frame_push_and_event_has_an_example() {
    let mut contents = Vec::new();
    collect(&openapi()["paths"], "content", &mut contents);
    assert!(contents.len() > ROUTES.len());
    for media in contents.iter().filter_map(Value::as_object).flat_map(Map::values) {
        assert!(media["examples"].as_object().is_some_and(|examples| !examples.is_empty()), "{media}");
    }
    let document = asyncapi();
    for message in document["components"]["messages"].as_object().expect("messages").values() {
        assert!(message["examples"].as_array().is_some_and(|examples| !examples.is_empty()), "{message}");
    }
    for (frame, tag) in [("ClientFrame", "action"), ("ReplyFrame", "type"), ("EventFrame", "type")] {
        let mut variants = Vec::new();
        collect(&document["components"]["schemas"][frame]["oneOf"], "const", &mut variants);
        let examples = if tag == "type" { "ServerFrame" } else { frame };
        let shown: BTreeSet<_> = examples::of(examples).filter_map(|(_, value)| value[tag].as_str()).collect();
        assert!(variants.len() >= 3, "{frame}");
        for variant in variants {
            assert!(variant.as_str().is_some_and(|name| shown.contains(name)), "no example of {frame} {variant}");
        }
    }
}

#[test]
fn an_undocumented_field_breaks_a_closed_schema_at_every_depth() {
    let validator = validator(&openapi(), &json!({ "$ref": "#/components/schemas/ServerFrame" }));
    for (_, frame) in examples::of("ServerFrame") {
        assert!(!validator.is_valid(&with_field(frame.clone(), "")), "{frame}");
        for (name, value) in frame.as_object().expect("a frame") {
            if value.is_object() {
                assert!(!validator.is_valid(&with_field(frame.clone(), &format!("/{name}"))), "{name} of {frame}");
            }
        }
    }
}

#[test]
fn generators_of_typescript_get_no_default_and_no_reference_beside_constraints() {
    for document in [openapi(), asyncapi()] {
        let schemas = &document["components"]["schemas"];
        let mut defaults = Vec::new();
        collect(schemas, "default", &mut defaults);
        assert!(defaults.is_empty(), "a default makes a field required: {defaults:?}");
        no_mixed_reference(schemas);
    }
}

fn no_mixed_reference(value: &Value) {
    match value {
        Value::Object(fields) => {
            let is_mixed =
                fields.contains_key("$ref") && fields.keys().any(|key| key != "$ref" && key != "description");
            assert!(!is_mixed, "generators drop what stands beside a reference: {value}");
            fields.values().for_each(no_mixed_reference);
        }
        Value::Array(items) => items.iter().for_each(no_mixed_reference),
        _ => {}
    }
}

fn with_field(mut value: Value, pointer: &str) -> Value {
    value.pointer_mut(pointer).expect("an object")["undocumented"] = json!(1);
    value
}

/// All values of fields with this name.
fn collect(value: &Value, name: &str, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(name).cloned());
            fields.values().for_each(|field| collect(field, name, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}
