//! `docs/api/index.html`: a page to read the contracts, without external resources.

mod html;
mod messages;
mod rest;
mod schema;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use self::html::{escaped, json, members, prose};

const STYLE: &str = include_str!("style.css");

pub(crate) fn page(openapi: &Value, asyncapi: &Value) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>Paloma's API</title>\n<style>\n{STYLE}</style>\n"
    );
    add_navigation(&mut html, openapi, asyncapi);
    let _ = writeln!(
        html,
        "<main>\n<h1>Paloma's API</h1>\n<p>{}</p>\n<p>The contracts for programs: \
         <a href=\"openapi.json\">openapi.json</a>, <a href=\"asyncapi.json\">asyncapi.json</a>.</p>\n\
         <h2 id=\"rest\">REST</h2>",
        prose(&openapi["info"]["description"])
    );
    for (title, operation) in operations(openapi) {
        rest::operation(&mut html, &title, operation);
    }
    let problem = &openapi["components"]["schemas"]["Problem"]["properties"]["type"];
    let _ = writeln!(html, "<h2 id=\"problems\">Problems</h2>\n<p>{}</p>", prose(&problem["description"]));
    for (id, channel) in channels(asyncapi) {
        messages::channel(&mut html, asyncapi, id, channel);
    }
    html.push_str("<h2 id=\"schemas\">Schemas</h2>\n");
    add_schemas(&mut html, openapi, asyncapi);
    html.push_str("</main>\n</html>\n");
    html
}

fn operations(openapi: &Value) -> impl Iterator<Item = (String, &Value)> {
    members(&openapi["paths"]).flat_map(|(path, methods)| {
        members(methods).map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    })
}

/// The socket first.
fn channels(asyncapi: &Value) -> Vec<(&String, &Value)> {
    let mut channels: Vec<_> = members(&asyncapi["channels"]).collect();
    channels.sort_by_key(|(id, _)| *id != "socket");
    channels
}

fn add_navigation(html: &mut String, openapi: &Value, asyncapi: &Value) {
    html.push_str("<nav><a href=\"#rest\">REST</a><ul>\n");
    for (title, operation) in operations(openapi) {
        let id = escaped(operation["operationId"].as_str().unwrap_or_default());
        let _ = writeln!(html, "<li><a href=\"#{id}\">{}</a></li>", escaped(&title));
    }
    html.push_str("</ul><ul>\n<li><a href=\"#problems\">Problems</a></li>\n");
    for (id, channel) in channels(asyncapi) {
        let title = escaped(channel["title"].as_str().unwrap_or(id));
        let _ = writeln!(html, "<li><a href=\"#{}\">{title}</a></li>", escaped(id));
    }
    html.push_str("<li><a href=\"#schemas\">Schemas</a></li>\n</ul></nav>\n");
}

/// Each schema once: both documents share those of the frames.
fn add_schemas(html: &mut String, openapi: &Value, asyncapi: &Value) {
    let both = [asyncapi, openapi].into_iter().flat_map(|document| members(&document["components"]["schemas"]));
    for (name, schema) in both.collect::<BTreeMap<_, _>>() {
        let fields = schema::schema(schema);
        let fields = if fields.is_empty() { format!("<p>{}</p>", schema::kind(schema)) } else { fields };
        let name = escaped(name);
        // A link to an element inside opens the details.
        let _ = writeln!(
            html,
            "<details><summary><code>{name}</code></summary><div id=\"schema-{name}\">\n<p>{}</p>{fields}\
             <details><summary class=\"soft\">JSON schema</summary>{}</details></div></details>",
            prose(&schema["description"]),
            json(schema)
        );
    }
}
