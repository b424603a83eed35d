//! The contracts of the API, from the types that the functions use. `cargo contracts` writes them to docs/api and
//! docs/events.

mod asyncapi;
mod blocks;
mod closed;
mod event_files;
mod events;
mod examples;
mod frames;
mod message_changes;
mod openapi;
mod page;
mod problems;
mod pushes;
mod report;
mod requests;
pub mod route;
mod routes;
mod schemas;

use std::path::PathBuf;

use serde_json::Value;

use crate::event_files::event_files;

pub use asyncapi::asyncapi;
pub use closed::closed;
pub use openapi::openapi;
pub use routes::ROUTES;

/// The files of the contracts, with their contents.
pub fn files() -> Vec<(PathBuf, String)> {
    let docs = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    let (openapi, asyncapi) = (openapi(), asyncapi());
    let mut files = vec![
        (docs.join("api/openapi.json"), text(&openapi)),
        (docs.join("api/asyncapi.json"), text(&asyncapi)),
        (docs.join("api/index.html"), page::page(&openapi, &asyncapi)),
    ];
    for (name, schema) in event_files(&asyncapi) {
        files.push((docs.join("events").join(name), text(&schema)));
    }
    files
}

fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests;
