//! The contracts of the API, from the types that the functions use. `cargo contracts` writes them to docs/api.

mod asyncapi;
mod frames;
mod openapi;
mod page;
pub mod route;
mod routes;
mod schemas;

use std::path::PathBuf;

use serde_json::Value;

pub use asyncapi::asyncapi;
pub use openapi::openapi;
pub use routes::ROUTES;

/// The files of the contracts, with their contents.
pub fn files() -> Vec<(PathBuf, String)> {
    let directory = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api"));
    let (openapi, asyncapi) = (openapi(), asyncapi());
    vec![
        (directory.join("openapi.json"), text(&openapi)),
        (directory.join("asyncapi.json"), text(&asyncapi)),
        (directory.join("index.html"), page::page(&openapi, &asyncapi)),
    ]
}

fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
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
            collect(&document, &mut references);
            assert!(!references.is_empty());
            for reference in references {
                let pointer = reference.strip_prefix('#').expect("a reference within the document");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
        }
    }

    fn collect(value: &Value, references: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| collect(field, references));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
            _ => {}
        }
    }
}
