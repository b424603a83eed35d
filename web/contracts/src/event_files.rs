//! `docs/events/`: a JSON schema for each domain event, for consumers without AsyncAPI.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const SCHEMAS: &str = "#/components/schemas/";

/// The names of the files, with their schemas: one for each event, and `common.json` with what they share.
pub(crate) fn event_files(asyncapi: &Value) -> BTreeMap<String, Value> {
    let all = &asyncapi["components"]["schemas"];
    let names = asyncapi["channels"]["domainEvents"]["messages"].as_object().into_iter().flat_map(Map::keys);
    let (mut files, mut shared) = (BTreeMap::new(), BTreeMap::new());
    for name in names {
        let schema = &all[format!("{name}Event")];
        add_shared(schema, all, &mut shared);
        let mut file = header(name);
        file.extend(schema.as_object().cloned().unwrap_or_default());
        let mut file = Value::Object(file);
        relocate(&mut file, "common.json#/$defs/");
        files.insert(format!("{name}.json"), file);
    }
    let mut common = Value::Object(header("common"));
    common["title"] = json!("Definitions shared by all events");
    common["$defs"] = json!(shared);
    relocate(&mut common, "#/$defs/");
    files.insert("common.json".to_owned(), common);
    files
}

fn header(name: &str) -> Map<String, Value> {
    let address = format!("https://paloma.example/events/{name}.json");
    let header = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": address, "title": name });
    header.as_object().cloned().unwrap_or_default()
}

/// Adds the schemas that this one refers to, and those that they refer to.
fn add_shared(schema: &Value, all: &Value, shared: &mut BTreeMap<String, Value>) {
    match schema {
        Value::Object(fields) => {
            let target = fields.get("$ref").and_then(Value::as_str);
            if let Some(name) = target.and_then(|target| target.strip_prefix(SCHEMAS))
                && shared.insert(name.to_owned(), all[name].clone()).is_none()
            {
                add_shared(&all[name], all, shared);
            }
            fields.values().for_each(|field| add_shared(field, all, shared));
        }
        Value::Array(items) => items.iter().for_each(|item| add_shared(item, all, shared)),
        _ => {}
    }
}

fn relocate(schema: &mut Value, prefix: &str) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref") {
                *target = target.replace(SCHEMAS, prefix);
            }
            fields.values_mut().for_each(|field| relocate(field, prefix));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| relocate(item, prefix)),
        _ => {}
    }
}
