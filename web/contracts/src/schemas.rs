//! Schemas of the types, for both directions, in one namespace.

use std::collections::{BTreeMap, BTreeSet};

use paloma::edge::ProblemKind;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::problems;
use crate::route::SchemaOf;

const PREFIX: &str = "#/components/schemas/";

/// The schemas of requests and of answers. If the two schemas of a type differ, the one
/// for requests gets the name `…Input`.
#[derive(Debug)]
pub(crate) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            requests: settings().for_deserialize().into_generator(),
            answers: settings().for_serialize().into_generator(),
        }
    }

    pub fn of_request(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.requests).to_value()
    }

    pub fn of_answer(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.answers).to_value()
    }

    /// Adds the schemas to a document that refers to them. `requests` are its parts that refer to schemas of requests.
    pub fn add_to(mut self, document: &mut Value, requests: &[&str]) {
        let mut inputs = tidied(self.requests.take_definitions(false), false);
        let mut schemas = tidied(self.answers.take_definitions(false), true);
        let changed = renamed(&inputs, &schemas);
        inputs.values_mut().for_each(|schema| rename(schema, &changed));
        for pointer in requests {
            if let Some(part) = document.pointer_mut(pointer) {
                rename(part, &changed);
            }
        }
        for (name, schema) in inputs {
            let name = if changed.contains(&name) { format!("{name}Input") } else { name };
            schemas.insert(name, schema);
        }
        if let Some(kind) = schemas.get_mut("Problem").and_then(|problem| problem.pointer_mut("/properties/type")) {
            kind["enum"] = ProblemKind::ALL.iter().map(|kind| kind.urn()).collect();
            kind["description"] = json!(format!("The kind of problem, which never changes:{}", problems::list()));
        }
        document["components"]["schemas"] = Value::Object(schemas.into_iter().collect());
        tidy(document, false);
    }
}

fn tidied(definitions: Map<String, Value>, for_answers: bool) -> BTreeMap<String, Value> {
    let definitions = definitions.into_iter().map(|(name, mut schema)| {
        tidy(&mut schema, for_answers);
        readable(&mut schema);
        (name, schema)
    });
    definitions.collect()
}

/// The names of types with different schemas per direction, also through a type that they refer to.
fn renamed(inputs: &BTreeMap<String, Value>, answers: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let differs = |name: &String, schema: &Value| answers.get(name).is_some_and(|other| other != schema);
    let mut changed: BTreeSet<String> =
        inputs.iter().filter(|(name, schema)| differs(name, schema)).map(|(name, _)| name.clone()).collect();
    loop {
        let more: Vec<_> = inputs
            .iter()
            .filter(|(name, schema)| {
                let text = schema.to_string();
                answers.contains_key(*name)
                    && !changed.contains(*name)
                    && changed.iter().any(|other| text.contains(&format!("\"{PREFIX}{other}\"")))
            })
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return changed;
        }
        changed.extend(more);
    }
}

fn rename(schema: &mut Value, changed: &BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && target.strip_prefix(PREFIX).is_some_and(|name| changed.contains(name))
            {
                target.push_str("Input");
            }
            fields.values_mut().for_each(|field| rename(field, changed));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, changed)),
        _ => {}
    }
}

/// Adapts what schemars derives to what generators of code understand:
/// - `$ref` next to other constraints becomes `allOf`, since generators drop the constraints;
/// - objects stay open, so that an old client works with a new server;
/// - in answers, an optional field is absent and never `null`.
fn tidy(schema: &mut Value, for_answers: bool) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| tidy(field, for_answers));
            if fields.get("additionalProperties") == Some(&json!(false)) {
                fields.remove("additionalProperties");
            }
            if fields.contains_key("$ref") && fields.contains_key("properties") {
                let target = fields.remove("$ref").unwrap_or_default();
                let own: Map<String, Value> = ["type", "properties", "required"]
                    .into_iter()
                    .filter_map(|name| Some((name.to_owned(), fields.remove(name)?)))
                    .collect();
                fields.insert("allOf".to_owned(), json!([{ "$ref": target }, own]));
            }
            if for_answers {
                without_null(fields);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, for_answers)),
        _ => {}
    }
}

/// Removes what concerns Rust alone: the defaults of serde, for which openapi-typescript makes a field required, the
/// line breaks of comments, and their links.
fn readable(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("default");
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = without_links(text);
            }
            fields.values_mut().for_each(readable);
        }
        Value::Array(items) => items.iter_mut().for_each(readable),
        _ => {}
    }
}

/// `` [`Roster::members`](super::Roster::members) `` becomes `` `Roster::members` ``.
fn without_links(text: &str) -> String {
    let mut parts = text.split("[`");
    let first = parts.next().unwrap_or_default().to_owned();
    let plain = parts.fold(first, |plain, part| match part.split_once("`]") {
        Some((name, rest)) => {
            let rest = rest.strip_prefix('(').and_then(|link| Some(link.split_once(')')?.1)).unwrap_or(rest);
            format!("{plain}`{name}`{rest}")
        }
        None => format!("{plain}[`{part}"),
    });
    plain.replace('\n', " ")
}

fn without_null(fields: &mut Map<String, Value>) {
    let required = fields.get("required").cloned().unwrap_or_else(|| json!([]));
    let Some(Value::Object(properties)) = fields.get_mut("properties") else { return };
    for (name, property) in properties {
        if required.as_array().is_some_and(|names| names.iter().any(|required| required == name)) {
            continue;
        }
        if let Some(kinds) = property.get_mut("type").and_then(Value::as_array_mut) {
            kinds.retain(|kind| kind != "null");
            if let [kind] = kinds.as_slice() {
                property["type"] = kind.clone();
            }
        }
        if let Some(any) = property.get_mut("anyOf").and_then(Value::as_array_mut) {
            any.retain(|one| one["type"] != "null");
            if let [Value::Object(one)] = any.as_slice() {
                let one = one.clone();
                if let Some(property) = property.as_object_mut() {
                    property.remove("anyOf");
                    property.extend(one);
                }
            }
        }
    }
}
